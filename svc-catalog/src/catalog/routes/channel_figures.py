"""What channels report of each day: users, visits, cases.

POST /channels/{code}/figures              partner (own channel), system_admin; a second one is a correction
GET  /channels/{code}/figures              anyone; every day, a day not reported is null
GET  /channels/{code}/figures/reports      partner (own channel), publisher, coordinator, auditor, system_admin; corrected ones too
GET  /channels/missing                     anyone; days that are due and did not come
GET  /channel-figures, /export             anyone; what was reported, all channels
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Response
from sqlalchemy import Row, select

from catalog.domain.channels import days_between, last_due_day, may_report
from catalog.queries import channels as queries
from catalog.queries.items import one_row
from catalog.routes.parameters import Anyone, ChannelAsked, ChannelCode
from catalog.schemas.channels import (
    FiguresIn,
    FiguresOut,
    FiguresPageOut,
    FiguresReportOut,
    MissingDayOut,
)
from catalog.tables.channels import channel_figures
from catalog.use_cases.report_channel_figures import ReportChannelFigures, report_channel_figures
from chassis.clock import local_date
from chassis.door import Call, allow, answer
from chassis.errors import InvalidError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["channels"])

DAYS_MAX = 800
DAYS_SHOWN = 30
FiguresReporter = Annotated[
    Call, allow({Role.PARTNER: Reach.NOTHING, Role.SYSTEM_ADMIN: Reach.ALL})
]
FiguresReader = Annotated[
    Call,
    allow(
        {
            Role.PARTNER: Reach.NOTHING,
            Role.SYSTEM_ADMIN: Reach.ALL,
            Role.PUBLISHER: Reach.ALL,
            Role.COORDINATOR: Reach.ALL,
            Role.AUDITOR: Reach.ALL,
        }
    ),
]

FIGURE_COLUMNS = (
    ExportColumn(name="channel", head="渠道编码"),
    ExportColumn(name="day", head="日期"),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="users", head="注册用户"),
    ExportColumn(name="visits", head="访问量"),
    ExportColumn(name="cases", head="办件量"),
    ExportColumn(name="number", head="报送次数"),
    ExportColumn(name="reporter_kind", head="报送方类别"),
    ExportColumn(name="reported_at", head="报送时间", width=26),
)


@router.get(
    "/channels/missing", response_model=Page[MissingDayOut], operation_id="list_missing_days"
)
async def list_missing(
    call: Anyone, paging: Paging, period: InPeriod, channel: ChannelAsked = ""
) -> Response:
    """Days whose figures are due and did not come, newest first; today's and those not due yet are not among them."""
    async with call.read() as tx:
        due = last_due_day(tx.now, int(await tx.rule("channel-figures-due-hour")))
        last = min(period.last_day, due) if period.last_day else due
        listed = queries.days_missing(channel, last, first=period.first_day).subquery()
        order: list[Any] = [listed.c.day, listed.c.channel]
        page = await page_of(
            tx,
            select(listed),
            by=order,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"missing {channel} {period}",
            show=MissingDayOut.model_validate,
        )
    return answer(page)


@router.post(
    "/channels/{code}/figures",
    status_code=201,
    response_model=FiguresOut,
    operation_id="report_channel_figures",
)
async def post_figures(code: ChannelCode, body: FiguresIn, call: FiguresReporter) -> Response:
    """Report a day's figures, by who runs the channel; a second report of a day is a correction and says why."""
    twice = len({each.division for each in body.divisions}) < len(body.divisions)
    if twice:
        raise InvalidError(
            "divisions 中有重复的区划，请合并后重报",
            "A division stands twice in `divisions`; merge them",
            code="division-twice",
        )
    command = ReportChannelFigures(
        channel=code,
        day=body.day,
        figures=body.model_dump(include={"users", "visits", "cases"}),
        divisions={
            each.division: each.model_dump(include={"users", "visits", "cases"})
            for each in body.divisions
        },
        reason=body.reason,
    )
    async with call.begin() as tx:
        await report_channel_figures(command, tx)
        await tx.flush()
        found = await queries.figures_by_day(tx, [code], body.day, body.day, "")
        tx.answer(
            _figures_out(code, body.day, "", found[code].get(body.day)),
            status=201,
            location=f"/catalog/v1/channels/{code}/figures?from={body.day}&to={body.day}",
        )
    return tx.response


@router.get(
    "/channels/{code}/figures", response_model=FiguresPageOut, operation_id="list_channel_figures"
)
async def list_figures(
    code: ChannelCode, call: Anyone, paging: Paging, period: InPeriod
) -> Response:
    """Every day from `from` to `to` (the last 30 days), oldest first; a day that was not reported is null."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        last = period.last_day or local_date(tx.now) - timedelta(days=1)
        first = period.first_day or last - timedelta(days=DAYS_SHOWN - 1)
        _check_range(first, last)
        kind = f"figures {code} {first} {last} {period.division}"
        found = (await queries.figures_by_day(tx, [code], first, last, period.division))[code]
        measures = await tx.rule("channel-measures")
        begin = first
        if paging.cursor is not None:
            begin = date.fromisoformat(str(call.runtime.cursors.open(kind, paging.cursor)[0]))
        end = min(last, begin + timedelta(days=paging.limit - 1))
    page = FiguresPageOut(
        results=[
            _figures_out(code, day, period.division, found.get(day))
            for day in days_between(begin, end)
        ],
        next_cursor=(
            call.runtime.cursors.seal(kind, [(end + timedelta(days=1)).isoformat()])
            if end < last
            else None
        ),
        measures=measures,
        missing_days=(last - first).days + 1 - len(found),
    )
    return answer(page)


@router.get(
    "/channels/{code}/figures/reports",
    response_model=Page[FiguresReportOut],
    operation_id="list_channel_figure_reports",
)
async def list_reports(
    code: ChannelCode, call: FiguresReader, paging: Paging, period: InPeriod
) -> Response:
    """Each report of the days asked for, corrected ones included: who, when, why; a partner sees its own channel."""
    roles = call.principal.roles
    staff = {Role.SYSTEM_ADMIN, Role.PUBLISHER, Role.COORDINATOR, Role.AUDITOR} & roles
    may_report(code, is_partner=not staff, scopes=call.principal.scopes)
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        page = await page_of(
            tx,
            queries.figures_reported(code, period, current=False),
            by=[channel_figures.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"reports {code} {period}",
            show=FiguresReportOut.model_validate,
        )
    return answer(page)


@router.get(
    "/channel-figures", response_model=Page[FiguresOut], operation_id="list_reported_figures"
)
async def list_reported(
    call: Anyone, paging: Paging, period: InPeriod, channel: ChannelAsked = ""
) -> Response:
    """What channels reported of the days asked for, one row a channel and day: the records of channel_users and its like."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.figures_reported(channel, period, whole=True),
            by=[channel_figures.c.day, channel_figures.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"channel-figures {channel} {period}",
            show=_reported_out,
        )
    return answer(page)


@router.get(
    "/channel-figures/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_channel_figures",
)
async def export_figures(
    call: Anyone, period: InPeriod, *, channel: ChannelAsked = "", format: ExportKind = "csv"
) -> Response:
    """What channels reported, as a table: CSV, XLSX or JSON Lines. A measure that was not said is empty, not 0."""
    t = channel_figures.c
    return await export_of(
        call,
        queries.figures_reported(channel, period, whole=True),
        by=[t.day, t.id],
        columns=FIGURE_COLUMNS,
        kind=format,
        name="渠道日报",
    )


def _check_range(first: date, last: date) -> None:
    if not 0 <= (last - first).days < DAYS_MAX:
        raise InvalidError(
            f"from 不能晚于 to，一次最多查询 {DAYS_MAX} 天",
            f"`from` is not later than `to`, and at most {DAYS_MAX} days are asked for at once",
            code="period-too-long",
        )


def _figures_out(
    code: str, day: date, division: str, found: Mapping[str, Any] | None
) -> FiguresOut:
    known = found or {}
    return FiguresOut(
        channel=code,
        day=day,
        division=division,
        is_missing=found is None,
        **{
            name: known.get(name)
            for name in ("users", "visits", "cases", "number", "reporter_kind", "reported_at")
        },
    )


def _reported_out(row: Row[Any]) -> FiguresOut:
    return FiguresOut.model_validate({**row._mapping, "is_missing": False})

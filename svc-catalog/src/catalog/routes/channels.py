"""Doors: channels: what is live where, and what they report daily."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Row, func, select

from catalog.domain.channels import days_between, last_due_day, may_report
from catalog.queries import channels as queries
from catalog.queries.items import one_row
from catalog.schemas.channels import (
    ChannelIn,
    ChannelItemOut,
    ChannelOut,
    ChannelStepOut,
    CoverageOut,
    CoveragePageOut,
    DifferenceOut,
    DifferencesOut,
    FiguresIn,
    FiguresOut,
    FiguresPageOut,
    FiguresReportOut,
    LiveItemOut,
    LiveReportIn,
    LiveReportOut,
    MissingDayOut,
    MissingItemOut,
    NewChannelIn,
)
from catalog.tables.channels import channel_figures, channel_steps, channels, live_items
from catalog.tables.history import item_spans
from catalog.tables.items import divisions, published_items
from catalog.use_cases.change_channel import change_channel
from catalog.use_cases.register_channel import register_channel
from catalog.use_cases.report_channel_figures import ReportChannelFigures, report_channel_figures
from catalog.use_cases.report_live_items import LiveSaid, ReportLiveItems, report_live_items
from chassis.clock import local_date
from chassis.door import Call, allow, allow_anyone, answer
from chassis.errors import InvalidError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

DAYS_MAX = 800
DAYS_SHOWN = 30

router = APIRouter(prefix="/catalog/v1", tags=["channels"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Administrator = Annotated[Call, allow({Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)]
LiveReporter = Annotated[
    Call,
    allow(
        {
            Role.PARTNER: Reach.NOTHING,
            Role.PUBLISHER: Reach.DEPARTMENT,
            Role.SYSTEM_ADMIN: Reach.ALL,
        }
    ),
]
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
Code = Annotated[str, Path(pattern=r"^[a-z0-9-]{2,40}$")]
CodeAsked = Annotated[str, Query(alias="channel", pattern=r"^([a-z0-9-]{2,40})?$")]
Difference = Literal["", "claimed-not-live", "live-not-claimed", "live-not-in-force"]
Level = Literal["city", "county", "town", "village"]


LIVE_COLUMNS = (
    ExportColumn(name="channel", head="渠道编码"),
    ExportColumn(name="item_code", head="事项编码", width=36),
    ExportColumn(name="name", head="事项名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="department_name", head="部门名称", width=28),
    ExportColumn(name="division", head="上线区划"),
    ExportColumn(name="live_from", head="上线日期"),
    ExportColumn(name="live_until", head="下线日期"),
    ExportColumn(name="reporter_kind", head="报送方类别"),
    ExportColumn(name="reported_at", head="报送时间", width=26),
)
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


@router.get("/channels", response_model=Page[ChannelOut], operation_id="list_channels")
async def list_channels(call: Anyone, paging: Paging) -> Response:
    """The register of channels (渠道), by code."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(channels),
            by=[channels.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="channels",
            show=ChannelOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/channels", status_code=201, response_model=ChannelOut, operation_id="register_channel"
)
async def post_channel(body: NewChannelIn, call: Administrator) -> Response:
    """Put a channel on the register."""
    values = body.model_dump(exclude={"reason"})
    async with call.begin() as tx:
        await register_channel(values, tx, reason=body.reason)
        row = await one_row(tx, queries.one_channel(body.code))
        tx.answer(
            ChannelOut.model_validate(row),
            status=201,
            etag=row.version,
            location=f"/catalog/v1/channels/{body.code}",
        )
    return tx.response


@router.get(
    "/channels/missing", response_model=Page[MissingDayOut], operation_id="list_missing_days"
)
async def list_missing(
    call: Anyone, paging: Paging, period: InPeriod, channel: CodeAsked = ""
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


@router.get("/channels/{code}", response_model=ChannelOut, operation_id="get_channel")
async def get_channel(code: Code, call: Anyone) -> Response:
    """One channel."""
    async with call.read() as tx:
        row = await one_row(tx, queries.one_channel(code))
    return answer(ChannelOut.model_validate(row), etag=row.version)


@router.put("/channels/{code}", response_model=ChannelOut, operation_id="change_channel")
async def put_channel(code: Code, body: ChannelIn, call: Administrator) -> Response:
    """Correct a channel's data. Needs `If-Match`."""
    call.if_match()
    values = body.model_dump(exclude={"reason"})
    async with call.begin() as tx:
        await change_channel(code, values, tx, reason=body.reason)
        row = await one_row(tx, queries.one_channel(code))
        tx.answer(ChannelOut.model_validate(row), etag=row.version)
    return tx.response


@router.get(
    "/channels/{code}/steps", response_model=Page[ChannelStepOut], operation_id="list_channel_steps"
)
async def list_steps(code: Code, call: Anyone, paging: Paging) -> Response:
    """What happened to a channel's entry, oldest first."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        page = await page_of_steps(
            tx,
            channel_steps,
            of={"kind": "channel", "of_id": code},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ChannelStepOut,
        )
    return answer(page)


@router.post(
    "/channels/{code}/live-items", response_model=LiveReportOut, operation_id="report_live_items"
)
async def post_live_items(code: Code, body: LiveReportIn, call: LiveReporter) -> Response:
    """What is live on a channel, by who runs it (its own channel) or a publisher (own items); all rows or none."""
    command = ReportLiveItems(
        channel=code,
        rows=[LiveSaid(**row.model_dump()) for row in body.rows],
        complete=body.complete,
        reason=body.reason,
    )
    async with call.begin() as tx:
        changes = await report_live_items(command, tx)
        tx.answer(
            LiveReportOut(
                channel=code,
                begun=changes.begun,
                ended=changes.ended,
                corrected=changes.corrected,
                unchanged=changes.unchanged,
            )
        )
    return tx.response


@router.get(
    "/channels/{code}/live-items", response_model=Page[LiveItemOut], operation_id="list_live_items"
)
async def list_live_items(
    code: Code, call: Anyone, paging: Paging, period: InPeriod, ended: bool = False
) -> Response:
    """The channel's book at the end of `to` (today); with `ended` the rows that have ended too."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        page = await page_of(
            tx,
            queries.live_rows(code, period, period.day(tx.now), is_ended_shown=ended),
            by=[live_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"live {code} {ended} {period}",
            show=LiveItemOut.model_validate,
        )
    return answer(page)


@router.get(
    "/channels/{code}/live-items/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_live_items",
)
async def export_live_items(
    code: Code, call: Anyone, period: InPeriod, *, ended: bool = False, format: ExportKind = "csv"
) -> Response:
    """The channel's book as a table: CSV, XLSX or JSON Lines."""
    async with call.read() as tx:
        row = await one_row(tx, queries.one_channel(code))
        day = period.day(tx.now)
    return await export_of(
        call,
        queries.live_rows(code, period, day, is_ended_shown=ended),
        by=[live_items.c.id],
        columns=LIVE_COLUMNS,
        kind=format,
        name=f"{row.name}上线清单",
    )


@router.get(
    "/channels/{code}/live-items/{live_id}/steps",
    response_model=Page[ChannelStepOut],
    operation_id="list_live_item_steps",
)
async def list_live_steps(code: Code, live_id: UUID, call: Anyone, paging: Paging) -> Response:
    """When one row of the book was reported, corrected and ended, and why."""
    async with call.read() as tx:
        t = live_items.c
        await one_row(tx, select(live_items).where(t.id == live_id, t.channel == code))
        page = await page_of_steps(
            tx,
            channel_steps,
            of={"kind": "live", "of_id": str(live_id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ChannelStepOut,
        )
    return answer(page)


@router.get(
    "/channel-items", response_model=Page[ChannelItemOut], operation_id="list_channel_items"
)
async def list_channel_items(
    call: Anyone, paging: Paging, period: InPeriod, channel: CodeAsked = ""
) -> Response:
    """Items in force and live on a channel, or on any, at the end of `to` (today): the records of channel_items."""
    async with call.read() as tx:
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        page = await page_of(
            tx,
            queries.items_live(booked, channel, period, day),
            by=[item_spans.c.item_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"channel-items {channel} {period}",
            show=lambda row: _channel_item_out(row, booked, channel),
            descending=False,
        )
    return answer(page)


@router.get(
    "/channels/{code}/differences",
    response_model=DifferencesOut,
    operation_id="list_channel_differences",
)
async def list_differences(
    code: Code, call: Anyone, paging: Paging, period: InPeriod, kind: Difference = ""
) -> Response:
    """Where guides and the channel's own list disagree at the end of `to` (today), item by item."""
    async with call.read() as tx:
        row = await one_row(tx, queries.one_channel(code))
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        page = await page_of(
            tx,
            queries.differences(code, kind, period, day),
            by=[published_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"differences {code} {kind} {period}",
            show=lambda found: _difference_out(found, row.name),
            descending=False,
        )
    return answer(
        DifferencesOut(
            results=page.results,
            next_cursor=page.next_cursor,
            count=page.count,
            has_book=booked[code],
            on=day,
        )
    )


@router.get(
    "/channels/{code}/coverage", response_model=CoveragePageOut, operation_id="get_channel_coverage"
)
async def get_coverage(
    code: Code,
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    level: Level = "town",
    missing_only: bool = False,
) -> Response:
    """By division (towns): how many of the channel's items are for it, how many are live there, what is missing."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        every = queries.coverage(code, period.division, level, day, missing_only=False).subquery()
        complete = func.count().filter(every.c.expected > 0, every.c.live == every.c.expected)
        totals = (
            await tx.all(
                select(func.count().label("all"), complete.label("complete")).select_from(every)
            )
        )[0]
        page = await page_of(
            tx,
            queries.coverage(code, period.division, level, day, missing_only=missing_only),
            by=[divisions.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"coverage {code} {level} {missing_only} {period}",
            show=lambda row: _coverage_out(row, code, day),
            descending=False,
        )
    return answer(
        CoveragePageOut(
            results=page.results,
            next_cursor=page.next_cursor,
            count=page.count,
            channel=code,
            level=level,
            on=day,
            has_book=booked[code],
            divisions=totals.all,
            complete=totals.complete,
        )
    )


@router.get(
    "/channels/{code}/coverage/{division}/missing",
    response_model=Page[MissingItemOut],
    operation_id="list_missing_channel_items",
)
async def list_missing_items(
    code: Code,
    division: Annotated[str, Path(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")],
    call: Anyone,
    paging: Paging,
    to: date | None = None,
) -> Response:
    """Items live on the channel elsewhere, for this division too, and not live in it."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        day = to or local_date(tx.now)
        page = await page_of(
            tx,
            queries.missing_in(code, division, day),
            by=[published_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"missing-items {code} {division} {day}",
            show=lambda row: MissingItemOut(item_id=row.id, **_item_names(row)),
            descending=False,
        )
    return answer(page)


@router.post(
    "/channels/{code}/figures",
    status_code=201,
    response_model=FiguresOut,
    operation_id="report_channel_figures",
)
async def post_figures(code: Code, body: FiguresIn, call: FiguresReporter) -> Response:
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
async def list_figures(code: Code, call: Anyone, paging: Paging, period: InPeriod) -> Response:
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
    code: Code, call: FiguresReader, paging: Paging, period: InPeriod
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
    call: Anyone, paging: Paging, period: InPeriod, channel: CodeAsked = ""
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
    call: Anyone, period: InPeriod, *, channel: CodeAsked = "", format: ExportKind = "csv"
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


def _item_names(row: Any) -> dict[str, Any]:
    names = ("name", "item_code", "department", "department_name", "division")
    return {name: getattr(row, name) for name in names}


def _channel_item_out(row: Row[Any], booked: Mapping[str, bool], channel: str) -> ChannelItemOut:
    live_on = sorted(row.live_on or ())
    by_book = booked.get(channel, False) if channel else bool(live_on)
    return ChannelItemOut(
        item_id=row.item_id,
        **_item_names(row),
        version=row.number,
        live_on=live_on,
        claimed_on=sorted(row.claimed_on),
        basis="book" if by_book else "claim",
    )


_DIFFERENCES = {
    "claimed-not-live": (
        "办事指南写明已上线{name}，但{name}未报送上线；请渠道核实上线，或修改指南的 channels",
        "The guide claims it is live and the channel's list has it not: put it live, or change the guide",
    ),
    "live-not-claimed": (
        "{name}已上线，但办事指南未写；请在指南的 channels 中补上，或由渠道下线",
        "The channel has it live and the guide does not say so: add it to the guide, or take it down",
    ),
    "live-not-in-force": (
        "事项已停办，但{name}仍在线；请渠道下线",
        "The item is not in force and the channel still has it live: take it down",
    ),
}


def _difference_out(row: Row[Any], channel_name: str) -> DifferenceOut:
    zh, en = _DIFFERENCES[row.kind]
    return DifferenceOut(
        item_id=row.id,
        **_item_names(row),
        kind=row.kind,
        words=zh.format(name=channel_name),
        words_en=en,
    )


def _coverage_out(row: Row[Any], code: str, day: date) -> CoverageOut:
    return CoverageOut(
        code=row.code,
        name=row.name,
        expected=row.expected,
        live=row.live,
        missing=row.expected - row.live,
        is_complete=row.expected > 0 and row.live == row.expected,
        missing_url=f"/catalog/v1/channels/{code}/coverage/{row.code}/missing?to={day}",
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

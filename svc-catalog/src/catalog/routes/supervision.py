"""Doors: supervision items (监管事项), behaviour data reported monthly, and what it covers.

GET  /supervision-items, /{id}, /{id}/steps, /{id}/counts    anyone
POST /supervision-items, /{id}/removals                      publisher, department_officer (own), system_admin
POST /supervision-reports                                    the same
GET  /supervision-reports, /{id}/counts                      anyone
GET  /supervision/coverage, /supervision/reminders           anyone
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row, func, select

from catalog.domain.supervision import due_on, last_day, month_before
from catalog.queries import supervision as queries
from catalog.queries.items import one_row
from catalog.queries.supervision import Months, SupervisionFilter
from catalog.schemas.supervision import (
    CoverageOut,
    DepartmentCoverageOut,
    ItemCountOut,
    Kind,
    Month,
    RegisteredOut,
    ReminderOut,
    RemovalIn,
    ReportedCountOut,
    SupervisionItemOut,
    SupervisionItemsIn,
    SupervisionReportedOut,
    SupervisionReportIn,
    SupervisionReportOut,
    SupervisionStepOut,
)
from catalog.tables.supervision import (
    supervision_counts,
    supervision_item_steps,
    supervision_items,
    supervision_reminders,
    supervision_reports,
)
from catalog.use_cases.register_supervision_items import register_supervision_items
from catalog.use_cases.remove_supervision_item import remove_supervision_item
from catalog.use_cases.report_supervision import CountSaid, ReportSupervision, report_supervision
from chassis.clock import local_date
from chassis.door import Call, allow, allow_anyone, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod, Period, ratio_figure
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.vocabulary import Role

ITEM_COLUMNS = (
    ExportColumn(name="code", head="监管事项编码", width=24),
    ExportColumn(name="name", head="监管事项名称", width=40),
    ExportColumn(name="kind", head="类型"),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="department_name", head="部门名称", width=28),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="basis", head="依据", width=40),
    ExportColumn(name="power_code", head="权责事项编码", width=24),
    ExportColumn(name="object", head="监管对象", width=24),
    ExportColumn(name="no_object_confirmed", head="确认无监管对象"),
    ExportColumn(name="listed_from", head="列入日期"),
    ExportColumn(name="is_reported", head="已报送"),
    ExportColumn(name="is_covered", head="已覆盖"),
)
COUNT_COLUMNS = (
    ExportColumn(name="month", head="月份"),
    ExportColumn(name="code", head="监管事项编码", width=24),
    ExportColumn(name="name", head="监管事项名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="behaviours", head="监管行为数"),
    ExportColumn(name="number", head="第几次报送"),
    ExportColumn(name="is_current", head="现行有效"),
    ExportColumn(name="is_late", head="迟报"),
    ExportColumn(name="reason", head="更正原因", width=30),
    ExportColumn(name="reported_at", head="报送时间", width=26),
)

router = APIRouter(prefix="/catalog/v1", tags=["supervision"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Reporter = Annotated[
    Call,
    allow(
        {
            Role.PUBLISHER: Reach.DEPARTMENT,
            Role.DEPARTMENT_OFFICER: Reach.DEPARTMENT,
            Role.SYSTEM_ADMIN: Reach.ALL,
        },
        assurance=2,
    ),
]
MonthAsked = Annotated[Month | None, Query()]
Words = Annotated[str, Query(max_length=60)]


@router.get(
    "/supervision-items",
    response_model=Page[SupervisionItemOut],
    operation_id="list_supervision_items",
)
async def list_items(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    q: Words = "",
    kind: Kind | None = None,
    month: MonthAsked = None,
    covered: bool | None = None,
    reported: bool | None = None,
) -> Response:
    """Items on the list at the end of `to` (today). `covered`, `reported`: in `month`, or from `from` to `to`."""
    async with call.read() as tx:
        day = period.day(tx.now)
        months = queries.months_of(period, day)
        if month is not None:
            months = Months(first=month, last=month, known_on=day)
        wanted = SupervisionFilter(
            period=period,
            kind=kind or "",
            words=q.strip(),
            is_covered=covered,
            is_reported=reported,
            counts_without_object=await _counts_without_object(tx),
        )
        page = await page_of(
            tx,
            queries.items_on(wanted, day, months),
            by=[supervision_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"supervision-items {wanted} {month} {day}",
            show=SupervisionItemOut.model_validate,
        )
    return answer(page)


@router.get(
    "/supervision-items/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_supervision_items",
)
async def export_items(
    call: Anyone,
    period: InPeriod,
    *,
    month: MonthAsked = None,
    covered: bool | None = None,
    reported: bool | None = None,
    format: ExportKind = "csv",
) -> Response:
    """The list as a table: CSV, XLSX or JSON Lines; JSON Lines rows register back as they are, `is_*` left out."""
    async with call.read() as tx:
        day = period.day(tx.now)
    months = queries.months_of(period, day)
    if month is not None:
        months = Months(first=month, last=month, known_on=day)
    wanted = SupervisionFilter(period=period, is_covered=covered, is_reported=reported)
    return await export_of(
        call,
        queries.items_on(wanted, day, months),
        by=[supervision_items.c.id],
        columns=ITEM_COLUMNS,
        kind=format,
        name="监管事项清单",
    )


@router.post(
    "/supervision-items", response_model=RegisteredOut, operation_id="register_supervision_items"
)
async def post_items(body: SupervisionItemsIn, call: Reporter) -> Response:
    """Put items on the list, or correct those with the same code, department and division: all rows or none."""
    rows = [row.model_dump() for row in body.rows]
    async with call.begin() as tx:
        done = await register_supervision_items(rows, tx, reason=body.reason or "登记监管事项")
        tx.answer(
            RegisteredOut(added=done.added, corrected=done.corrected, unchanged=done.unchanged)
        )
    return tx.response


@router.get(
    "/supervision-items/{item_id}",
    response_model=SupervisionItemOut,
    operation_id="get_supervision_item",
)
async def get_item(item_id: UUID, call: Anyone) -> Response:
    """One supervision item, on the list or taken off it."""
    async with call.read() as tx:
        row = await _one_item(tx, item_id)
    return answer(SupervisionItemOut.model_validate(row), etag=row.version)


@router.get(
    "/supervision-items/{item_id}/steps",
    response_model=Page[SupervisionStepOut],
    operation_id="list_supervision_item_steps",
)
async def list_steps(item_id: UUID, call: Anyone, paging: Paging) -> Response:
    """What happened to an item's entry, oldest first."""
    async with call.read() as tx:
        await _one_item(tx, item_id)
        page = await page_of_steps(
            tx,
            supervision_item_steps,
            of={"item_id": item_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=SupervisionStepOut,
        )
    return answer(page)


@router.get(
    "/supervision-items/{item_id}/counts",
    response_model=Page[ItemCountOut],
    operation_id="list_supervision_item_counts",
)
async def list_item_counts(item_id: UUID, call: Anyone, paging: Paging) -> Response:
    """Everything reported of one item, newest first; corrected numbers stay and say why."""
    async with call.read() as tx:
        await _one_item(tx, item_id)
        page = await page_of(
            tx,
            queries.counts_by_item(item_id),
            by=[supervision_counts.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"item-counts {item_id}",
            show=ItemCountOut.model_validate,
        )
    return answer(page)


@router.post(
    "/supervision-items/{item_id}/removals",
    status_code=201,
    response_model=SupervisionItemOut,
    operation_id="remove_supervision_item",
)
async def post_removal(item_id: UUID, body: RemovalIn, call: Reporter) -> Response:
    """Take an item off the list; registering it again with a new `listed_from` takes that back."""
    async with call.begin() as tx:
        await remove_supervision_item(item_id, tx, on=body.on, reason=body.reason)
        row = await _one_item(tx, item_id)
        tx.answer(SupervisionItemOut.model_validate(row), status=201, etag=row.version)
    return tx.response


@router.post(
    "/supervision-reports",
    status_code=201,
    response_model=SupervisionReportedOut,
    operation_id="report_supervision",
)
async def post_report(body: SupervisionReportIn, call: Reporter) -> Response:
    """A department's behaviour data of a month; all rows or none. What is past its due day is taken and marked late."""
    command = ReportSupervision(
        month=body.month,
        rows=[CountSaid(**row.model_dump()) for row in body.rows],
        reason=body.reason,
    )
    async with call.begin() as tx:
        report_id = await report_supervision(command, tx)
        await tx.flush()
        report = None
        if report_id is not None:
            row = await one_row(
                tx, select(supervision_reports).where(supervision_reports.c.id == report_id)
            )
            report = SupervisionReportOut.model_validate(row)
        tx.answer(
            SupervisionReportedOut(
                report=report, unchanged=len(body.rows) - (report.items if report else 0)
            ),
            status=201,
            location=f"/catalog/v1/supervision-reports/{report_id}/counts" if report_id else None,
        )
    return tx.response


@router.get(
    "/supervision-reports",
    response_model=Page[SupervisionReportOut],
    operation_id="list_supervision_reports",
)
async def list_reports(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    month: MonthAsked = None,
    late: bool | None = None,
) -> Response:
    """Reports, newest first; `from` and `to` are the days on which they were sent."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.report_columns(period, month or "", late),
            by=[supervision_reports.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"supervision-reports {period} {month} {late}",
            show=SupervisionReportOut.model_validate,
        )
    return answer(page)


@router.get(
    "/supervision-reports/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_supervision_reports",
)
async def export_reports(
    call: Anyone,
    period: InPeriod,
    *,
    month: MonthAsked = None,
    late: bool | None = None,
    format: ExportKind = "csv",
) -> Response:
    """Behaviour data as reported, item by item, corrected numbers marked: CSV, XLSX or JSON Lines."""
    return await export_of(
        call,
        queries.counts_reported(period, month or "", late),
        by=[supervision_counts.c.id],
        columns=COUNT_COLUMNS,
        kind=format,
        name="监管行为数据",
    )


@router.get(
    "/supervision-reports/{report_id}/counts",
    response_model=Page[ReportedCountOut],
    operation_id="list_supervision_report_counts",
)
async def list_counts(report_id: UUID, call: Anyone, paging: Paging) -> Response:
    """The rows of one report, with what they correct."""
    async with call.read() as tx:
        await one_row(tx, select(supervision_reports).where(supervision_reports.c.id == report_id))
        page = await page_of(
            tx,
            queries.counts_of(report_id),
            by=[supervision_counts.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"report-counts {report_id}",
            show=ReportedCountOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/supervision/coverage", response_model=CoverageOut, operation_id="get_supervision_coverage"
)
async def get_coverage(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    month: MonthAsked = None,
    missing_only: bool = False,
) -> Response:
    """By department: items with behaviour data / items, in `month` (the last one) and so far, and who is missing.

    As it was known at the end of `to` (today); `from` begins what is counted so far.
    """
    async with call.read() as tx:
        known_on = period.day(tx.now)
        asked = month or month_before(known_on)
        listed_day = min(known_on, last_day(asked))
        wanted = SupervisionFilter(
            period=period, counts_without_object=await _counts_without_object(tx)
        )
        so_far = Months(
            first=queries.months_of(period, known_on).first, last=asked, known_on=known_on
        )
        one = Months(first=asked, last=asked, known_on=known_on)
        every = queries.coverage(wanted, listed_day, (one, so_far)).subquery()
        totals = await _totals(tx, every)
        listed = select(every)
        if missing_only:
            listed = listed.where(every.c.reported < every.c["items"])
        order: list[Any] = [every.c.code]
        page = await page_of(
            tx,
            listed,
            by=order,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"supervision-coverage {period} {asked} {missing_only}",
            show=lambda row: _department_out(row, asked, known_on),
            descending=False,
        )
        due = due_on(asked, int(await tx.rule("supervision-report-due-day")))
    return answer(_coverage_out(page, totals, (asked, known_on, due)))


@router.get(
    "/supervision/reminders",
    response_model=Page[ReminderOut],
    operation_id="list_supervision_reminders",
)
async def list_reminders(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    month: MonthAsked = None,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
) -> Response:
    """Departments that had not reported on all of their items by the due day; `open=true`: and still have not."""
    async with call.read() as tx:
        t = supervision_reminders.c
        order: list[Any] = [t.month, t.department, t.division]
        page = await page_of(
            tx,
            queries.reminders(period, month or "", is_open),
            by=order,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"supervision-reminders {period} {month} {is_open}",
            show=ReminderOut.model_validate,
        )
    return answer(page)


async def _counts_without_object(tx: Transaction) -> bool:
    return bool(await tx.rule("supervision-items-without-object-count"))


async def _one_item(tx: Transaction, item_id: UUID) -> Row[Any]:
    """An item with what was reported of it up to today; raises NotFoundError."""
    months = queries.months_of(Period(), local_date(tx.now))
    t = supervision_items
    statement = select(
        t,
        queries.is_reported(months).label("is_reported"),
        queries.is_covered(months).label("is_covered"),
    ).where(t.c.id == item_id)
    return await one_row(tx, statement)


async def _totals(tx: Transaction, every: Any) -> Row[Any]:
    e = every.c
    sums = [
        func.coalesce(func.sum(e[name]), 0).label(name)
        for name in ("items", "reported", "covered", "covered_so_far")
    ]
    missing = func.count().filter(e.reported < e["items"]).label("missing")
    statement = select(*sums, func.count().label("departments"), missing)
    return (await tx.all(statement.select_from(every)))[0]


def _share(part: Any, whole: Any) -> float | None:
    value = ratio_figure(int(part), int(whole)).value
    return float(value) if isinstance(value, Decimal) else value


def _department_out(row: Row[Any], month: str, known_on: date) -> DepartmentCoverageOut:
    return DepartmentCoverageOut(
        code=row.code,
        name=row.name,
        items=row.items,
        reported=row.reported,
        covered=row.covered,
        covered_so_far=row.covered_so_far,
        missing=row.items - row.reported,
        without_object=row.without_object,
        share=_share(row.covered, row.items),
        share_so_far=_share(row.covered_so_far, row.items),
        is_missing=row.reported < row.items,
        missing_url=(
            f"/catalog/v1/supervision-items?department={row.code}&month={month}"
            f"&reported=false&to={known_on}"
        ),
    )


def _coverage_out(
    page: Page[DepartmentCoverageOut], totals: Row[Any], days: tuple[str, date, date]
) -> CoverageOut:
    month, known_on, due = days
    return CoverageOut(
        results=page.results,
        next_cursor=page.next_cursor,
        count=page.count,
        month=month,
        known_on=known_on,
        due_on=due,
        items=totals.items,
        reported=totals.reported,
        covered=totals.covered,
        covered_so_far=totals.covered_so_far,
        share=_share(totals.covered, totals.items),
        share_so_far=_share(totals.covered_so_far, totals.items),
        departments=totals.departments,
        departments_missing=totals.missing,
    )

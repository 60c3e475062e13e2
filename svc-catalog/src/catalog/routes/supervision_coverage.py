"""What behaviour data covers, and who has not reported.

GET  /supervision/coverage     anyone; by department, in a month and so far
GET  /supervision/reminders    anyone; departments that the due day found without a report
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row, func, select

from catalog.domain.supervision import due_on, last_day, month_before
from catalog.queries import supervision as queries
from catalog.queries.supervision import Months, SupervisionFilter
from catalog.routes.parameters import Anyone
from catalog.routes.supervision_items import MonthAsked
from catalog.schemas.supervision import CoverageOut, DepartmentCoverageOut, ReminderOut
from catalog.tables.supervision import supervision_reminders
from chassis.door import answer
from chassis.indicators import InPeriod, ratio_figure
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.transaction import Transaction

router = APIRouter(prefix="/catalog/v1", tags=["supervision"])


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
            period=period, counts_without_object=await queries.counts_without_object(tx)
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

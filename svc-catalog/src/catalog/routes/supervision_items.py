"""Supervision items (监管事项): the list of what departments supervise.

GET  /supervision-items, /export, /{id}    anyone; on the list at the end of `to`
GET  /supervision-items/{id}/steps, /counts        anyone
POST /supervision-items, /{id}/removals    publisher, department_officer (own), system_admin
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row, select

from catalog.queries import supervision as queries
from catalog.queries.items import one_row
from catalog.queries.supervision import Months, SupervisionFilter
from catalog.routes.parameters import Anyone, Words
from catalog.schemas.supervision import (
    ItemCountOut,
    Kind,
    Month,
    RegisteredOut,
    RemovalIn,
    SupervisionItemOut,
    SupervisionItemsIn,
    SupervisionStepOut,
)
from catalog.tables.supervision import supervision_counts, supervision_item_steps, supervision_items
from catalog.use_cases.register_supervision_items import register_supervision_items
from catalog.use_cases.remove_supervision_item import remove_supervision_item
from chassis.clock import local_date
from chassis.door import Call, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod, Period
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["supervision"])

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
            counts_without_object=await queries.counts_without_object(tx),
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

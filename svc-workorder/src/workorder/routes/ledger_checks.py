"""Ledgers of clocks through the HTTP door: from them every due date can be counted again.

GET  /work-orders/{id}/stops                           whoever may read the order   when and why its clock stood still
POST /ledger-checks                                    system_admin                 count all that open work is due by again
GET  /ledger-checks, /{id}, /{id}/differences          system_admin, auditor        what differed; also the nightly ones
GET  /exports/ledger-differences                       system_admin, auditor
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row

from chassis.door import Call, allow, answer
from chassis.errors import NotFoundError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.transaction import Transaction
from contracts.vocabulary import PrincipalKind, Role
from workorder.queries.deadlines import LEDGER_CHECKS, checks, differences_of, stops_of_order
from workorder.queries.work_orders import work_order_row
from workorder.routes.policies import ADMINISTRATORS, WORK_ORDER_READERS
from workorder.routes.started_jobs import answer_started
from workorder.schemas.calendar import JobStartedOut
from workorder.schemas.ledger_checks import LedgerCheckOut, LedgerDifferenceOut, StopOut
from workorder.tables import work_order_stops

router = APIRouter(prefix="/workorder/v1", tags=["ledgers of clocks"])

CHECKERS: dict[str, Reach] = {**ADMINISTRATORS, Role.AUDITOR: Reach.ALL}


@router.get(
    "/work-orders/{work_order_id}/stops",
    response_model=Page[StopOut],
    operation_id="list_work_order_stops",
)
async def list_work_order_stops(
    work_order_id: UUID, call: Annotated[Call, allow(WORK_ORDER_READERS)], paging: Paging
) -> Response:
    """When and why the clock stood still: the ledger from which the due date can be counted again."""
    async with call.read() as tx:
        await work_order_row(tx, work_order_id)
        page = await page_of(
            tx,
            stops_of_order(work_order_id),
            by=[work_order_stops.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"work_order_stops {work_order_id}",
            show=StopOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/ledger-checks",
    status_code=202,
    response_model=JobStartedOut,
    operation_id="start_ledger_check",
)
async def post_ledger_check(
    call: Annotated[Call, allow(ADMINISTRATORS, assurance=3)],
) -> Response:
    """Count every open due date, wait and ruling again and name what differs; nothing is changed. Takes no body."""
    async with call.begin() as tx:
        answer_started(tx, call, kind=LEDGER_CHECKS, place="ledger-checks")
    return tx.response


@router.get(
    "/ledger-checks", response_model=Page[LedgerCheckOut], operation_id="list_ledger_checks"
)
async def list_ledger_checks(
    call: Annotated[Call, allow(CHECKERS)], paging: Paging, has_differences: bool | None = None
) -> Response:
    """Checks, newest first, those of every night among them."""
    jobs = call.runtime.table("jobs")
    statement = checks(jobs)
    if has_differences is not None:
        statement = statement.where((jobs.c.refused > 0) == has_differences)
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[jobs.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"ledger_checks {has_differences}",
            show=_check_out,
        )
    return answer(page)


@router.get(
    "/ledger-checks/{check_id}", response_model=LedgerCheckOut, operation_id="get_ledger_check"
)
async def get_ledger_check(check_id: UUID, call: Annotated[Call, allow(CHECKERS)]) -> Response:
    """How far a check is, and how many pieces of work differ."""
    async with call.read() as tx:
        row = await _check(tx, call, check_id)
    return answer(_check_out(row))


@router.get(
    "/ledger-checks/{check_id}/differences",
    response_model=Page[LedgerDifferenceOut],
    operation_id="list_ledger_differences",
)
async def list_ledger_differences(
    check_id: UUID, call: Annotated[Call, allow(CHECKERS)], paging: Paging
) -> Response:
    """The work whose due date, wait or ruling is not what it is counted from, and what it should be."""
    rows = call.runtime.table("job_rows")
    async with call.read() as tx:
        await _check(tx, call, check_id)
        page = await page_of(
            tx,
            differences_of(check_id, rows),
            by=[rows.c.number],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"ledger_differences {check_id}",
            show=lambda row: LedgerDifferenceOut(
                work_number=row.key, work_id=UUID(row.made_id), found=row.faults
            ),
            descending=False,
        )
    return answer(page)


@router.get(
    "/exports/ledger-differences",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_ledger_differences",
)
async def export_ledger_differences(
    call: Annotated[Call, allow(CHECKERS)],
    check_id: UUID,
    kind: Annotated[ExportKind, Query(alias="format")] = "csv",
) -> Response:
    """The differences of one check as a file: CSV, XLSX or JSON Lines."""
    rows = call.runtime.table("job_rows")
    async with call.read() as tx:
        await _check(tx, call, check_id)
    return await export_of(
        call,
        differences_of(check_id, rows),
        by=[rows.c.number],
        name="时限台账核对",
        kind=kind,
        columns=(
            ExportColumn(name="number", head="序号"),
            ExportColumn(name="work_number", head="编号", read=lambda row: row.key, width=32),
            ExportColumn(
                name="found",
                head="差异",
                read=lambda row: "；".join(each["zh"] for each in row.faults),
                width=60,
            ),
        ),
    )


async def _check(tx: Transaction, call: Call, check_id: UUID) -> Row[Any]:
    jobs = call.runtime.table("jobs")
    row = await tx.one_or_none(checks(jobs).where(jobs.c.id == check_id))
    if row is None:
        raise NotFoundError
    return row


def _check_out(row: Row[Any]) -> LedgerCheckOut:
    return LedgerCheckOut(
        id=row.id,
        state=row.state,
        is_nightly=row.owner["kind"] == PrincipalKind.SYSTEM,
        checked=row.done,
        total=row.total,
        differences=row.refused,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )

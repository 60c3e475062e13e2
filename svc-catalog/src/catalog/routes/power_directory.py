"""Doors: the directory of what may be moved to towns (指导目录), and what each county took up of it.

GET  /movable-powers, /export · POST                   anyone · system_admin
POST /movable-powers/{id}/uptakes                      the county's coordinator, system_admin
GET  /power-uptakes, /power-uptakes/counts             anyone; `on`: at the end of a day
GET  /power-uptakes/{id}/steps · POST /{id}/endings    anyone · the county's coordinator, system_admin
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from catalog.queries import powers as queries
from catalog.queries.items import one_row
from catalog.routes.parameters import (
    Administrator,
    Anyone,
    CodeAsked,
    CoordinatorOrAdministrator,
    DivisionAsked,
)
from catalog.schemas.powers import (
    KeptRowsOut,
    MovablePowerOut,
    MovablePowersIn,
    UptakeCountOut,
    UptakeCountsOut,
    UptakeEndIn,
    UptakeIn,
    UptakeOut,
)
from catalog.tables.powers import movable_powers, power_uptake_steps, power_uptakes
from catalog.use_cases.end_uptake import end_uptake
from catalog.use_cases.record_uptake import RecordUptake, record_uptake
from catalog.use_cases.register_movable_powers import register_movable_powers
from chassis.clock import local_date
from chassis.door import DoorTransaction, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import StepOut, page_of_steps

router = APIRouter(prefix="/catalog/v1", tags=["power directory"])


@router.get(
    "/movable-powers", response_model=Page[MovablePowerOut], operation_id="list_movable_powers"
)
async def get_movable(
    call: Anyone,
    paging: Paging,
    kind: CodeAsked = "",
    mode: Annotated[str, Query(pattern=r"^(move-down|entrust)?$")] = "",
    department: CodeAsked = "",
) -> Response:
    """指导目录 by serial: what may be moved to towns, how, and on which conditions."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.movable(kind=kind, mode=mode, department=department),
            by=[movable_powers.c.serial],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"movable-powers {kind} {mode} {department}",
            show=MovablePowerOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/movable-powers/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_movable_powers",
)
async def export_movable(call: Anyone, format: ExportKind = "csv") -> Response:
    """The directory as a table by its eight fields: CSV, XLSX or JSON Lines."""
    return await export_of(
        call,
        queries.movable(),
        by=[movable_powers.c.serial],
        columns=(
            ExportColumn(name="serial", head="序号"),
            ExportColumn(name="code", head="职权编码"),
            ExportColumn(name="name", head="职权名称"),
            ExportColumn(name="kind", head="职权类型"),
            ExportColumn(name="legal_basis", head="实施依据"),
            ExportColumn(name="giving_department", head="调出部门"),
            ExportColumn(name="mode", head="调整方式"),
            ExportColumn(name="conditions", head="承接条件与备注"),
        ),
        name="指导目录",
        kind=format,
    )


@router.post("/movable-powers", response_model=KeptRowsOut, operation_id="register_movable_powers")
async def post_movable(body: MovablePowersIn, call: Administrator) -> Response:
    """Register entries of the directory, or correct those with the same serial."""
    async with call.begin() as tx:
        rows = [row.model_dump() for row in body.rows]
        kept = await register_movable_powers(rows, body.source, tx)
        tx.answer(KeptRowsOut(added=kept.added, corrected=kept.corrected, unchanged=kept.unchanged))
    return tx.response


@router.post(
    "/movable-powers/{movable_id}/uptakes",
    status_code=201,
    response_model=UptakeOut,
    operation_id="record_uptake",
)
async def post_uptake(
    movable_id: UUID, body: UptakeIn, call: CoordinatorOrAdministrator
) -> Response:
    """A county takes an entry up for its towns."""
    command = RecordUptake(
        movable_id=movable_id,
        division=body.division,
        towns=body.towns,
        taken_on=body.taken_on,
        document_number=body.document_number,
        reason=body.reason,
    )
    async with call.begin() as tx:
        uptake_id = await record_uptake(command, tx)
        await _answer_uptake(tx, uptake_id)
    return tx.response


@router.post(
    "/power-uptakes/{uptake_id}/endings",
    status_code=201,
    response_model=UptakeOut,
    operation_id="end_uptake",
)
async def post_ending(
    uptake_id: UUID, body: UptakeEndIn, call: CoordinatorOrAdministrator
) -> Response:
    """A county gives an entry back."""
    async with call.begin() as tx:
        await end_uptake(uptake_id, body.ended_on, body.reason, tx)
        await _answer_uptake(tx, uptake_id)
    return tx.response


@router.get("/power-uptakes", response_model=Page[UptakeOut], operation_id="list_uptakes")
async def get_uptakes(
    call: Anyone,
    paging: Paging,
    division: DivisionAsked = "",
    movable_id: UUID | None = None,
    on: date | None = None,
) -> Response:
    """What was taken up at the end of a day (today), newest first."""
    async with call.read() as tx:
        day = on or local_date(tx.now)
        page = await page_of(
            tx,
            queries.uptakes(on=day, division=division, movable_id=movable_id),
            by=[power_uptakes.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"power-uptakes {division} {movable_id} {day}",
            show=UptakeOut.model_validate,
        )
    return answer(page)


@router.get("/power-uptakes/counts", response_model=UptakeCountsOut, operation_id="count_uptakes")
async def get_counts(call: Anyone, on: date | None = None) -> Response:
    """How many entries each county has taken up at the end of a day."""
    async with call.read() as tx:
        day = on or local_date(tx.now)
        rows = await tx.all(queries.uptake_counts(on=day))
    results = [UptakeCountOut(division=row.division, taken_up=row.taken_up) for row in rows]
    return answer(UptakeCountsOut(as_of=day, results=results))


@router.get(
    "/power-uptakes/{uptake_id}/steps",
    response_model=Page[StepOut],
    operation_id="list_uptake_steps",
)
async def get_uptake_steps(uptake_id: UUID, call: Anyone, paging: Paging) -> Response:
    """Who recorded it and why, oldest first."""
    async with call.read() as tx:
        await one_row(tx, queries.uptake(uptake_id))
        page = await page_of_steps(
            tx,
            power_uptake_steps,
            of={"uptake_id": uptake_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=StepOut,
        )
    return answer(page)


async def _answer_uptake(tx: DoorTransaction, uptake_id: UUID) -> None:
    await tx.flush()
    row = await one_row(tx, queries.uptake(uptake_id))
    tx.answer(UptakeOut.model_validate(row), status=201, etag=row.version)

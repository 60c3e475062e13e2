"""The adjustment of powers (权责清单动态调整): proposed, changed, read. Its steps and notices have modules beside this one.

POST /power-adjustments                            publisher of the power's department, system_admin
GET  /power-adjustments, /export, /{id}, /steps    parties, legal_reviewer, coordinator, system_admin
PUT  /power-adjustments/{id}                       the proposing department, with If-Match
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from catalog.domain.adjustments import KIND_WORDS, STATE_WORDS, Adjustment, AdjustmentState, Kind
from catalog.queries import items as item_queries
from catalog.queries import powers as queries
from catalog.queries.powers import AdjustmentFilter
from catalog.repository.adjustments import adjustment_of, parties_of
from catalog.routes.parameters import PublisherOrAdministrator
from catalog.schemas.powers import (
    AdjustmentIn,
    AdjustmentOut,
    AdjustmentRowOut,
    AdjustmentStepOut,
    AmendmentIn,
    PartyOut,
)
from catalog.tables.powers import power_adjustment_steps, power_adjustments
from catalog.use_cases.amend_adjustment import AmendAdjustment, amend_adjustment
from catalog.use_cases.propose_adjustment import ProposeAdjustment, propose_adjustment
from chassis.clock import local_date
from chassis.door import Call, DoorTransaction, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["power adjustments"])

PARTIES = {Role.PUBLISHER: Reach.DEPARTMENT, Role.DEPARTMENT_HEAD: Reach.DEPARTMENT}
DECIDERS = {Role.COORDINATOR: Reach.DIVISION, Role.SYSTEM_ADMIN: Reach.ALL}
REVIEWERS = {Role.LEGAL_REVIEWER: Reach.ALL}
Reader = Annotated[Call, allow({**PARTIES, **DECIDERS, **REVIEWERS}, assurance=2)]

Step = Callable[[DoorTransaction], Awaitable[Adjustment]]


async def adjustment_filter(
    *,
    kind: Kind | None = None,
    state: AdjustmentState | None = None,
    department: Annotated[str, Query(pattern=r"^[0-9A-Z-]{0,22}$")] = "",
    division: Annotated[str, Query(pattern=r"^[0-9]{0,12}$")] = "",
    power_id: UUID | None = None,
    document_number: Annotated[str, Query(max_length=200)] = "",
    late: bool | None = None,
) -> AdjustmentFilter:
    """The named filters; `late`: proposed after the working days that its trigger left."""
    return AdjustmentFilter(
        kind=kind or "",
        state=state or "",
        department=department,
        division=division,
        power_id=power_id,
        document_number=document_number,
        late=late,
    )


Wanted = Annotated[AdjustmentFilter, Depends(adjustment_filter)]


@router.post(
    "/power-adjustments",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="propose_adjustment",
)
async def post_adjustment(body: AdjustmentIn, call: PublisherOrAdministrator) -> Response:
    """Propose an adjustment of a power of the own department; every rule that it breaks is named."""
    command = ProposeAdjustment(
        kind=body.kind,
        power_id=body.power_id,
        terms=body.terms,
        receivers=body.receivers,
        effective_at=body.effective_at,
    )
    return await stepped(call, lambda tx: propose_adjustment(command, tx))


@router.get(
    "/power-adjustments",
    response_model=Page[AdjustmentRowOut],
    operation_id="list_adjustments",
)
async def get_adjustments(call: Reader, paging: Paging, wanted: Wanted) -> Response:
    """Adjustments that the caller's department has a part in, or within the caller's reach, newest first."""
    return await listed(call, paging, wanted, "power-adjustments")


@router.get(
    "/power-adjustments/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_adjustments",
)
async def export_adjustments(call: Reader, wanted: Wanted, format: ExportKind = "csv") -> Response:
    """The same list as a table: CSV, XLSX or JSON Lines."""
    return await export_of(
        call,
        queries.adjustments_where(wanted),
        by=[power_adjustments.c.id],
        columns=(
            ExportColumn(name="number", head="编号"),
            ExportColumn(name="kind", head="种类", read=lambda row: KIND_WORDS[row.kind]),
            ExportColumn(
                name="state", head="状态", read=lambda row: STATE_WORDS[AdjustmentState(row.state)]
            ),
            ExportColumn(name="power_code", head="职权编码"),
            ExportColumn(name="power_name", head="职权名称"),
            ExportColumn(name="division", head="移交方区划"),
            ExportColumn(name="department", head="移交方部门"),
            ExportColumn(
                name="document_number", head="文号", read=lambda row: row.terms["document_number"]
            ),
            ExportColumn(name="proposed_at", head="提出时间"),
            ExportColumn(name="propose_by", head="应提出日期"),
            ExportColumn(name="effective_at", head="生效时间"),
            ExportColumn(name="in_force_at", head="实际生效时间"),
        ),
        name="职权调整",
        kind=format,
    )


@router.get(
    "/power-adjustments/{adjustment_id}",
    response_model=AdjustmentOut,
    operation_id="get_adjustment",
)
async def get_adjustment(adjustment_id: UUID, call: Reader) -> Response:
    """One adjustment whole; its ETag is what a change names in If-Match."""
    return await shown(call, adjustment_id, public=False)


@router.put(
    "/power-adjustments/{adjustment_id}",
    response_model=AdjustmentOut,
    operation_id="amend_adjustment",
)
async def put_adjustment(
    adjustment_id: UUID, body: AmendmentIn, call: PublisherOrAdministrator
) -> Response:
    """Change the terms while they are proposed, or as the review asked; opinions given before are asked for again."""
    call.if_match()
    command = AmendAdjustment(
        adjustment_id=adjustment_id,
        terms=body.terms,
        effective_at=body.effective_at,
        reason=body.reason,
    )
    return await stepped(call, lambda tx: amend_adjustment(command, tx), status=200)


@router.get(
    "/power-adjustments/{adjustment_id}/steps",
    response_model=Page[AdjustmentStepOut],
    operation_id="list_adjustment_steps",
)
async def get_steps(adjustment_id: UUID, call: Reader, paging: Paging) -> Response:
    """What happened to an adjustment, oldest first."""
    async with call.read() as tx:
        await item_queries.one_row(tx, queries.adjustment(adjustment_id))
        page = await page_of_steps(
            tx,
            power_adjustment_steps,
            of={"adjustment_id": adjustment_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=AdjustmentStepOut,
        )
    return answer(page)


async def listed(call: Call, paging: Paging, wanted: AdjustmentFilter, kind: str) -> Response:
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.adjustments_where(wanted),
            by=[power_adjustments.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"{kind} {wanted}",
            show=_adjustment_row_out,
        )
    return answer(page)


async def shown(call: Call, adjustment_id: UUID, *, public: bool) -> Response:
    async with call.read() as tx:
        row = await item_queries.one_row(tx, queries.adjustment(adjustment_id, public=public))
        adjustment = adjustment_of(row, await parties_of(tx, adjustment_id))
        shown = _adjustment_out(adjustment, tx)
    return answer(shown, etag=adjustment.version)


async def stepped(call: Call, step: Step, *, status: int = 201) -> Response:
    """One step, its answer, and where the adjustment is read."""
    async with call.begin() as tx:
        adjustment = await step(tx)
        tx.answer(
            _adjustment_out(adjustment, tx),
            status=status,
            etag=adjustment.version,
            location=f"/catalog/v1/power-adjustments/{adjustment.id}",
        )
    return tx.response


_PLAIN = (
    "id",
    "number",
    "kind",
    "state",
    "power_id",
    "power_code",
    "power_name",
    "division",
    "department",
    "terms",
    "effective_at",
    "propose_by",
    "opinions_due_on",
    "review_due_on",
    "review",
    "proposed_at",
    "amended_at",
    "reviewed_at",
    "approved_at",
    "published_at",
    "in_force_at",
    "ended_at",
    "superseded_by",
    "fault",
)


def _adjustment_out(adjustment: Adjustment, tx: DoorTransaction) -> AdjustmentOut:
    parties = [
        PartyOut(
            role=party.role,
            agrees=party.agrees,
            opinion=party.opinion,
            answered_at=party.answered_at,
            taken_back_by=party.taken_back_by,
            **party.receiver.model_dump(),
        )
        for party in adjustment.parties
    ]
    return AdjustmentOut(
        **{name: getattr(adjustment, name) for name in _PLAIN},
        kind_name=KIND_WORDS[adjustment.kind],
        state_name=STATE_WORDS[adjustment.state],
        parties=parties,
        is_proposed_late=local_date(adjustment.proposed_at) > adjustment.propose_by,
        overdue=adjustment.overdue_on(local_date(tx.now)),
        is_mine=adjustment.proposed_by == tx.principal.subject,
    )


_ROW = (
    "id",
    "number",
    "kind",
    "state",
    "power_id",
    "power_code",
    "power_name",
    "division",
    "department",
    "effective_at",
    "proposed_at",
    "propose_by",
    "review_due_on",
    "published_at",
    "in_force_at",
)


def _adjustment_row_out(row: Any) -> AdjustmentRowOut:
    return AdjustmentRowOut(
        **{name: getattr(row, name) for name in _ROW},
        document_number=row.terms["document_number"],
        is_proposed_late=local_date(row.proposed_at) > row.propose_by,
    )

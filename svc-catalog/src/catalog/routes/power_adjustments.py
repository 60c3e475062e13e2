"""Doors: the adjustment of powers (权责清单动态调整), each step a POST to a noun with its reason.

POST /power-adjustments                                     publisher of the power's department, system_admin
GET  /power-adjustments, /export, /{id}, /steps, /guides    parties, legal_reviewer, coordinator, system_admin
PUT  /power-adjustments/{id} (If-Match)                     the proposing department
POST /{id}/opinions · /{id}/guides                          publisher or head of a receiver
POST /{id}/legal-review-requests                            the proposing department
POST /{id}/legal-reviews                                    legal_reviewer
POST /{id}/approvals · /rejections                          coordinator, system_admin; another person
POST /{id}/publications                                     coordinator, system_admin, the proposing department
POST /{id}/withdrawals                                      the proposing department, coordinator, system_admin
GET  /power-notices, /power-notices/{id}                    anyone: what was published
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from catalog.domain.adjustments import (
    KIND_WORDS,
    STATE_WORDS,
    Adjustment,
    AdjustmentState,
    Kind,
)
from catalog.queries import items as item_queries
from catalog.queries import powers as queries
from catalog.queries.powers import AdjustmentFilter
from catalog.repository.adjustments import adjustment_of, guides_of, parties_of
from catalog.schemas.powers import (
    AdjustmentIn,
    AdjustmentOut,
    AdjustmentRowOut,
    AdjustmentStepOut,
    AmendmentIn,
    MovedGuideIn,
    MovedGuideOut,
    MovedGuidesOut,
    OpinionIn,
    PartyOut,
    ReasonIn,
    ReviewIn,
)
from catalog.tables.powers import power_adjustment_steps, power_adjustments
from catalog.use_cases.amend_adjustment import AmendAdjustment, amend_adjustment
from catalog.use_cases.conclude_legal_review import conclude_legal_review
from catalog.use_cases.decide_adjustment import DecideAdjustment, decide_adjustment
from catalog.use_cases.draft_moved_guide import DraftMovedGuide, draft_moved_guide
from catalog.use_cases.give_opinion import GiveOpinion, give_opinion
from catalog.use_cases.propose_adjustment import ProposeAdjustment, propose_adjustment
from catalog.use_cases.publish_adjustment import publish_adjustment
from catalog.use_cases.request_legal_review import request_legal_review
from catalog.use_cases.withdraw_adjustment import withdraw_adjustment
from chassis.clock import local_date
from chassis.door import Call, DoorTransaction, allow, allow_anyone, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["power adjustments"])

_PARTIES = {Role.PUBLISHER: Reach.DEPARTMENT, Role.DEPARTMENT_HEAD: Reach.DEPARTMENT}
_DECIDERS = {Role.COORDINATOR: Reach.DIVISION, Role.SYSTEM_ADMIN: Reach.ALL}
_REVIEWERS = {Role.LEGAL_REVIEWER: Reach.ALL}

Proposer = Annotated[
    Call, allow({Role.PUBLISHER: Reach.DEPARTMENT, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)
]
Receiver = Annotated[Call, allow(_PARTIES, assurance=2)]
Drafter = Annotated[Call, allow({Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)]
Reviewer = Annotated[Call, allow(_REVIEWERS, assurance=2)]
Decider = Annotated[Call, allow(_DECIDERS, assurance=2)]
Announcer = Annotated[Call, allow({**_DECIDERS, Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)]
Reader = Annotated[Call, allow({**_PARTIES, **_DECIDERS, **_REVIEWERS}, assurance=2)]
Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]

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
async def post_adjustment(body: AdjustmentIn, call: Proposer) -> Response:
    """Propose an adjustment of a power of the own department; every rule that it breaks is named."""
    command = ProposeAdjustment(
        kind=body.kind,
        power_id=body.power_id,
        terms=body.terms,
        receivers=body.receivers,
        effective_at=body.effective_at,
    )
    return await _stepped(call, lambda tx: propose_adjustment(command, tx))


@router.get(
    "/power-adjustments",
    response_model=Page[AdjustmentRowOut],
    operation_id="list_adjustments",
)
async def get_adjustments(call: Reader, paging: Paging, wanted: Wanted) -> Response:
    """Adjustments that the caller's department has a part in, or within the caller's reach, newest first."""
    return await _listed(call, paging, wanted, "power-adjustments")


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
    return await _shown(call, adjustment_id, public=False)


@router.put(
    "/power-adjustments/{adjustment_id}",
    response_model=AdjustmentOut,
    operation_id="amend_adjustment",
)
async def put_adjustment(adjustment_id: UUID, body: AmendmentIn, call: Proposer) -> Response:
    """Change the terms while they are proposed, or as the review asked; opinions given before are asked for again."""
    call.if_match()
    command = AmendAdjustment(
        adjustment_id=adjustment_id,
        terms=body.terms,
        effective_at=body.effective_at,
        reason=body.reason,
    )
    return await _stepped(call, lambda tx: amend_adjustment(command, tx), status=200)


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


@router.get(
    "/power-adjustments/{adjustment_id}/guides",
    response_model=MovedGuidesOut,
    operation_id="list_moved_guides",
)
async def get_guides(adjustment_id: UUID, call: Reader) -> Response:
    """Which item takes over from which, at which receiver, and the guides that were drafted for it."""
    async with call.read() as tx:
        await item_queries.one_row(tx, queries.adjustment(adjustment_id))
        found = await guides_of(tx, adjustment_id)
    results = [
        MovedGuideOut(
            from_item_id=moved.from_item_id,
            to_item_id=moved.to_item_id,
            to_item_code=moved.to_item_code,
            division=moved.division,
            department=moved.department,
            is_drafted=moved.guide is not None,
            guide=moved.guide,
        )
        for moved in found
    ]
    return answer(MovedGuidesOut(results=results))


@router.post(
    "/power-adjustments/{adjustment_id}/guides",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="draft_moved_guide",
)
async def post_guide(adjustment_id: UUID, body: MovedGuideIn, call: Drafter) -> Response:
    """A receiver's own guide for an item that it takes over; without one it is derived from the giver's."""
    command = DraftMovedGuide(
        adjustment_id=adjustment_id, from_item_id=body.from_item_id, guide=body.guide
    )
    return await _stepped(call, lambda tx: draft_moved_guide(command, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/opinions",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="give_opinion",
)
async def post_opinion(adjustment_id: UUID, body: OpinionIn, call: Receiver) -> Response:
    """征求承接方意见: whether the own department can take the power over."""
    command = GiveOpinion(adjustment_id=adjustment_id, agrees=body.agrees, opinion=body.opinion)
    return await _stepped(call, lambda tx: give_opinion(command, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/legal-review-requests",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="request_legal_review",
)
async def post_review_request(adjustment_id: UUID, body: ReasonIn, call: Proposer) -> Response:
    """提请合法性审查, once every receiver has answered or its time is over."""
    return await _stepped(call, lambda tx: request_legal_review(adjustment_id, body.reason, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/legal-reviews",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="conclude_legal_review",
)
async def post_review(adjustment_id: UUID, body: ReviewIn, call: Reviewer) -> Response:
    """合法性审查意见: passed, passed with changes, or rejected."""
    return await _stepped(call, lambda tx: conclude_legal_review(adjustment_id, body.review, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/approvals",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="approve_adjustment",
)
async def post_approval(adjustment_id: UUID, body: ReasonIn, call: Decider) -> Response:
    """批准, by somebody who neither proposed nor reviewed it."""
    command = DecideAdjustment(adjustment_id=adjustment_id, outcome="approved", reason=body.reason)
    return await _stepped(call, lambda tx: decide_adjustment(command, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/rejections",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="reject_adjustment",
)
async def post_rejection(adjustment_id: UUID, body: ReasonIn, call: Decider) -> Response:
    """不予批准; the proposal ends."""
    command = DecideAdjustment(adjustment_id=adjustment_id, outcome="rejected", reason=body.reason)
    return await _stepped(call, lambda tx: decide_adjustment(command, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/publications",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="publish_adjustment",
)
async def post_publication(adjustment_id: UUID, body: ReasonIn, call: Announcer) -> Response:
    """公布: its items are fixed and announced, and the effective minute is waited for."""
    return await _stepped(call, lambda tx: publish_adjustment(adjustment_id, body.reason, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/withdrawals",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="withdraw_adjustment",
)
async def post_withdrawal(adjustment_id: UUID, body: ReasonIn, call: Announcer) -> Response:
    """撤回 before it is in force; afterwards a taking back is the lawful way."""
    return await _stepped(call, lambda tx: withdraw_adjustment(adjustment_id, body.reason, tx))


@router.get(
    "/power-notices", response_model=Page[AdjustmentRowOut], operation_id="list_power_notices"
)
async def get_notices(call: Anyone, paging: Paging, wanted: Wanted) -> Response:
    """职权调整公告: published adjustments, newest first."""
    public = AdjustmentFilter(**{**vars(wanted), "public": True})
    return await _listed(call, paging, public, "power-notices")


@router.get(
    "/power-notices/{adjustment_id}",
    response_model=AdjustmentOut,
    operation_id="get_power_notice",
)
async def get_notice(adjustment_id: UUID, call: Anyone) -> Response:
    """One published adjustment: what moved where, from when, by which document and law."""
    return await _shown(call, adjustment_id, public=True)


async def _listed(call: Call, paging: Paging, wanted: AdjustmentFilter, kind: str) -> Response:
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


async def _shown(call: Call, adjustment_id: UUID, *, public: bool) -> Response:
    async with call.read() as tx:
        row = await item_queries.one_row(tx, queries.adjustment(adjustment_id, public=public))
        adjustment = adjustment_of(row, await parties_of(tx, adjustment_id))
        shown = _adjustment_out(adjustment, tx)
    return answer(shown, etag=adjustment.version)


async def _stepped(call: Call, step: Step, *, status: int = 201) -> Response:
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

"""The way of an adjustment, each step a POST to a noun with its reason.

GET  /power-adjustments/{id}/guides                parties, legal_reviewer, coordinator, system_admin
POST /{id}/guides                                  publisher of a receiver
POST /{id}/opinions                                publisher or head of a receiver
POST /{id}/legal-review-requests                   the proposing department
POST /{id}/legal-reviews                           legal_reviewer
POST /{id}/approvals · /rejections                 coordinator, system_admin; another person
POST /{id}/publications · /withdrawals             coordinator, system_admin, the proposing department
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.queries import items as item_queries
from catalog.queries import powers as queries
from catalog.repository.adjustments import guides_of
from catalog.routes.parameters import Publisher, PublisherOrAdministrator
from catalog.routes.power_adjustments import DECIDERS, PARTIES, REVIEWERS, Reader, stepped
from catalog.schemas.powers import (
    AdjustmentOut,
    MovedGuideIn,
    MovedGuideOut,
    MovedGuidesOut,
    OpinionIn,
    ReasonIn,
    ReviewIn,
)
from catalog.use_cases.conclude_legal_review import conclude_legal_review
from catalog.use_cases.decide_adjustment import DecideAdjustment, decide_adjustment
from catalog.use_cases.draft_moved_guide import DraftMovedGuide, draft_moved_guide
from catalog.use_cases.give_opinion import GiveOpinion, give_opinion
from catalog.use_cases.publish_adjustment import publish_adjustment
from catalog.use_cases.request_legal_review import request_legal_review
from catalog.use_cases.withdraw_adjustment import withdraw_adjustment
from chassis.door import Call, allow, answer
from chassis.identity import Reach
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["power adjustments"])

Receiver = Annotated[Call, allow(PARTIES, assurance=2)]
Reviewer = Annotated[Call, allow(REVIEWERS, assurance=2)]
Decider = Annotated[Call, allow(DECIDERS, assurance=2)]
Announcer = Annotated[Call, allow({**DECIDERS, Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)]


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
async def post_guide(adjustment_id: UUID, body: MovedGuideIn, call: Publisher) -> Response:
    """A receiver's own guide for an item that it takes over; without one it is derived from the giver's."""
    command = DraftMovedGuide(
        adjustment_id=adjustment_id, from_item_id=body.from_item_id, guide=body.guide
    )
    return await stepped(call, lambda tx: draft_moved_guide(command, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/opinions",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="give_opinion",
)
async def post_opinion(adjustment_id: UUID, body: OpinionIn, call: Receiver) -> Response:
    """征求承接方意见: whether the own department can take the power over."""
    command = GiveOpinion(adjustment_id=adjustment_id, agrees=body.agrees, opinion=body.opinion)
    return await stepped(call, lambda tx: give_opinion(command, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/legal-review-requests",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="request_legal_review",
)
async def post_review_request(
    adjustment_id: UUID, body: ReasonIn, call: PublisherOrAdministrator
) -> Response:
    """提请合法性审查, once every receiver has answered or its time is over."""
    return await stepped(call, lambda tx: request_legal_review(adjustment_id, body.reason, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/legal-reviews",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="conclude_legal_review",
)
async def post_review(adjustment_id: UUID, body: ReviewIn, call: Reviewer) -> Response:
    """合法性审查意见: passed, passed with changes, or rejected."""
    return await stepped(call, lambda tx: conclude_legal_review(adjustment_id, body.review, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/approvals",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="approve_adjustment",
)
async def post_approval(adjustment_id: UUID, body: ReasonIn, call: Decider) -> Response:
    """批准, by somebody who neither proposed nor reviewed it."""
    command = DecideAdjustment(adjustment_id=adjustment_id, outcome="approved", reason=body.reason)
    return await stepped(call, lambda tx: decide_adjustment(command, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/rejections",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="reject_adjustment",
)
async def post_rejection(adjustment_id: UUID, body: ReasonIn, call: Decider) -> Response:
    """不予批准; the proposal ends."""
    command = DecideAdjustment(adjustment_id=adjustment_id, outcome="rejected", reason=body.reason)
    return await stepped(call, lambda tx: decide_adjustment(command, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/publications",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="publish_adjustment",
)
async def post_publication(adjustment_id: UUID, body: ReasonIn, call: Announcer) -> Response:
    """公布: its items are fixed and announced, and the effective minute is waited for."""
    return await stepped(call, lambda tx: publish_adjustment(adjustment_id, body.reason, tx))


@router.post(
    "/power-adjustments/{adjustment_id}/withdrawals",
    status_code=201,
    response_model=AdjustmentOut,
    operation_id="withdraw_adjustment",
)
async def post_withdrawal(adjustment_id: UUID, body: ReasonIn, call: Announcer) -> Response:
    """撤回 before it is in force; afterwards a taking back is the lawful way."""
    return await stepped(call, lambda tx: withdraw_adjustment(adjustment_id, body.reason, tx))

"""The event door of svc-evaluation: which facts are heard, and the use case each calls."""

from collections.abc import Sequence
from typing import Any

from chassis.consumers import Consumers, Told
from chassis.transaction import Transaction
from contracts.events.workorder import (
    ApplicationDelivered,
    RectificationClosed,
    WorkOrderClosed,
    WorkOrderOpened,
)
from contracts.vocabulary import ClosingOutcome, WorkOrderKind
from evaluation.domain.invitation import RatedService
from evaluation.use_cases.begin_rectification import begin_rectification
from evaluation.use_cases.create_invitation import create_invitation
from evaluation.use_cases.settle_rating import settle_rating

consumers = Consumers("evaluation")


@consumers.on(ApplicationDelivered)
async def invite_applicant(told: Told[ApplicationDelivered], tx: Transaction) -> None:
    """A service is finished: its applicant may rate it (一事一评)."""
    fact = told.fact
    await create_invitation(
        RatedService(
            kind="application",
            id=fact.application_id,
            name=fact.item_name,
            item_code=fact.item_code,
            applicant_id=fact.applicant_id,
            division=told.division,
            department=told.department,
            channel=fact.channel,
        ),
        tx,
    )


def _is_rated(fact: WorkOrderClosed) -> bool:
    """A call of somebody who can be asked, and that they did not take back."""
    is_hotline = fact.kind == WorkOrderKind.HOTLINE
    return is_hotline and fact.caller_id is not None and fact.outcome != ClosingOutcome.WITHDRAWN


@consumers.on_many([WorkOrderClosed], when=_is_rated)
async def invite_caller(many: Sequence[Told[Any]], tx: Transaction) -> None:
    """Calls to the hotline were seen to: whoever raised one may rate how, once however often it was reopened."""
    for told in many:
        fact: WorkOrderClosed = told.fact
        assert fact.caller_id is not None
        rated = RatedService(
            kind="work-order",
            id=fact.work_order_id,
            name=f"12345热线工单 {fact.number}",
            item_code="",
            applicant_id=fact.caller_id,
            division=told.division,
            department=told.department,
            channel=fact.channel,
        )
        with told.tracing():
            await create_invitation(rated, tx, is_first=fact.round == 1)


@consumers.on(WorkOrderOpened, when=lambda fact: fact.rating_id is not None)
async def follow_rectification(told: Told[WorkOrderOpened], tx: Transaction) -> None:
    """A rectification was opened for one of our ratings; other work orders are not ours."""
    assert told.fact.rating_id is not None
    await begin_rectification(told.fact.rating_id, told.fact.work_order_id, tx)


@consumers.on(RectificationClosed)
async def close_loop(told: Told[RectificationClosed], tx: Transaction) -> None:
    """The rectification ended: the rating's loop is closed and the month counts again."""
    await settle_rating(told.fact.rating_id, satisfied=told.fact.satisfied, tx=tx)

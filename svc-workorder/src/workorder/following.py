"""A fact moves work on (事件触发): by the step that the work's own definition names for it, its form filled from the fact.

Any fact of the registry may be named. Facts that no definition names cost a look in memory; of the others, the work
is found by a column or by a kept field (repository/fact_keys.py), and goes on by the rules that hold for people's
steps: what the definition does not allow now is left out, and is no fault of the fact. A fact that comes before the
work it is about is kept for a while (repository/kept_facts.py), and followed when that is open.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from chassis.envelope import Fact
from chassis.transaction import Transaction
from workorder.domain.process.definition import Step
from workorder.domain.process.engine import (
    FormFaultyError,
    StepLimitError,
    StepRefusedError,
    StepStateError,
)
from workorder.domain.work_order import WorkOrder
from workorder.repository.fact_keys import is_about, orders_about
from workorder.repository.processes import process_of
from workorder.repository.work_orders import get_work_order
from workorder.stepping import advance

NOT_NOW = (FormFaultyError, StepLimitError, StepRefusedError, StepStateError)
"""What the definition says of a fact that does not move the work on now."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What a fact was about, and what it moved."""

    first: WorkOrder | None
    """The first of the orders that it was about; None: of none that is open."""
    moved: int


async def follow_all(tx: Transaction, fact: Fact) -> Followed:
    """Move on all open work that a fact is about and whose definition names it, each once."""
    first: WorkOrder | None = None
    moved = 0
    after: UUID | None = None
    while ids := await orders_about(tx, fact, after=after):
        for order_id in ids:
            order = await get_work_order(tx, order_id)
            first = first or order
            moved += await follow(tx, order, fact)
            await tx.flush()
        after = ids[-1]
    return Followed(first=first, moved=moved)


async def follow(tx: Transaction, order: WorkOrder, fact: Fact) -> bool:
    """Take the step of the order's process by which this fact moves it on in its state; False: there is none now.

    Of several, the first whose conditions hold.
    """
    process = await process_of(tx, order.process, order.process_version)
    definition = process.definition
    for step in definition.steps:
        if not is_about(order, step, fact) or order.state not in definition.sources(step):
            continue
        form = form_of(step, fact)
        try:
            await advance(tx, order, step.code, actor=None, form=form, at=_happened(step, fact))
        except NOT_NOW as error:
            log.info(
                "a fact moved nothing", fact=fact.TYPE, step=step.code, reason=error.problem_code
            )
            continue
        return True
    return False


def form_of(step: Step, fact: Fact) -> dict[str, Any]:
    """What the fact says, in the words of the step's form; what it leaves open is left out."""
    said = fact.model_dump(mode="json")
    form: dict[str, Any] = {}
    for fill in step.fills:
        value = said.get(fill.reads)
        if value is not None:
            form[fill.field] = fill.words.get(str(value), value)
    return form


def _happened(step: Step, fact: Fact) -> datetime | None:
    at = getattr(fact, step.happens_at, None) if step.happens_at else None
    return at if isinstance(at, datetime) else None

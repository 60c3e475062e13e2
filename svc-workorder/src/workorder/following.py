"""A fact moves work on (事件触发): by the step that the work's own definition names for it, its form filled from the fact."""

from datetime import datetime
from typing import Any

from chassis.envelope import Fact
from chassis.transaction import Transaction
from contracts.events.catalog import FindingClosed
from contracts.events.certificate import CertificateRevoked
from contracts.events.evaluation import RatingGiven
from contracts.events.workorder import WorkOrderClosed
from workorder.domain.process.definition import Step
from workorder.domain.work_order import WorkOrder
from workorder.repository.processes import process_of
from workorder.stepping import advance

HEARD: tuple[type[Fact], ...] = (FindingClosed, CertificateRevoked, RatingGiven, WorkOrderClosed)
"""Facts by which a definition may move work on; a rating is heard when it is bad."""


async def follow(tx: Transaction, order: WorkOrder, fact: Fact) -> bool:
    """Take the step of the order's process that this fact triggers in its state; False: there is none."""
    process = await process_of(tx, order.process, order.process_version)
    for step in process.definition.steps:
        is_meant = step.trigger == "fact" and step.fact == fact.TYPE
        if is_meant and order.state in process.definition.sources(step):
            form = form_of(step, fact)
            await advance(tx, order, step.code, actor=None, form=form, at=_happened(step, fact))
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

"""What a step on an order teaches: decisions for triage, rulings for the responsibility list, the knowledge base.

Called by stepping.advance; rows only, in the statement of the step itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.clock import local_date
from chassis.errors import InvalidError
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.workorder import KnowledgeAnswerAsked
from workorder.domain.knowledge import ANSWER, PUBLISHED
from workorder.domain.process.engine import Actor, Way
from workorder.domain.work_order import WorkOrder
from workorder.repository.knowledge import add_task
from workorder.repository.triage import LastProposal, last_proposal
from workorder.tables import (
    kb_articles,
    responsibility_rulings,
    triage_decisions,
    work_order_citations,
)

DECIDES = frozenset({"assign", "category"})
"""Effects by which people say whose an order is, and what it is about."""


class ArticleUnknownError(InvalidError):
    code = "article-unknown"
    title_zh = "没有这条已发布的知识库答案，请重新查询后引用"
    title_en = "There is no such published article; search again and cite that one"


@dataclass(frozen=True, kw_only=True)
class Before:
    """What is known of an order before a step changes it."""

    was_closed: bool
    is_decided: bool = False
    """Whether a person says by this step whose it is, or what it is about."""
    proposed: LastProposal | None = None


async def before_step(
    tx: Transaction, order: WorkOrder, way: Way, *, actor: Actor | None
) -> Before:
    """Read before anything is gathered, so that the step goes to the books in one statement."""
    was_closed = order.closed_at is not None
    if actor is None or DECIDES.isdisjoint(way.effects):
        return Before(was_closed=was_closed)
    proposed = await last_proposal(tx, order.id)
    return Before(was_closed=was_closed, is_decided=True, proposed=proposed)


async def learn(
    tx: Transaction, order: WorkOrder, way: Way, *, form: Mapping[str, Any], before: Before
) -> None:
    """Keep what this step teaches; raises ArticleUnknownError."""
    effects = frozenset(way.effects)
    if before.is_decided:
        _keep_decision(tx, order, way, before.proposed)
    if "rule-return" in effects:
        _keep_ruling(tx, order, way, form)
    if "grant-part-return" in effects:
        # Only what was granted: who was denied has a part and does not lead, and the list names who leads.
        _add_ruling(tx, order, way, form, department=form["co_department"], is_owner=False)
    if "cite" in effects and form.get("article_id"):
        await _cite(tx, order, UUID(str(form["article_id"])))
    elif order.closed_at is not None and not before.was_closed and order.department:
        await _ask_for_answer(tx, order)


def _keep_decision(
    tx: Transaction, order: WorkOrder, way: Way, proposed: LastProposal | None
) -> None:
    tx.insert(
        triage_decisions,
        id=new_id(),
        work_order_id=order.id,
        number=order.number,
        step=way.step.records or way.step.code,
        decided_by=tx.principal.subject,
        decided_at=tx.now,
        label=order.category,
        department=order.department,
        division=order.division,
        **_held_against(order, proposed),
    )


def _held_against(order: WorkOrder, proposed: LastProposal | None) -> dict[str, Any]:
    if proposed is None:
        return {}
    label = proposed.label if order.category else None
    department = proposed.department if order.department else None
    return {
        "proposal_id": proposed.id,
        "model_id": proposed.model_id,
        "proposed_label": proposed.label,
        "proposed_department": proposed.department,
        "confidence": proposed.confidence,
        "label_accepted": None if label is None else label == order.category,
        "department_accepted": None if department is None else department == order.department,
    }


def _keep_ruling(tx: Transaction, order: WorkOrder, way: Way, form: Mapping[str, Any]) -> None:
    """A return that was granted says whose it is not; any other ruling says whose it is."""
    is_owner = form.get("granted") is not True
    department = order.department
    if not is_owner:
        # The order has let go of it: the return knows whose it was.
        department = next((one.department for one in order.returns if one.task_id is None), "")
    if department:
        _add_ruling(tx, order, way, form, department=department, is_owner=is_owner)


def _add_ruling(
    tx: Transaction,
    order: WorkOrder,
    way: Way,
    form: Mapping[str, Any],
    *,
    department: str,
    is_owner: bool,
) -> None:
    tx.insert(
        responsibility_rulings,
        id=new_id(),
        work_order_id=order.id,
        number=order.number,
        category=order.category,
        division=order.division,
        step=way.step.records or way.step.code,
        department=department,
        is_owner=is_owner,
        reason=str(form.get("reason", "")),
        ruled_by=tx.principal.subject,
        ruled_at=tx.now,
        row_version=1,
    )


async def _cite(tx: Transaction, order: WorkOrder, article_id: UUID) -> None:
    t = kb_articles.c
    statement = select(t.version).where(t.id == article_id, t.state == PUBLISHED)
    version = await tx.scalar(statement)
    if version is None:
        raise ArticleUnknownError
    tx.insert(
        work_order_citations,
        id=new_id(),
        work_order_id=order.id,
        kb_article_id=article_id,
        version=version,
        cited_at=tx.now,
    )


async def _ask_for_answer(tx: Transaction, order: WorkOrder) -> None:
    """After a consultation the department is asked for the answer, once (domain.md 3.7)."""
    days = (await tx.rule("knowledge-answer-days")).get(order.type)
    if days is None or order.is_confidential:
        return
    due_on = local_date(tx.now) + timedelta(days=int(days))
    task_id = await add_task(
        tx,
        kind=ANSWER,
        department=order.department,
        work_order_id=order.id,
        number=order.number,
        title=order.title,
        due_on=due_on,
    )
    if task_id is not None:
        tx.tell(
            KnowledgeAnswerAsked(
                task_id=task_id,
                work_order_id=order.id,
                number=order.number,
                due_on=due_on,
                asked_at=tx.now,
            ),
            aggregate_id=task_id,
            sequence=1,
            division=order.division,
            department=order.department,
        )

"""Reads of triage: decisions with the texts they were about, and how proposals did."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from chassis.errors import NotFoundError
from chassis.indicators import Period
from chassis.transaction import Transaction
from workorder.domain.work_order import Confidentiality
from workorder.tables import triage_decisions, triage_models, work_orders

_t = triage_decisions.c


def decisions_where(
    period: Period,
    *,
    label: str | None = None,
    step: str | None = None,
    label_accepted: bool | None = None,
    silent: bool | None = None,
) -> Select[Any]:
    """Decisions in a period; `silent`: those on orders that a model had looked at and said nothing of."""
    statement = select(triage_decisions).where(
        *period.conditions(at=_t.decided_at, division=_t.division, department=_t.department)
    )
    if label is not None:
        statement = statement.where(_t.label == label)
    if step is not None:
        statement = statement.where(_t.step == step)
    if label_accepted is not None:
        statement = statement.where(_t.label_accepted.is_(label_accepted))
    if silent is not None:
        unsaid = _t.proposed_label.is_(None)
        statement = statement.where(_t.model_id.is_not(None), unsaid if silent else ~unsaid)
    return statement


def with_text(statement: Select[Any]) -> Select[Any]:
    """Decisions with the masked text; orders whose caller is hidden stay out, their words would show who it was."""
    return statement.add_columns(
        (work_orders.c.title + "\n" + work_orders.c.content).label("text")
    ).join(
        work_orders,
        (work_orders.c.id == _t.work_order_id)
        & (work_orders.c.confidentiality != Confidentiality.FULL_HIDDEN.value),
    )


async def scores(tx: Transaction, period: Period, by: str) -> Sequence[Row[Any]]:
    """Counts by month and model, or by what was decided."""
    month = func.to_char(func.timezone("Asia/Shanghai", _t.decided_at), "YYYY-MM")
    keys = [month, _t.model_id] if by == "month" else [_t.label]
    names = ["month", "model_id"] if by == "month" else ["label"]
    looked_at = _t.model_id.is_not(None)
    statement = (
        select(
            *(key.label(name) for key, name in zip(keys, names, strict=True)),
            func.count().label("decisions"),
            func.count().filter(_t.proposed_label.is_(None)).label("silent"),
            func.count().filter(_t.label_accepted.is_not(None)).label("proposed"),
            func.count().filter(_t.label_accepted).label("accepted"),
            func.count().filter(_t.department_accepted.is_not(None)).label("departments_proposed"),
            func.count().filter(_t.department_accepted).label("departments_accepted"),
        )
        .where(
            looked_at,
            *period.conditions(at=_t.decided_at, division=_t.division, department=_t.department),
        )
        .group_by(*keys)
        .order_by(*keys)
    )
    return await tx.all(statement)


async def promised_accuracy(tx: Transaction) -> dict[UUID, float]:
    """What each model promised when it was trained."""
    rows = await tx.all(select(triage_models.c.id, triage_models.c.facts))
    return {
        row.id: float(row.facts["held_out"]["accuracy"])
        for row in rows
        if "accuracy" in row.facts.get("held_out", {})
    }


async def model_row(tx: Transaction, model_id: UUID) -> Row[Any]:
    """Raises NotFoundError."""
    row = await tx.one_or_none(select(triage_models).where(triage_models.c.id == model_id))
    if row is None:
        raise NotFoundError
    return row

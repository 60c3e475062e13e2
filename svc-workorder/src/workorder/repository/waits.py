"""What a wait was counted from: when work entered its present state, and the rules that held then. Never commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, select

from chassis.transaction import Transaction
from workorder.tables import application_steps, applications

RuleVersions = Mapping[str, Sequence[tuple[datetime, Any]]]
"""By the code of a rule: since when which value held, oldest first."""


def entered_at_of_application() -> ScalarSelect[datetime]:
    """Since when an application is in its present state, by its history: what stays in a state enters nothing."""
    a, s = applications.c, application_steps.c
    before = application_steps.alias("step_before").c
    left_last = (
        select(before.id)
        .where(before.application_id == a.id, before.state != a.state)
        .order_by(before.id.desc())
        .limit(1)
        .correlate(applications)
        .scalar_subquery()
    )
    entered: ScalarSelect[datetime] = (
        select(func.min(s.taken_at))
        .where(s.application_id == a.id, _is_after(s.id, left_last))
        .correlate(applications)
        .scalar_subquery()
    )
    return entered


def _is_after(step_id: ColumnElement[Any], left_last: ScalarSelect[Any]) -> ColumnElement[bool]:
    return func.coalesce(step_id > left_last, True)


async def entered_at_of(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Since when each of these applications is in its present state."""
    a = applications.c
    entered = func.coalesce(entered_at_of_application(), a.submitted_at)
    rows = await tx.all(select(a.id, entered.label("entered_at")).where(a.id.in_(ids)))
    return {row.id: row.entered_at for row in rows}


async def rule_versions(tx: Transaction, codes: Sequence[str]) -> RuleVersions:
    """Every version of these rules; a rule has few."""
    t = tx.rules.table.c
    rows = await tx.all(
        select(t.code, t.value, t.changed_at).where(t.code.in_(codes)).order_by(t.code, t.version)
    )
    found: dict[str, list[tuple[datetime, Any]]] = {}
    for row in rows:
        found.setdefault(row.code, []).append((row.changed_at, row.value))
    return found


def values_at(versions: RuleVersions, at: datetime) -> dict[str, Any]:
    """The value of each rule as it held at an instant; before its first version, that one."""
    found = {}
    for code, each in versions.items():
        held = [value for since, value in each if since <= at]
        found[code] = held[-1] if held else each[0][1]
    return found

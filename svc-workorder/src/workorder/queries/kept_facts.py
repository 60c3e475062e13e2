"""Reads of facts that came before the work they are about."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from workorder.domain.clock import day_end
from workorder.tables import kept_facts


def kept_where(
    *,
    state: str | None = None,
    fact: str | None = None,
    work_order_id: UUID | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
) -> Select[Any]:
    """Facts that were kept in these days (both included)."""
    t = kept_facts.c
    statement = select(kept_facts)
    if state is not None:
        statement = statement.where(t.state == state)
    if fact is not None:
        statement = statement.where(t.fact == fact)
    if work_order_id is not None:
        statement = statement.where(t.work_order_id == work_order_id)
    if from_day is not None:
        statement = statement.where(t.kept_at >= day_end(from_day - timedelta(days=1)))
    if to_day is not None:
        statement = statement.where(t.kept_at < day_end(to_day))
    return statement

"""Ledgers of clocks and their checks, as they go out."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from chassis.schemas import Out


class StopOut(Out):
    """One entry of the ledger from which an order's due date is counted."""

    id: UUID
    kind: str
    reason: str
    started_on: date
    started_at: datetime
    planned_until: date | None
    ended_on: date | None
    ended_at: datetime | None


class LedgerCheckOut(Out):
    """One check: so many pieces of open work were counted again, so many differ."""

    id: UUID
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    is_nightly: bool
    checked: int
    total: int | None
    differences: int
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class LedgerDifferenceOut(Out):
    """One piece of work whose due date, wait or ruling is not what it is counted from."""

    work_number: str
    work_id: UUID
    found: list[dict[str, Any]]

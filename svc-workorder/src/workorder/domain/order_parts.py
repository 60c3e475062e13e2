"""What a step works with beside the order itself: the parts of departments, and what is known when it is taken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from workorder.domain.clock import ClockRules

PARTS = "#parts"
"""In `counts`: how many parts were returned, so that the others are looked for; no step has such a code."""
DENIED_PARTS = "parts_denied"
"""In `facts`: departments whose return of their part was denied."""


@dataclass(kw_only=True)
class Task:
    """One department's part of an order that several work on."""

    id: UUID
    department: str
    division: str
    is_lead: bool
    state: str
    """sent, delivered, signed, done, returned, cancelled."""
    sent_at: datetime
    round: int
    due_on: date | None = None
    delivered_at: datetime | None = None
    signed_at: datetime | None = None
    done_at: datetime | None = None
    outcome: str | None = None
    reply: str = ""
    return_asked_at: datetime | None = None
    """Since when its department asks to return it; None: it does not, or it was ruled on."""
    is_return_denied: bool = False
    row_version: int = 1
    stored_version: int = 0


@dataclass(frozen=True, kw_only=True)
class Taking:
    """What is known when a step is taken."""

    at: datetime
    by: str
    """Subject of who takes it; "system" for events and timers."""
    department: str
    form: Mapping[str, Any]
    clock_rules: ClockRules
    values: Mapping[str, Any]
    """Values of the rules that the definition reads."""
    make_id: Callable[[], UUID]
    remote: frozenset[str] = frozenset()
    """Departments that have an order only when their own system said so."""

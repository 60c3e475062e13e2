"""Facts that came before the work they are about, as they go out."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.schemas import Out

KeptState = Literal["kept", "followed", "expired"]


class KeptFactOut(Out):
    """One fact (暂存事件): what it says, until when it waits, and how that ended."""

    event_id: UUID
    fact: str
    said: dict[str, Any]
    """Ids, codes and times, as it was told."""
    division: str
    department: str
    told_at: datetime
    kept_at: datetime
    keep_until: datetime
    state: KeptState
    ended_at: datetime | None
    ending: str
    """Why it ended."""
    work_order_id: UUID | None
    """The first order that it was about."""
    number: str
    moved: int
    """How many orders went on by it."""

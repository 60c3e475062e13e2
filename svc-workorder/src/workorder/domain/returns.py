"""Returns of work orders (退单): who asked why, what was ruled, and who has it since. Counted by department."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(kw_only=True)
class Return:
    """One return; open while `ruled_at` is None."""

    id: UUID
    department: str
    division: str
    round: int
    asked_by: str
    asked_at: datetime
    reason: str
    suggested_department: str = ""
    is_granted: bool | None = None
    ruled_by: str = ""
    ruled_at: datetime | None = None
    ruling: str = ""
    """Why it was ruled so, masked."""
    decided_department: str = ""
    """Named by the coordinator after several returns; empty when the hotline ruled."""
    is_new: bool = False
    is_changed: bool = False

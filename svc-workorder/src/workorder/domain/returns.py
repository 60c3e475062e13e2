"""Returns of work orders (退单): who asked why, what was ruled, and who has it since. Counted by department.

Of a joint order a department may also return its part alone (协办退单, domain/part_returns.py): `task_id` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from workorder.domain.order_parts import Taking
    from workorder.domain.work_order import WorkOrder


@dataclass(kw_only=True)
class Return:
    """One return; open until somebody ruled on it or it was taken back."""

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
    """Named by the coordinator after several returns, or put in place of a part; empty when nobody was."""
    task_id: UUID | None = None
    """The part that is returned; None: the whole order."""
    duty_id: UUID | None = None
    """The row of the responsibility list that the department rests on."""
    waits_for: str = ""
    """Who has to rule on the return of a part; on a whole order its state says so."""
    asked_step: str = ""
    """The step of the process by which the return of a part was asked; empty on those asked before it was kept."""
    rule_by: datetime | None = None
    """The first instant at which a ruling on the return of a part is late."""
    alarm_at: datetime | None = None
    """`rule_by`, until that was told or there is nothing to rule on any more."""
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = None
    """Taken back, or ended with the work on its part before anybody ruled."""
    is_new: bool = False
    is_changed: bool = False
    is_recounted: bool = False

    @property
    def is_open(self) -> bool:
        return self.ruled_at is None and self.withdrawn_at is None

    @property
    def is_ruled_now(self) -> bool:
        """Whether this step ruled on it."""
        return self.is_changed and self.ruled_at is not None

    def rule(
        self, *, granted: bool, by: str, at: datetime, ruling: str, decided_department: str
    ) -> None:
        self.is_granted, self.decided_department = granted, decided_department
        self.ruled_by, self.ruled_at, self.ruling = by, at, ruling
        self.alarm_at, self.is_changed = None, True

    def withdraw(self, *, by: str, at: datetime) -> None:
        self.withdrawn_by, self.withdrawn_at = by, at
        self.alarm_at, self.is_changed = None, True


def asked_return(order: WorkOrder, taking: Taking, department: str) -> Return:
    """A department asks, now, to be rid of what it has of an order; kept among the order's returns."""
    asked = Return(
        id=taking.make_id(),
        department=department,
        division=order.division,
        round=order.round,
        asked_by=taking.by,
        asked_at=taking.at,
        reason=taking.form["reason"],
        suggested_department=taking.form.get("suggested_department", ""),
        is_new=True,
    )
    order.returns.append(asked)
    return asked

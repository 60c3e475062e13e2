"""Sending a batch to the province's platform by itself: when it is due, what is said, and what an answer means. Pure.

How far it is stands in the batch's history and nowhere else, so that what was tried, and why it failed, can be read.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

from workorder.domain.delivery import LEASE, answered, pause_after, receipt_of

BEGUN, PUSHED, FAILED, GIVEN_UP, ASKED = (
    "push-begun",
    "pushed",
    "push-failed",
    "push-given-up",
    "push-asked",
)
STEPS = (BEGUN, PUSHED, FAILED, GIVEN_UP, ASKED)
DAYS_BACK = 30
"""Older batches are fetched, if anybody still wants them."""

PushState = Literal["none", "trying", "delivered", "dead"]
STATES: dict[PushState, tuple[str, ...]] = {
    "none": (),
    "trying": (BEGUN, FAILED, ASKED),
    "delivered": (PUSHED,),
    "dead": (GIVEN_UP,),
}
"""How far a batch is, by the last of its steps."""


@dataclass(frozen=True, kw_only=True)
class Push:
    """How often a batch was tried since it was last asked for, and when."""

    tries: int
    last_try_at: datetime | None
    is_over: bool
    is_running: bool


def push_of(steps: Sequence[tuple[str, datetime]]) -> Push:
    """From the batch's steps about its sending, oldest first."""
    names = [name for name, _ in steps]
    since = steps[_last(names, ASKED) + 1 :] if ASKED in names else steps
    tries = [at for name, at in since if name == BEGUN]
    last = since[-1][0] if since else ""
    return Push(
        tries=len(tries),
        last_try_at=tries[-1] if tries else None,
        is_over=last in {PUSHED, GIVEN_UP},
        is_running=last == BEGUN,
    )


def _last(names: Sequence[str], wanted: str) -> int:
    return max(place for place, name in enumerate(names) if name == wanted)


def due_at(push: Push, pauses: Sequence[int]) -> datetime | None:
    """When it is tried next, or given up; None: it is over. `pauses`: seconds after each failure."""
    if push.is_over:
        return None
    if push.last_try_at is None:
        return datetime.min.replace(tzinfo=UTC)
    pause = pause_after(push.tries, pauses) or timedelta()
    return push.last_try_at + (max(pause, LEASE) if push.is_running else pause)


def is_spent(tries: int, pauses: Sequence[int]) -> bool:
    """Whether as many tries as there may be were made: one, and one after each pause."""
    return pause_after(tries, pauses) is None


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A batch that is to be sent now."""

    batch_id: UUID
    day: date
    number: int
    schema_version: int
    rows: int
    sha256: str
    lines: Sequence[str]
    tries: int

    @property
    def body(self) -> bytes:
        """The manifest, and the lines that its sum is of."""
        said = {
            "type": "exchange-batch",
            "batch_id": str(self.batch_id),
            "day": self.day.isoformat(),
            "number": self.number,
            "schema_version": self.schema_version,
            "rows": self.rows,
            "sha256": self.sha256,
            "lines": [json.loads(line) for line in self.lines],
        }
        return json.dumps(said, ensure_ascii=False).encode()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a try. `fault` empty: the province has it, under `receipt`."""

    fault: str = ""
    receipt: str = ""


def outcome_of(body: str, *, rows: int) -> Outcome:
    """What an answer that took the batch says: under which number, and whether it counted as many rows."""
    said = answered(body)
    if said is None:
        return Outcome(fault="省平台未返回回执")
    counted = said.get("rows")
    if counted != rows:
        return Outcome(fault=f"省平台计数 {str(counted)[:20]}，本地 {rows}")
    return Outcome(receipt=receipt_of(body))

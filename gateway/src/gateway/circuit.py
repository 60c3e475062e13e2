"""One breaker per upstream: when a service is gone, callers learn it at once and it is left in peace."""

import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum

FAILURES_MAX = 5
WITHIN_SECONDS = 10.0
OPEN_SECONDS = 1.0


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Circuit:
    """Opens after FAILURES_MAX connection failures in WITHIN_SECONDS; after OPEN_SECONDS one request tries.

    Every admitted request must end in `succeeded`, `failed` or `abandoned`.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: deque[float] = deque(maxlen=FAILURES_MAX)
        self._opened_at: float | None = None
        self._is_trying = False

    @property
    def state(self) -> State:
        if self._opened_at is None:
            return State.CLOSED
        is_due = self._now() - self._opened_at >= OPEN_SECONDS
        return State.HALF_OPEN if is_due else State.OPEN

    def admit(self) -> bool:
        """Whether a request may go now. In half-open only one may, until it has ended."""
        if self._opened_at is None:
            return True
        if self._is_trying or self.state is State.OPEN:
            return False
        self._is_trying = True
        return True

    def succeeded(self) -> None:
        """The upstream answered, whatever it said."""
        if self._opened_at is not None or self._failures:
            self._failures.clear()
            self._opened_at = None
        self._is_trying = False

    def failed(self) -> None:
        """The upstream could not be reached, or hung up without an answer."""
        now = self._now()
        self._failures.append(now)
        is_full = len(self._failures) == FAILURES_MAX
        is_burst = is_full and now - self._failures[0] <= WITHIN_SECONDS
        if self._opened_at is not None or is_burst:
            self._opened_at = now
        self._is_trying = False

    def abandoned(self) -> None:
        """The request ended for a reason that says nothing of the upstream."""
        self._is_trying = False

"""How fast things come: what a loop needs to know to take many at once when there are many."""

import time
from collections.abc import Callable
from dataclasses import dataclass

BUSY_RATE = 40.0
"""Things a second. Below it each is taken as it comes; above it waiting a moment for company costs nobody
anything they notice, because a batch costs little more than one."""
WINDOW_SECONDS = 0.5


@dataclass(kw_only=True)
class Pace:
    """Counts what comes, and says how fast it does."""

    clock: Callable[[], float] = time.monotonic
    _from: float = 0.0
    _count: int = 0
    _rate: float = 0.0

    def note(self, count: int) -> None:
        """So many came since the last call; the rate is that of the last window that ended."""
        self._count += count
        now = self.clock()
        elapsed = now - self._from
        if elapsed >= WINDOW_SECONDS:
            self._rate = self._count / elapsed
            self._from, self._count = now, 0

    @property
    def rate(self) -> float:
        """So many a second."""
        return self._rate

    @property
    def is_busy(self) -> bool:
        return self._rate > BUSY_RATE

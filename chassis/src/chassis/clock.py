"""The time, as something that is handed in: code that decides by the time can be tested at any time."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")
"""Where dates are counted. Instants are kept in UTC; a day begins at midnight here."""


class Clock(Protocol):
    """Says what time it is: an aware instant in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FrozenClock:
    """Stands still until it is moved; for tests and rehearsals."""

    def __init__(self, at: datetime) -> None:
        self._at = _in_utc(at)

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> None:
        """Go forward (or back) by this much."""
        self._at += by

    def set(self, at: datetime) -> None:
        """Jump to an instant."""
        self._at = _in_utc(at)


def local_date(instant: datetime) -> date:
    """The city's date at this instant: after 16:00 UTC it is already tomorrow."""
    return _in_utc(instant).astimezone(CITY_ZONE).date()


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from chassis.clock import CITY_ZONE, Clock, FrozenClock, SystemClock, local_date

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_the_system_clock_tells_an_aware_instant_in_utc():
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta(0)


def test_a_frozen_clock_stands_until_it_is_moved():
    clock = FrozenClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.move(timedelta(hours=2))
    assert clock.now() == NOON + timedelta(hours=2)
    clock.set(datetime(2027, 1, 1, 8, 0, tzinfo=CITY_ZONE))
    assert clock.now() == datetime(2027, 1, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 11, 24, 23, 0, tzinfo=timezone(timedelta(hours=-5))), date(2026, 11, 25)),
    ],
)
def test_the_date_is_the_citys(instant, day):
    assert local_date(instant) == day


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        local_date(datetime(2026, 11, 24))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        FrozenClock(datetime(2026, 11, 24))  # noqa: DTZ001

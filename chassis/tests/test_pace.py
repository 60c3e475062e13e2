import asyncio

from chassis.gathering import Gathering
from chassis.pace import BUSY_RATE, WINDOW_SECONDS, Pace
from chassis.relay import _pause_at


def a_pace():
    times = [0.0]
    return Pace(clock=lambda: times[0]), times


def test_a_pace_is_that_of_the_last_window_that_ended():
    pace, times = a_pace()
    pace.note(1)
    assert not pace.is_busy
    times[0] += WINDOW_SECONDS
    pace.note(round(BUSY_RATE * WINDOW_SECONDS) + 1)
    assert pace.is_busy
    times[0] += WINDOW_SECONDS
    pace.note(1)
    assert not pace.is_busy


def test_a_relay_waits_longer_the_more_there_is_and_not_at_all_for_little():
    pauses = [_pause_at(rate) for rate in (0, BUSY_RATE, 200, 251, 5_000)]
    assert pauses[:2] == [0, 0]
    assert 0 < pauses[2] < pauses[3] == pauses[4] <= 0.05


async def test_when_much_comes_a_first_waits_for_company():
    batches = []

    async def many(told):
        batches.append(list(told))

    async def one(told):
        batches.append([told])
        return "done"

    pace, times = a_pace()
    gathering = Gathering(many=many, one=one, pace=pace)
    await gathering.handle(0)
    times[0] += WINDOW_SECONDS
    pace.note(1_000)
    # The second comes some turns of the loop later: a gathering that does not wait has taken the first by then.
    loop, later = asyncio.get_running_loop(), asyncio.Event()
    loop.call_soon(loop.call_soon, loop.call_soon, loop.call_soon, later.set)

    async def second():
        await later.wait()
        await gathering.handle(2)

    await asyncio.gather(gathering.handle(1), second())
    assert batches == [[0], [1, 2]]

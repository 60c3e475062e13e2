"""How long work may wait in a state at most, whatever its promised clock says."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from workorder.domain.clock import ClockRules, Stop, wait_end
from workorder.domain.process.definition import State
from workorder.domain.process.engine import amount_of

CALENDAR_UNITS = frozenset({"working-days", "office-hours"})


def reads_calendar(state: State) -> bool:
    """Whether how long it may wait in this state hangs on which days are worked."""
    return state.limit is not None and state.limit.unit in CALENDAR_UNITS


def planned_end(stops: Sequence[Stop]) -> date | None:
    """Until when whoever stopped the clock planned it to stand; such a wait counts natural days."""
    return next((stop.planned_until for stop in stops if stop.ended_on is None), None)


def wait_until_of(
    state: State,
    *,
    at: datetime,
    form: Mapping[str, Any],
    values: Mapping[str, Any],
    work: Mapping[str, Any],
    clock_rules: ClockRules,
    division: str,
) -> datetime | None:
    """The first instant that is too late in this state, entered at `at`; None: it may wait for ever.

    A stopped clock waits until the day that whoever stopped it planned; a limit with several values is read by `work`.
    """
    planned = form.get("until")
    if state.clock == "stands" and planned:
        return wait_end("natural-days", 0, date.fromisoformat(planned), clock_rules)
    if state.limit is None:
        return None
    amount = amount_of(state.limit, values, work)
    return wait_end(state.limit.unit, amount, at, clock_rules, division=division)


def moves_with_calendar(state: State, stops: Sequence[Stop]) -> bool:
    """Whether a newer calendar has a say in a wait; a clock that stands until a planned day asks none."""
    is_planned = state.clock == "stands" and planned_end(stops) is not None
    return not is_planned and reads_calendar(state)


def counted_wait(
    state: State,
    *,
    entered_at: datetime,
    stops: Sequence[Stop],
    values: Mapping[str, Any],
    work: Mapping[str, Any],
    clock_rules: ClockRules,
    division: str,
) -> datetime | None:
    """A wait from nothing but what it hangs on: when its state was entered, its limit, its plan, the calendar.

    `values`: rules as they held at `entered_at`.
    """
    planned = planned_end(stops)
    return wait_until_of(
        state,
        at=entered_at,
        form={"until": planned.isoformat()} if planned else {},
        values=values,
        work=work,
        clock_rules=clock_rules,
        division=division,
    )

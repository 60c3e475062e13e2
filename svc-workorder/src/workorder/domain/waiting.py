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


def recounted_wait(
    before: datetime | None,
    state: State,
    *,
    entered_at: datetime,
    stops: Sequence[Stop],
    values: Mapping[str, Any],
    work: Mapping[str, Any],
    clock_rules: ClockRules,
    division: str,
) -> datetime | None:
    """A running wait counted again on a newer calendar: the same where no calendar has a say in it.

    `values`: rules as they held at `entered_at`.
    """
    is_planned = state.clock == "stands" and planned_end(stops) is not None
    if before is None or is_planned or not reads_calendar(state):
        return before
    return wait_until_of(
        state,
        at=entered_at,
        form={},
        values=values,
        work=work,
        clock_rules=clock_rules,
        division=division,
    )

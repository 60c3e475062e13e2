"""How long work may wait in a state at most, whatever its promised clock says."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from workorder.domain.clock import ClockRules, wait_end
from workorder.domain.process.definition import State
from workorder.domain.process.engine import amount_of


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

"""How long work may wait in a state at most, whatever its promised clock says."""

from abc import ABC, abstractmethod
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


class Waiting(ABC):
    """Work that may wait in its present state for so long and no longer, whatever its promised clock says."""

    division: str
    stops: list[Stop]
    version: int
    wait_until: datetime | None
    wait_limit_told: bool

    @property
    @abstractmethod
    def waits_by(self) -> Mapping[str, Any]:
        """What a limit with several values is read by."""

    @property
    def is_wait_running(self) -> bool:
        """Whether its present state may wait so long and no longer, and that was not told to be over."""
        return self.wait_until is not None and not self.wait_limit_told

    def counted_wait(
        self, state: State, *, entered_at: datetime, values: Mapping[str, Any], rules: ClockRules
    ) -> datetime | None:
        """Until when its present state may wait, from nothing but what that hangs on: when the state was entered, its
        limit, its plan, the calendar. `values`: rules as they held at `entered_at`.
        """
        planned = planned_end(self.stops)
        return wait_until_of(
            state,
            at=entered_at,
            form={"until": planned.isoformat()} if planned else {},
            values=values,
            work=self.waits_by,
            clock_rules=rules,
            division=self.division,
        )

    def recount_wait(
        self,
        state: State,
        *,
        entered_at: datetime,
        values: Mapping[str, Any],
        rules: ClockRules,
        whole: bool,
    ) -> bool:
        """Count again until when its present state may wait; False when nothing changed.

        Not `whole`: only where a newer calendar has a say in it. What was told to be over stays told.
        """
        before = self.wait_until
        if self.is_wait_running and (whole or _moves_with_calendar(state, self.stops)):
            self.wait_until = self.counted_wait(
                state, entered_at=entered_at, values=values, rules=rules
            )
        if self.wait_until == before:
            return False
        self._follow_wait(before)
        return True

    def _follow_wait(self, before: datetime | None) -> None:  # noqa: ARG002  for kinds of work where more hangs on it
        """The wait was until `before`: a change like any other."""
        self.version += 1


def _moves_with_calendar(state: State, stops: Sequence[Stop]) -> bool:
    """Whether a newer calendar has a say in a wait; a clock that stands until a planned day asks none."""
    is_planned = state.clock == "stands" and planned_end(stops) is not None
    return not is_planned and reads_calendar(state)

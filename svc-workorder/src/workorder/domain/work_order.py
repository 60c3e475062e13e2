"""A work order (工单): a call to the hotline (12345), a rectification (整改), a correction (指南整改), or whatever else a
definition describes.

How it goes is no code: its process is a definition (domain/process), and `take` applies the way that the engine
found. What a step can change is the vocabulary of order_effects; the promised clock is counted again from its ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.clock import local_date
from chassis.errors import InvalidError
from contracts.vocabulary import ClosingOutcome
from workorder.domain.clock import (
    Alarm,
    AlarmLevel,
    ClockRules,
    Due,
    OrderClock,
    Stop,
    alarm_after,
    alarm_when_moved,
    due_of,
    first_alarm_of,
)
from workorder.domain.order_effects import EFFECTS
from workorder.domain.order_parts import PARTS, Taking, Task
from workorder.domain.part_returns import RETURNED, follow_returns, part_readings
from workorder.domain.process.definition import Definition, Owner, State
from workorder.domain.process.engine import Readings, Way, amount_of, clock_budget
from workorder.domain.returns import Return
from workorder.domain.waiting import (
    Waiting,
    planned_end,
    wait_until_of,
)

TITLE_CHARACTERS_MAX = 200
CONTENT_CHARACTERS_MAX = 5_000


class HotlineType(StrEnum):
    """诉求类型 (domain.md 3.2)."""

    CONSULTATION = "consultation"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Confidentiality(StrEnum):
    """保密要求 (domain.md 3.6)."""

    NORMAL = "normal"
    CONTACT_HIDDEN = "contact-hidden"
    FULL_HIDDEN = "full-hidden"


RECTIFICATION_TYPE = "rectification"
CORRECTION_TYPE = "correction"
CLOSED = "closed"
STOPS = "#stops"
"""In `counts`: how often its clock was stopped; no step has such a code."""


class QueryTooShortError(InvalidError):
    code = "query-too-short"
    title_zh = "请至少输入两个字，或输入完整的工单编号"
    title_en = "Enter at least two characters, or a whole work order number"


@dataclass(kw_only=True)
class WorkOrder(Waiting):
    """One work order; every change is a step of its process."""

    id: UUID
    number: str
    kind: str
    type: str
    category: str
    division: str
    department: str
    caller_id: UUID | None
    application_id: UUID | None
    rating_id: UUID | None
    channel: str
    title: str
    """Masked; what was said stands encrypted beside it."""
    content: str
    state: str
    opened_at: datetime
    version: int
    process: str = "hotline"
    process_version: int = 1
    is_confidential: bool = False
    round: int = 1
    clock_unit: str = "working-days"
    clock_started_on: date | None = None
    clock_started_at: datetime | None = None
    clock_days: int = 0
    """Budget of the clock, in its unit."""
    extended_days: int = 0
    due_on: date | None = None
    due_at: datetime | None = None
    due_is_provisional: bool = False
    is_clock_running: bool = False
    dispatched_at: datetime | None = None
    signed_at: datetime | None = None
    replied_at: datetime | None = None
    reviewed_at: datetime | None = None
    visited_at: datetime | None = None
    reply: str = ""
    outcome: ClosingOutcome | None = None
    satisfied: bool | None = None
    solved: bool | None = None
    satisfaction: int | None = None
    finding_id: UUID | None = None
    on_time: bool = True
    """False once a round was replied to after its due date."""
    closed_at: datetime | None = None
    alarm_level: AlarmLevel | None = None
    alarm_at: datetime | None = None
    waits_for: str | None = None
    assignee: str | None = None
    entered_at: datetime | None = None
    """Since when it is in its present state; what stays in a state is not entered anew."""
    wait_until: datetime | None = None
    act_by: datetime | None = None
    """By when whoever it waits for has to act."""
    wait_limit_told: bool = False
    co_departments: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    source: str = "phone"
    urgency: str = Urgency.NORMAL
    confidentiality: str = Confidentiality.NORMAL
    place: str = ""
    longitude: float | None = None
    latitude: float | None = None
    is_enterprise: bool = False
    is_return_denied: bool = False
    is_supervised: bool = False
    merged_into: UUID | None = None
    repeat_of: UUID | None = None
    voices: int = 1
    sign_by: datetime | None = None
    """The first instant at which signing the last dispatch is late; null when its process sets no limit."""
    exclude_from_satisfaction: bool = False
    """Mediation and law enforcement: one side's satisfaction is not pursued (domain.md 3.5)."""
    stored_version: int = 0
    tasks: list[Task] = field(default_factory=list)
    """Parts of the present round; loaded where the order has co-departments."""
    stops: list[Stop] = field(default_factory=list)
    """The ledger of its clock; loaded where it was ever stopped."""
    returns: list[Return] = field(default_factory=list)
    """What was asked or is ruled on in this step (退单); loaded for a ruling."""
    proposed: Any = None
    """What triage proposed when it was opened (domain/proposals.py), for whoever opened it."""

    @classmethod
    def open(cls, definition: Definition, *, version: int, taking: Taking, **said: Any) -> Self:
        """A new order in the state that its process starts in."""
        order = cls(
            process=definition.code,
            process_version=version,
            state=definition.starts_in,
            opened_at=taking.at,
            version=1,
            **said,
        )
        state = definition.states_by_code[definition.starts_in]
        if definition.starts_clock:
            order._start_clock(definition, taking)
        order._enter(state, taking, was_running=False)
        order._set_act_by()
        return order

    @property
    def is_rectification(self) -> bool:
        return self.kind == RECTIFICATION_TYPE

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def is_joint(self) -> bool:
        """Whether several departments have a part in it, or had one that was returned."""
        return bool(self.co_departments) or bool(self.counts.get(PARTS))

    def readings(
        self, at: datetime, rules: ClockRules, *, undelivered: int = 0, part_of: str = ""
    ) -> Readings:
        """What its process may read of it; `undelivered`: of the departments that this step names; `part_of`: the
        department whose part it is about.
        """
        return Readings(
            state=self.state,
            round=self.round,
            owner_id=str(self.caller_id or ""),
            department=self.department,
            division=self.division,
            task_departments=frozenset(
                task.department for task in self.tasks if task.done_at is None and not task.is_lead
            ),
            ended_parts=frozenset(
                task.department
                for task in self.tasks
                if task.state in {"done", RETURNED} and not task.is_lead
            ),
            part=part_readings(self, part_of, at=at, rules=rules) if part_of else {},
            work={
                "type": self.type,
                "kind": self.kind,
                "urgency": self.urgency,
                "round": self.round,
                "department": self.department,
                "is_return_denied": self.is_return_denied,
                "is_supervised": self.is_supervised,
                "is_late": self.is_late(at),
                "outcome": self.outcome.value if self.outcome else None,
                "is_confidential": self.is_confidential,
                "is_enterprise": self.is_enterprise,
                "days_since_dispatch": _working_days_since(self.dispatched_at, at, rules),
                "days_since_close": _days_since(self.closed_at, at),
                "clock_unit": self.clock_unit,
                "clock_days": self.clock_days,
                "exclude_from_satisfaction": self.exclude_from_satisfaction,
            },
            facts=self.facts,
            counts=self.counts,
            tasks=self.task_counts(undelivered),
        )

    def task_counts(self, undelivered: int = 0) -> dict[str, int]:
        """How many parts are open, not delivered, done; the lead's own part is the order itself."""
        parts = [task for task in self.tasks if not task.is_lead]
        return {
            "open": sum(task.done_at is None for task in parts),
            "undelivered": undelivered + sum(task.state == "sent" for task in self.tasks),
            "done": sum(task.state == "done" for task in parts),
            "returning": sum(task.return_asked_at is not None for task in parts),
        }

    def is_late(self, at: datetime) -> bool:
        """Whether its promised clock has run out."""
        return self.due_at is not None and at >= self.due_at

    def take(self, definition: Definition, way: Way, taking: Taking) -> None:
        """Apply a way that the engine found: effects, clock, state, who waits and how long."""
        was_running = self.is_clock_running
        for effect in way.effects:
            EFFECTS[effect](self, taking)
        follow_returns(self, way, taking)
        for act in way.clock:
            self._act_on_clock(act, definition, taking)
        for counter in way.counters:
            self.counts = {**self.counts, counter: self.counts.get(counter, 0) + 1}
        has_moved = way.to.code != self.state
        self.state = way.to.code
        self.version += 1
        if has_moved:
            self._enter(way.to, taking, was_running=was_running)
        self._set_act_by()

    def sound_alarm(self, rules: ClockRules) -> AlarmLevel:
        """Give the alarm that is due and set the next. Relies on `alarm_level` being set."""
        assert self.alarm_level is not None
        assert self.due_on is not None
        sounded = self.alarm_level
        following = alarm_after(sounded, self.due_on, rules, due_at=self.due_at)
        self.alarm_level = following.level if following else None
        self.alarm_at = following.at if following else None
        self.version += 1
        return sounded

    def tell_wait_over(self) -> None:
        """Its state has waited as long as it may: told once."""
        self.wait_limit_told = True
        self.version += 1

    def recount(self, *, at: datetime, rules: ClockRules) -> bool:
        """Count the due date again on a newer calendar. False when nothing changed."""
        if not self.is_clock_running:
            return False
        due = self.reckoned(rules)
        if (self.due_on, self.due_at, self.due_is_provisional) == (
            due.on,
            due.at,
            due.is_provisional,
        ):
            return False
        self._set_due(due)
        self._set_alarm(alarm_when_moved(due, pending=self.alarm_level, after=at, rules=rules))
        self._set_act_by()
        self.version += 1
        return True

    @property
    def waits_by(self) -> Mapping[str, Any]:
        return {"type": self.type, "urgency": self.urgency}

    def _follow_wait(self, before: datetime | None) -> None:
        if self.sign_by == before:
            self.sign_by = self.wait_until
        self._set_act_by()
        super()._follow_wait(before)

    def move_to(self, state: State, taking: Taking) -> None:
        """Another version's state for the one it is in: who waits and how long is counted anew, the promise stays."""
        since = self.entered_at or taking.at
        is_kept = state.code == self.state
        assignee, told = self.assignee, self.wait_limit_told
        self.state = state.code
        self.version += 1
        planned = planned_end(self.stops)
        form = {"until": planned.isoformat()} if planned else {}
        self._enter(state, replace(taking, at=since, form=form), was_running=True)
        self.assignee = assignee
        self.wait_limit_told = told and is_kept
        if state.clock == "runs" and self.clock_started_on is not None:
            self._reckon(taking.at, taking.clock_rules)
        self._set_act_by()

    def _set_act_by(self) -> None:
        ends = [self.wait_until, self.due_at if self.is_clock_running else None]
        self.act_by = min((end for end in ends if end is not None), default=None)

    def _enter(self, state: State, taking: Taking, *, was_running: bool) -> None:
        self.is_clock_running = state.clock == "runs"
        self.entered_at = taking.at
        if state.is_final:
            self.closed_at = taking.at
            self._end_stops(taking.at)
            self.waits_for, self.assignee = None, None
            self.wait_until = None
            self._silence()
            return
        self.closed_at = None
        self.waits_for = state.owner
        self.wait_limit_told = False
        self.wait_until = self.wait_until_of(state, taking)
        if state.owner == Owner.DEPARTMENT and self.sign_by is None and self.signed_at is None:
            self.sign_by = self.wait_until
        if state.clock != "runs":
            self._silence()
        elif self.clock_started_on is not None and not was_running:
            self._reckon(taking.at, taking.clock_rules)

    def wait_until_of(self, state: State, taking: Taking) -> datetime | None:
        """Until when it may wait in this state at most."""
        return wait_until_of(
            state,
            at=taking.at,
            form=taking.form,
            values=taking.values,
            work={"type": self.type, "urgency": self.urgency},
            clock_rules=taking.clock_rules,
            division=self.division,
        )

    def _act_on_clock(self, act: str, definition: Definition, taking: Taking) -> None:
        match act:
            case "start":
                self._start_clock(definition, taking)
            case "extend":
                self.extended_days += int(self.facts.get("days", 0))
                self._reckon(taking.at, taking.clock_rules)
            case "stop":
                self._stop_clock(taking)
            case "go-on":
                self._end_stops(taking.at)
                self._reckon(taking.at, taking.clock_rules)
            case _:
                self._end_clock(taking.at)

    def _end_stops(self, at: datetime) -> None:
        for stop in self.stops:
            if stop.ended_on is None:
                stop.end(at)

    def _start_clock(self, definition: Definition, taking: Taking) -> None:
        budget = clock_budget(
            definition, self.readings(taking.at, taking.clock_rules), taking.values
        )
        assert budget is not None
        stated = taking.form.get("limit_days")
        self.clock_unit = budget.unit if stated is None else "working-days"
        work = {"type": self.type, "urgency": self.urgency}
        self.clock_days = amount_of(budget, taking.values, work) if stated is None else int(stated)
        self.clock_started_on = taking.clock_rules.start_day(taking.at, division=self.division)
        self.clock_started_at = taking.at
        self.extended_days = 0
        self._end_stops(taking.at)
        self._reckon(taking.at, taking.clock_rules)

    def start_clock_due(self, due_on: date, taking: Taking) -> None:
        """A clock whose end is given: counted as the working days until then."""
        assert self.clock_started_on is not None
        days = taking.clock_rules.calendar.between(self.clock_started_on, due_on)
        self.clock_days = max(days, 0)
        self._reckon(taking.at, taking.clock_rules)
        self._set_act_by()

    def _stop_clock(self, taking: Taking) -> None:
        until = taking.form.get("until")
        self.stops.append(
            Stop(
                id=taking.make_id(),
                kind=str(taking.form.get("kind", "other")),
                started_on=local_date(taking.at),
                started_at=taking.at,
                planned_until=date.fromisoformat(until) if until else None,
            )
        )
        self.counts = {**self.counts, STOPS: self.counts.get(STOPS, 0) + 1}
        self.due_on, self.due_at, self.due_is_provisional = None, None, False
        self._silence()

    def _end_clock(self, at: datetime) -> None:
        self._end_stops(at)
        self.clock_started_on, self.clock_started_at = None, None
        self.due_on, self.due_at, self.due_is_provisional = None, None, False
        self._silence()

    def _reckon(self, at: datetime, rules: ClockRules) -> None:
        due = self.reckoned(rules)
        self._set_due(due)
        self._set_alarm(first_alarm_of(due, after=at, rules=rules))

    def _set_due(self, due: Due) -> None:
        self.due_on, self.due_at, self.due_is_provisional = due.on, due.at, due.is_provisional
        for task in self.tasks:
            if task.done_at is None:
                task.due_on = due.on

    def reckoned(self, rules: ClockRules) -> Due:
        """When its clock runs out, from nothing but its start, its budget and its ledger. Relies on a started clock."""
        assert self.clock_started_on is not None
        assert self.clock_started_at is not None
        clock = OrderClock(
            unit=self.clock_unit,
            amount=self.clock_days,
            extended_days=self.extended_days,
            started_on=self.clock_started_on,
            started_at=self.clock_started_at,
            division=self.division,
        )
        return due_of(clock, stops=self.stops, rules=rules)

    def _set_alarm(self, alarm: Alarm | None) -> None:
        self.alarm_level = alarm.level if alarm else None
        self.alarm_at = alarm.at if alarm else None

    def _silence(self) -> None:
        self.alarm_level, self.alarm_at = None, None


def _days_since(instant: datetime | None, at: datetime) -> int:
    return 0 if instant is None else (local_date(at) - local_date(instant)).days


def _working_days_since(instant: datetime | None, at: datetime, rules: ClockRules) -> int:
    if instant is None:
        return 0
    return rules.calendar.between(local_date(instant), local_date(at))

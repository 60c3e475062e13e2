"""An application (办件) and its promised clock.

From which state which step leads where, whose it is, how often, how long each state may wait and what becomes of the
clock: that its process says (the definition `application`). Here stands what is the application's own: its materials
and results, who asked for a correction, deemed acceptance (第32条), what a decision needs.

            ┌── ask ──▶ correction ── correct ──┐
            │  (clock stopped)                  ▼
submitted ──┴──────── accept ────────────────▶ accepted ── decide ──▶ decided ── deliver ──▶ delivered
    │                                           │    ▲
    └── refuse ──▶ not-accepted        suspend  ▼    │ resume
                                             suspended (clock stopped)
submitted, correction, accepted, suspended ── withdraw ──▶ withdrawn
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, Self
from uuid import UUID

from chassis.clock import local_date
from chassis.errors import FieldFault
from contracts.vocabulary import DecisionOutcome
from workorder.domain.application_errors import (
    ApplicationStateError,
    CorrectionAskedBeforeError,
    CorrectionIncompleteError,
    CorrectionTooLateError,
    OwnMatterError,
    RefusalUnreasonedError,
    ResultsMissingError,
    SuspensionOverError,
)
from workorder.domain.clock import (
    Alarm,
    AlarmLevel,
    ClockRules,
    Due,
    Stop,
    alarm_after,
    alarm_when_moved,
    day_end,
    due_date,
    first_alarm,
    stopped_days,
)
from workorder.domain.item import KnownItem
from workorder.domain.material import (
    ApplicationMaterial,
    HandedIn,
    MaterialsMissingError,
    check_known,
    hand_in_all,
    material_list,
    missing_faults,
)
from workorder.domain.process.definition import Definition, State
from workorder.domain.process.engine import (
    Actor,
    OwnWorkOrderError,
    Readings,
    StepLimitError,
    StepStateError,
    Way,
    way_of,
)
from workorder.domain.waiting import Waiting, wait_until_of

PROCESS = "application"
AT_INTAKE, IN_REVIEW = "request-correction", "request-correction-in-review"
ApplicantKind = Literal["person", "enterprise"]


class ApplicationState(StrEnum):
    SUBMITTED = "submitted"
    CORRECTION = "correction"
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    DECIDED = "decided"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    NOT_ACCEPTED = "not-accepted"


STATE_WORDS = {
    ApplicationState.SUBMITTED: "已收件",
    ApplicationState.CORRECTION: "补正中",
    ApplicationState.ACCEPTED: "已受理",
    ApplicationState.SUSPENDED: "特别程序中",
    ApplicationState.DECIDED: "已决定",
    ApplicationState.DELIVERED: "已送达",
    ApplicationState.WITHDRAWN: "已撤回",
    ApplicationState.NOT_ACCEPTED: "不予受理",
}
OPEN_STATES = frozenset(
    {
        ApplicationState.SUBMITTED,
        ApplicationState.CORRECTION,
        ApplicationState.ACCEPTED,
        ApplicationState.SUSPENDED,
    }
)


PROMISED_STATES = (ApplicationState.SUBMITTED, ApplicationState.ACCEPTED)
"""States in which a date is promised: the clock runs, or would from today."""


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Who applies: ids only."""

    id: UUID
    kind: ApplicantKind
    submitted_by: UUID
    """The person at the keyboard: the applicant, or who acts for them."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What an application says."""

    answers: dict[str, str]
    handed: tuple[HandedIn, ...]
    presentation_id: UUID | None
    channel: str
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """Under what a step is taken: the definition that the application runs on, who takes it, and what is known."""

    definition: Definition
    version: int
    actor: Actor | None
    """None: an event takes it."""
    at: datetime
    form: Mapping[str, Any]
    clock_rules: ClockRules
    values: Mapping[str, Any]
    """Values of the rules that the definition reads."""
    make_id: Callable[[], UUID]


@dataclass(kw_only=True)
class ApplicationResultState:
    """A result the approval brings, and the certificate that carries it once it is made."""

    name: str
    certificate_type: str | None = None
    validity_years: int | None = None
    certificate_id: str | None = None

    @property
    def is_awaited(self) -> bool:
        return self.certificate_type is not None and self.certificate_id is None


@dataclass(kw_only=True)
class Application(Waiting):
    """One application; every change is a step of its process, or a material or result that came."""

    id: UUID
    number: str
    item_id: UUID
    item_version_id: UUID
    item_version: int
    item_code: str
    item_name: str
    division: str
    department: str
    applicant_id: UUID
    applicant_kind: ApplicantKind
    submitted_by: UUID
    channel: str
    place: str
    answers: dict[str, str]
    presentation_id: UUID | None
    materials: list[ApplicationMaterial]
    results: list[ApplicationResultState]
    state: ApplicationState
    promised_days: int
    submitted_at: datetime
    version: int
    accepted_at: datetime | None = None
    clock_started_on: date | None = None
    due_on: date | None = None
    due_is_provisional: bool = False
    contact_masked: str | None = None
    correction_asked_at_intake: bool = False
    correction_asked_in_review: bool = False
    stop_count: int = 0
    decided_at: datetime | None = None
    outcome: DecisionOutcome | None = None
    decision_reason: str = ""
    on_time: bool | None = None
    working_days_used: int | None = None
    ended_at: datetime | None = None
    alarm_level: AlarmLevel | None = None
    alarm_at: datetime | None = None
    process: str = PROCESS
    process_version: int = 1
    waits_for: str | None = None
    wait_until: datetime | None = None
    wait_limit_told: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    stops: list[Stop] = field(default_factory=list)
    stored_version: int = 0
    """The version in the books when it was loaded; 0 for a new one."""

    @classmethod
    def submit(
        cls,
        *,
        id: UUID,
        number: str,
        item: KnownItem,
        applicant: Applicant,
        submission: Submission,
        procedure: Procedure,
    ) -> Self:
        """Hand it in on the item's newest version; raises what is wrong with it, every fault at once."""
        guide, at = item.guide, procedure.at
        item.check_open(applicant.kind, at=at)
        item.check_answers(submission.answers)
        application = cls(
            id=id,
            number=number,
            item_id=item.item_id,
            item_version_id=item.item_version_id,
            item_version=item.version,
            item_code=guide.item_code,
            item_name=guide.name,
            division=guide.division,
            department=guide.department,
            applicant_id=applicant.id,
            applicant_kind=applicant.kind,
            submitted_by=applicant.submitted_by,
            channel=submission.channel,
            place=submission.place,
            answers=submission.answers,
            presentation_id=submission.presentation_id,
            materials=material_list(guide, submission.answers, submission.handed),
            results=[
                ApplicationResultState(
                    name=result.name,
                    certificate_type=result.certificate_type,
                    validity_years=result.validity_years,
                )
                for result in guide.results
            ],
            state=ApplicationState(procedure.definition.starts_in),
            promised_days=item.clock_days,
            submitted_at=at,
            version=1,
            process=procedure.definition.code,
            process_version=procedure.version,
        )
        application._reckon(procedure)
        application._enter(procedure.definition.states_by_code[application.state], procedure)
        return application

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def clock(self) -> Literal["not-started", "running", "stopped", "ended"]:
        """Where the promised clock stands."""
        if self.state in {ApplicationState.CORRECTION, ApplicationState.SUSPENDED}:
            return "stopped"
        if self.state is ApplicationState.SUBMITTED:
            return "not-started"
        return "running" if self.state is ApplicationState.ACCEPTED else "ended"

    @property
    def gathering(self) -> list[ApplicationMaterial]:
        """Materials the city fetches itself."""
        return [material for material in self.materials if material.state == "gathering"]

    @property
    def correction_step(self) -> str:
        """The step by which a correction is asked for now: before acceptance another than after it."""
        return AT_INTAKE if self.state is ApplicationState.SUBMITTED else IN_REVIEW

    def readings(self, at: datetime) -> Readings:
        """What its process may read of it."""
        return Readings(
            state=self.state,
            round=1,
            owner_id=str(self.applicant_id),
            department=self.department,
            division=self.division,
            also_own=frozenset({str(self.submitted_by)}),
            work={
                "kind": PROCESS,
                "type": self.applicant_kind,
                "department": self.department,
                "is_accepted": self.accepted_at is not None,
                "is_late": self.due_on is not None and at >= day_end(self.due_on),
                "is_enterprise": self.applicant_kind == "enterprise",
                "outcome": self.outcome.value if self.outcome else None,
            },
            counts=self.counts,
        )

    def way(self, step: str, procedure: Procedure) -> Way:
        """Where a step leads by its process; raises ApplicationStateError, OwnMatterError and what the engine does."""
        try:
            return way_of(
                procedure.definition,
                step,
                readings=self.readings(procedure.at),
                actor=procedure.actor,
                form=procedure.form,
                rules=procedure.values,
            )
        except OwnWorkOrderError as error:
            raise OwnMatterError from error
        except StepStateError as error:
            raise ApplicationStateError(
                f"办件处于“{STATE_WORDS[self.state]}”状态，不能办理此步骤，请刷新后查看",
                f"The application is {self.state.value}; see its possible-steps for what can be done now",
            ) from error

    def take(self, way: Way, procedure: Procedure) -> None:
        """Apply a way: clock, counts, state, who waits and how long."""
        for act in way.clock:
            self._act_on_clock(act, procedure)
        for counter in way.counters:
            self.counts = {**self.counts, counter: self.counts.get(counter, 0) + 1}
        has_moved = way.to.code != self.state
        self.state = ApplicationState(way.to.code)
        self.version += 1
        if has_moved:
            self._enter(way.to, procedure)

    def accept(self, procedure: Procedure) -> None:
        """受理: the clock starts; on the day of receipt when nobody asked for a correction in time (第32条)."""
        way = self.way("accept", procedure)
        self.accepted_at = procedure.at
        self.take(way, procedure)

    def refuse_acceptance(self, procedure: Procedure) -> None:
        """不予受理: it ends here."""
        self.take(self.way("refuse", procedure), procedure)

    def request_correction(
        self, procedure: Procedure, *, material_codes: Sequence[str], reason: str
    ) -> None:
        """补正: name everything at once, once in each stage; the clock stands still until it is corrected."""
        step = self.correction_step
        try:
            way = self.way(step, procedure)
        except StepLimitError as error:
            raise CorrectionAskedBeforeError from error
        if step == AT_INTAKE and self._is_deemed_accepted(procedure.at, procedure.clock_rules):
            raise CorrectionTooLateError
        by_code = {material.code: material for material in self.materials}
        check_known(by_code, material_codes)
        for code in material_codes:
            by_code[code].refuse(reason)
        if step == AT_INTAKE:
            self.correction_asked_at_intake = True
        else:
            self.correction_asked_in_review = True
        self.take(way, procedure)

    def hand_in(self, procedure: Procedure, handed: Sequence[HandedIn]) -> None:
        """The applicant adds materials while it is open: what gathering did not find, for one."""
        way = self.way("hand-in", procedure)
        hand_in_all(self.materials, handed)
        self.take(way, procedure)

    def correct(self, procedure: Procedure, handed: Sequence[HandedIn]) -> None:
        """Everything asked for is handed in; the clock goes on. Raises CorrectionIncompleteError naming the rest."""
        way = self.way("correct", procedure)
        hand_in_all(self.materials, handed)
        lacking = tuple(
            FieldFault(
                pointer=f"/materials/{material.code}",
                code="missing",
                zh=f"请提交：{material.name}",
                en=f"hand in: {material.name}",
            )
            for material in self.materials
            if material.state == "refused"
        )
        if lacking:
            raise CorrectionIncompleteError(faults=lacking)
        self.take(way, procedure)

    def suspend(self, procedure: Procedure) -> None:
        """特别程序: a hearing, inspection or expert review does not count towards the time (第45条)."""
        way = self.way("suspend", procedure)
        until = procedure.form.get("until")
        if until and date.fromisoformat(until) < local_date(procedure.at):
            raise SuspensionOverError
        self.take(way, procedure)

    def resume(self, procedure: Procedure) -> None:
        """The special procedure is over; the clock goes on."""
        self.take(self.way("resume", procedure), procedure)

    def decide(self, procedure: Procedure, *, outcome: DecisionOutcome, reason: str) -> None:
        """Approve or refuse. An approval needs every required material; a refusal needs its reason."""
        way = self.way("decide", procedure)
        if outcome is DecisionOutcome.REFUSED and not reason:
            raise RefusalUnreasonedError
        if outcome is DecisionOutcome.APPROVED and (faults := missing_faults(self.materials)):
            raise MaterialsMissingError(faults=faults)
        assert self.due_on is not None
        assert self.clock_started_on is not None
        calendar, today = procedure.clock_rules.calendar, local_date(procedure.at)
        self.decided_at, self.outcome, self.decision_reason = procedure.at, outcome, reason
        self.on_time = today <= self.due_on
        used = calendar.between(self.clock_started_on, today)
        stood_still = stopped_days(self.stops, calendar, since=self.clock_started_on)
        self.working_days_used = max(used - stood_still, 0)
        if outcome is DecisionOutcome.REFUSED:
            self.results = []
        self.take(way, procedure)

    @property
    def is_deliverable(self) -> bool:
        """Decided, and every result that is to be made is there."""
        return self.state is ApplicationState.DECIDED and not any(
            result.is_awaited for result in self.results
        )

    def attach_certificate(self, certificate_id: UUID, type_code: str) -> bool:
        """A result was made. False when no result of this type waits for it."""
        if self.state is not ApplicationState.DECIDED:
            return False
        for result in self.results:
            if result.is_awaited and result.certificate_type == type_code:
                result.certificate_id = str(certificate_id)
                self.version += 1
                return True
        return False

    def deliver(self, procedure: Procedure) -> None:
        """送达: the applicant holds every result."""
        way = self.way("deliver", procedure)
        if not self.is_deliverable:
            raise ResultsMissingError
        self.take(way, procedure)

    def withdraw(self, procedure: Procedure) -> None:
        """撤回: possible until it is decided."""
        self.take(self.way("withdraw", procedure), procedure)

    def satisfy_material(self, code: str, *, certificate_id: UUID | None = None) -> bool:
        """A way found a material: a certificate when one is named, else data. False when nobody waits for it."""
        way: Literal["certificate", "data"] = "certificate" if certificate_id else "data"
        material = self._awaiting(code)
        named = str(certificate_id) if certificate_id else None
        if material is None or not material.satisfy(way, certificate_id=named):
            return False
        self.version += 1
        return True

    def fail_material(self, code: str, *, way: Literal["certificate", "data"], reason: str) -> bool:
        """A way did not find a material. False when nobody waits for it."""
        material = self._awaiting(code)
        if material is None or not material.fail(way, reason):
            return False
        self.version += 1
        return True

    def reckoned(self, rules: ClockRules) -> Due | None:
        """Its due date from nothing but start, promise and ledger; None while no date is promised.

        Not accepted yet: what acceptance on the day of receipt, or of its correction, would promise.
        """
        return self._due(rules) if self.clock in {"running", "not-started"} else None

    def recount(self, *, at: datetime, rules: ClockRules) -> bool:
        """Count the due date again on a newer calendar. False when nothing changed."""
        due = self.reckoned(rules)
        if due is None or (self.due_on, self.due_is_provisional) == (due.on, due.is_provisional):
            return False
        self.due_on, self.due_is_provisional = due.on, due.is_provisional
        if self.clock == "running":
            pending = self.alarm_level
            self._set_alarm(alarm_when_moved(due, pending=pending, after=at, rules=rules))
        self.version += 1
        return True

    @property
    def waits_by(self) -> Mapping[str, Any]:
        return {"type": self.applicant_kind}

    def sound_alarm(self, rules: ClockRules) -> AlarmLevel:
        """Give the alarm that is due and set the next. Relies on `alarm_level` being set."""
        assert self.alarm_level is not None
        assert self.due_on is not None
        sounded = self.alarm_level
        self._set_alarm(alarm_after(sounded, self.due_on, rules))
        self.version += 1
        return sounded

    def _awaiting(self, code: str) -> ApplicationMaterial | None:
        if not self.is_open:
            return None
        return next((each for each in self.materials if each.code == code), None)

    def _is_deemed_accepted(self, at: datetime, rules: ClockRules) -> bool:
        if self.correction_asked_at_intake:
            return False
        last = rules.calendar.add(local_date(self.submitted_at), rules.correction_ask_days).on
        return local_date(at) > last

    def _act_on_clock(self, act: str, procedure: Procedure) -> None:
        match act:
            case "start":
                self._start_clock(procedure)
            case "stop":
                self._stop_clock(procedure)
            case "go-on":
                self._end_stops(procedure.at)
                self._reckon(procedure)
            case _:
                # What was promised stays to be seen; nobody is warned of it any more.
                self._silence()

    def _start_clock(self, procedure: Procedure) -> None:
        rules = procedure.clock_rules
        counts_from = procedure.at
        if self._is_deemed_accepted(procedure.at, rules):
            counts_from = self.submitted_at
        self.clock_started_on = rules.start_day(counts_from, division=self.division)
        self._reckon(procedure)

    def _stop_clock(self, procedure: Procedure) -> None:
        until = procedure.form.get("until")
        self.stops.append(
            Stop(
                id=procedure.make_id(),
                kind=str(procedure.form.get("procedure", "correction")),
                started_on=local_date(procedure.at),
                started_at=procedure.at,
                planned_until=date.fromisoformat(until) if until else None,
            )
        )
        self.stop_count += 1
        self.due_on, self.due_is_provisional = None, False
        self._silence()

    def _end_stops(self, at: datetime) -> None:
        for stop in self.stops:
            if stop.ended_on is None:
                stop.end(at)

    def _reckon(self, procedure: Procedure) -> None:
        rules = procedure.clock_rules
        due = self._due(rules)
        self.due_on, self.due_is_provisional = due.on, due.is_provisional
        if self.clock_started_on is not None:
            self._set_alarm(first_alarm(due.on, after=procedure.at, rules=rules))

    def _due(self, rules: ClockRules) -> Due:
        started_on, stops = self.clock_started_on, self.stops
        if started_on is None:
            received = rules.start_day(self.submitted_at, division=self.division)
            ended = [stop.ended_on for stop in self.stops if stop.ended_on is not None]
            started_on, stops = max([received, *ended]), []
        due = due_date(
            started_on=started_on, days=self.promised_days, stops=stops, calendar=rules.calendar
        )
        return Due(on=due.on, at=day_end(due.on), is_provisional=due.is_provisional)

    def _enter(self, state: State, procedure: Procedure) -> None:
        self.waits_for = None if state.is_final else state.owner
        self.wait_limit_told, self.wait_until = False, None
        if state.clock != "runs":
            self._silence()
        if state.is_final:
            self.ended_at = procedure.at
            self._end_stops(procedure.at)
            return
        self.wait_until = wait_until_of(
            state,
            at=procedure.at,
            form=procedure.form,
            values=procedure.values,
            work={"type": self.applicant_kind},
            clock_rules=procedure.clock_rules,
            division=self.division,
        )

    def _set_alarm(self, alarm: Alarm | None) -> None:
        self.alarm_level = alarm.level if alarm else None
        self.alarm_at = alarm.at if alarm else None

    def _silence(self) -> None:
        self.alarm_level, self.alarm_at = None, None

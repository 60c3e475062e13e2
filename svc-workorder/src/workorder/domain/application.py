"""An application (办件) and its promised clock.

            ┌── ask ──▶ correction ── correct ──┐
            │  (clock stopped)                  ▼
submitted ──┴──────── accept ────────────────▶ accepted ── decide ──▶ decided ── deliver ──▶ delivered
    │                                           │    ▲
    └── refuse ──▶ not-accepted        suspend  ▼    │ resume
                                             suspended (clock stopped)
submitted, correction, accepted, suspended ── withdraw ──▶ withdrawn
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Self
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
    AlarmLevel,
    ClockRules,
    Stop,
    alarm_after,
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
class Application:
    """One application; every change goes through a method that guards its state and moves its clock."""

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
        at: datetime,
        rules: ClockRules,
    ) -> Self:
        """Hand it in on the item's newest version; raises what is wrong with it, every fault at once."""
        guide = item.guide
        item.check_open(applicant.kind, at=at)
        item.check_answers(submission.answers)
        promised = rules.calendar.add(local_date(at), item.clock_days)
        return cls(
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
            state=ApplicationState.SUBMITTED,
            promised_days=item.clock_days,
            submitted_at=at,
            version=1,
            due_on=promised.on,
            due_is_provisional=promised.is_provisional,
        )

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

    def accept(self, *, by: str, at: datetime, rules: ClockRules) -> None:
        """受理: the clock starts; on the day of receipt when nobody asked for a correction in time (第32条)."""
        self._need(ApplicationState.SUBMITTED)
        self._need_other(by)
        self.accepted_at = at
        self.clock_started_on = local_date(at)
        if self._is_deemed_accepted(at, rules):
            self.clock_started_on = local_date(self.submitted_at)
        self._move(ApplicationState.ACCEPTED)
        self._reckon(at, rules)

    def refuse_acceptance(self, *, by: str, at: datetime) -> None:
        """不予受理: it ends here."""
        self._need(ApplicationState.SUBMITTED)
        self._need_other(by)
        self._end(ApplicationState.NOT_ACCEPTED, at)

    def request_correction(
        self,
        *,
        stop_id: UUID,
        by: str,
        material_codes: Sequence[str],
        reason: str,
        at: datetime,
        rules: ClockRules,
    ) -> Stop:
        """补正: name everything at once, once in each stage; the clock stands still until it is corrected."""
        self._need(ApplicationState.SUBMITTED, ApplicationState.ACCEPTED)
        self._need_other(by)
        is_intake = self.state is ApplicationState.SUBMITTED
        asked = self.correction_asked_at_intake if is_intake else self.correction_asked_in_review
        if asked:
            raise CorrectionAskedBeforeError
        if is_intake and self._is_deemed_accepted(at, rules):
            raise CorrectionTooLateError
        by_code = {material.code: material for material in self.materials}
        check_known(by_code, material_codes)
        for code in material_codes:
            by_code[code].refuse(reason)
        if is_intake:
            self.correction_asked_at_intake = True
        else:
            self.correction_asked_in_review = True
        self._move(ApplicationState.CORRECTION)
        return self._stop(Stop(id=stop_id, kind="correction", started_on=local_date(at)))

    def hand_in(self, handed: Sequence[HandedIn]) -> None:
        """The applicant adds materials while it is open: what gathering did not find, for one."""
        self._need(ApplicationState.SUBMITTED, ApplicationState.ACCEPTED)
        hand_in_all(self.materials, handed)
        self.version += 1

    def correct(self, handed: Sequence[HandedIn], *, at: datetime, rules: ClockRules) -> Stop:
        """Everything asked for is handed in; the clock goes on. Raises CorrectionIncompleteError naming the rest."""
        self._need(ApplicationState.CORRECTION)
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
        was_accepted = self.accepted_at is not None
        self._move(ApplicationState.ACCEPTED if was_accepted else ApplicationState.SUBMITTED)
        return self._go_on(at, rules)

    def suspend(self, stop: Stop, *, by: str) -> None:
        """特别程序: a hearing, inspection or expert review does not count towards the time (第45条)."""
        self._need(ApplicationState.ACCEPTED)
        self._need_other(by)
        if stop.planned_until is not None and stop.planned_until < stop.started_on:
            raise SuspensionOverError
        self._move(ApplicationState.SUSPENDED)
        self._stop(stop)

    def resume(self, *, by: str, at: datetime, rules: ClockRules) -> Stop:
        """The special procedure is over; the clock goes on."""
        self._need(ApplicationState.SUSPENDED)
        self._need_other(by)
        self._move(ApplicationState.ACCEPTED)
        return self._go_on(at, rules)

    def decide(
        self, *, by: str, outcome: DecisionOutcome, reason: str, at: datetime, rules: ClockRules
    ) -> None:
        """Approve or refuse. An approval needs every required material; a refusal needs its reason."""
        self._need(ApplicationState.ACCEPTED)
        self._need_other(by)
        if outcome is DecisionOutcome.REFUSED and not reason:
            raise RefusalUnreasonedError
        if outcome is DecisionOutcome.APPROVED and (faults := missing_faults(self.materials)):
            raise MaterialsMissingError(faults=faults)
        assert self.due_on is not None
        assert self.clock_started_on is not None
        today = local_date(at)
        self.decided_at, self.outcome, self.decision_reason = at, outcome, reason
        self.on_time = today <= self.due_on
        used = rules.calendar.between(self.clock_started_on, today)
        stood_still = stopped_days(self._clock_stops(), rules.calendar)
        self.working_days_used = max(used - stood_still, 0)
        if outcome is DecisionOutcome.REFUSED:
            self.results = []
        self._move(ApplicationState.DECIDED)
        self._silence()

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

    def deliver(self, *, at: datetime) -> None:
        """送达: the applicant holds every result."""
        self._need(ApplicationState.DECIDED)
        if not self.is_deliverable:
            raise ResultsMissingError
        self._end(ApplicationState.DELIVERED, at)

    def withdraw(self, *, at: datetime) -> None:
        """撤回: possible until it is decided."""
        self._need(*OPEN_STATES)
        self._end(ApplicationState.WITHDRAWN, at)

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

    def recount(self, *, at: datetime, rules: ClockRules) -> bool:
        """Count the due date again on a newer calendar. False when nothing changed."""
        before = (self.due_on, self.due_is_provisional)
        if self.clock == "running":
            self._reckon(at, rules)
        elif self.clock == "not-started":
            self._promise(rules)
        if before == (self.due_on, self.due_is_provisional):
            return False
        self.version += 1
        return True

    def sound_alarm(self, rules: ClockRules) -> AlarmLevel:
        """Give the alarm that is due and set the next. Relies on `alarm_level` being set."""
        assert self.alarm_level is not None
        assert self.due_on is not None
        sounded = self.alarm_level
        following = alarm_after(sounded, self.due_on, rules)
        self.alarm_level = following.level if following else None
        self.alarm_at = following.at if following else None
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

    def _stop(self, stop: Stop) -> Stop:
        self.stops.append(stop)
        self.stop_count += 1
        self.due_on, self.due_is_provisional = None, False
        self._silence()
        return stop

    def _go_on(self, at: datetime, rules: ClockRules) -> Stop:
        stop = next(each for each in self.stops if each.ended_on is None)
        stop.ended_on = local_date(at)
        if self.state is ApplicationState.ACCEPTED:
            self._reckon(at, rules)
        else:
            self._promise(rules)
        return stop

    def _reckon(self, at: datetime, rules: ClockRules) -> None:
        assert self.clock_started_on is not None
        due = due_date(
            started_on=self.clock_started_on,
            days=self.promised_days,
            stops=self._clock_stops(),
            calendar=rules.calendar,
        )
        self.due_on, self.due_is_provisional = due.on, due.is_provisional
        alarm = first_alarm(due.on, after=at, rules=rules)
        self.alarm_level = alarm.level if alarm else None
        self.alarm_at = alarm.at if alarm else None

    def _clock_stops(self) -> list[Stop]:
        """The stops of the running clock: those before acceptance stopped nothing."""
        started = self.clock_started_on
        return [stop for stop in self.stops if started is not None and stop.started_on >= started]

    def _promise(self, rules: ClockRules) -> None:
        """Not accepted yet: the date that acceptance on the day of receipt, or of its correction, would promise."""
        ended = [stop.ended_on for stop in self.stops if stop.ended_on is not None]
        promised = rules.calendar.add(
            max([local_date(self.submitted_at), *ended]), self.promised_days
        )
        self.due_on, self.due_is_provisional = promised.on, promised.is_provisional

    def _silence(self) -> None:
        self.alarm_level, self.alarm_at = None, None

    def _end(self, state: ApplicationState, at: datetime) -> None:
        self._move(state)
        self.ended_at = at
        self._silence()

    def _move(self, state: ApplicationState) -> None:
        self.state = state
        self.version += 1

    def _need(self, *states: ApplicationState) -> None:
        if self.state in states:
            return
        raise ApplicationStateError(
            f"办件处于“{STATE_WORDS[self.state]}”状态，不能办理此步骤，请刷新后查看",
            f"The application is {self.state.value}; this step needs {' or '.join(sorted(states))}",
        )

    def _need_other(self, by: str) -> None:
        if by in {str(self.applicant_id), str(self.submitted_by)}:
            raise OwnMatterError

"""A work order (工单): a call to the hotline (12345), a rectification (整改) that a bad rating opened, or a correction
(指南整改) that the audit of the catalog opened.

opened ── dispatch ──▶ dispatched ── reply ──▶ replied ── visit, satisfied ──▶ closed
   └─────── answer at once ──────────────────────│───────────────────────────▶ closed
                          ▲                      │ visit, not satisfied
                          └── reply ◀── reopened ◀┘ (a new round and a new clock; after the last round: closed, unsolved)

A correction is opened as dispatched; a reply says what was done and closes nothing: only the audit closes it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.clock import local_date
from chassis.errors import ConflictError, ForbiddenError, InvalidError
from contracts.vocabulary import ClosingOutcome, WorkOrderKind
from workorder.domain.clock import AlarmLevel, ClockRules, alarm_after, first_alarm

TITLE_CHARACTERS_MAX = 200
CONTENT_CHARACTERS_MAX = 5_000


class HotlineType(StrEnum):
    """诉求类型 (domain.md 3.2)."""

    CONSULTATION = "consultation"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"


RECTIFICATION_TYPE = "rectification"
CORRECTION_TYPE = "correction"


class WorkOrderState(StrEnum):
    OPENED = "opened"
    DISPATCHED = "dispatched"
    REPLIED = "replied"
    REOPENED = "reopened"
    CLOSED = "closed"


STATE_WORDS = {
    WorkOrderState.OPENED: "待派单",
    WorkOrderState.DISPATCHED: "办理中",
    WorkOrderState.REPLIED: "已回复待回访",
    WorkOrderState.REOPENED: "重办中",
    WorkOrderState.CLOSED: "已办结",
}


class WorkOrderStateError(ConflictError):
    code = "work-order-state"
    title_zh = "工单当前状态不能办理此步骤，请刷新后查看"
    title_en = "Not possible in the work order's present state; read it again"


class ClosedByAuditError(ConflictError):
    code = "closed-by-audit"
    title_zh = "指南整改工单不作回访，由目录审计复查后自动关闭；请先在事项目录发布整改后的版本"
    title_en = "Nobody revisits a correction: the audit of the catalog closes it once the mended guide is published"


class OwnWorkOrderError(ForbiddenError):
    """Nobody dispatches, answers or replies to the matter they raised (回避)."""

    code = "own-matter"
    title_zh = "不能办理本人反映的事项，请转交其他工作人员"
    title_en = "Nobody handles the matter they raised; hand it to a colleague"


class QueryTooShortError(InvalidError):
    code = "query-too-short"
    title_zh = "请至少输入两个字，或输入完整的工单编号"
    title_en = "Enter at least two characters, or a whole work order number"


@dataclass(kw_only=True)
class WorkOrder:
    """One work order; every change goes through a method that guards its state."""

    id: UUID
    number: str
    kind: WorkOrderKind
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
    state: WorkOrderState
    opened_at: datetime
    version: int
    is_confidential: bool = False
    round: int = 1
    clock_started_on: date | None = None
    clock_days: int = 0
    due_on: date | None = None
    due_is_provisional: bool = False
    dispatched_at: datetime | None = None
    replied_at: datetime | None = None
    reply: str = ""
    outcome: ClosingOutcome | None = None
    satisfied: bool | None = None
    finding_id: UUID | None = None
    on_time: bool = True
    """False once a round was replied to after its due date."""
    closed_at: datetime | None = None
    alarm_level: AlarmLevel | None = None
    alarm_at: datetime | None = None
    stored_version: int = 0

    @property
    def is_rectification(self) -> bool:
        return self.kind is WorkOrderKind.RECTIFICATION

    @classmethod
    def open_rectification(
        cls,
        *,
        id: UUID,
        number: str,
        rating_id: UUID,
        rater_id: UUID,
        application_id: UUID | None,
        title: str,
        content: str,
        division: str,
        department: str,
        working_days: int,
        at: datetime,
        rules: ClockRules,
    ) -> Self:
        """A bad rating opens it at the department that was rated, with its due date."""
        order = cls(
            id=id,
            number=number,
            kind=WorkOrderKind.RECTIFICATION,
            type=RECTIFICATION_TYPE,
            category="bad-rating",
            division=division,
            department=department,
            caller_id=rater_id,
            application_id=application_id,
            rating_id=rating_id,
            channel="web",
            title=title,
            content=content,
            state=WorkOrderState.DISPATCHED,
            opened_at=at,
            version=1,
            is_confidential=True,
            dispatched_at=at,
        )
        order._start_clock(working_days, at, rules)
        return order

    @classmethod
    def open_correction(
        cls,
        *,
        id: UUID,
        number: str,
        finding_id: UUID,
        rule: str,
        title: str,
        content: str,
        division: str,
        department: str,
        due_on: date | None,
        working_days: int,
        at: datetime,
        rules: ClockRules,
    ) -> Self:
        """The audit opens it at the owner of the guide, with the finding's due day (else `working_days` from `at`)."""
        order = cls(
            id=id,
            number=number,
            kind=WorkOrderKind.CORRECTION,
            type=CORRECTION_TYPE,
            category=rule,
            division=division,
            department=department,
            caller_id=None,
            application_id=None,
            rating_id=None,
            finding_id=finding_id,
            channel="web",
            title=title,
            content=content,
            state=WorkOrderState.DISPATCHED,
            opened_at=at,
            version=1,
            dispatched_at=at,
        )
        if due_on is not None:
            working_days = max(rules.calendar.between(local_date(at), due_on), 0)
        order._start_clock(working_days, at, rules)
        return order

    def settle(self, *, outcome: ClosingOutcome, at: datetime) -> None:
        """The audit saw that it is mended, lawful or gone; whatever was replied before. Repeated: nothing."""
        if self.state is WorkOrderState.CLOSED:
            return
        assert self.due_on is not None
        self.outcome = outcome
        self.on_time = local_date(at) <= self.due_on
        self._close(at)

    def dispatch(
        self,
        *,
        by: str,
        department: str,
        division: str | None,
        working_days: int,
        at: datetime,
        rules: ClockRules,
    ) -> None:
        """派单: a department has it from now on, and its clock runs."""
        self._need(WorkOrderState.OPENED)
        self._need_other(by)
        self.department = department
        self.division = division or self.division
        self.dispatched_at = at
        self._move(WorkOrderState.DISPATCHED)
        self._start_clock(working_days, at, rules)

    def answer(self, *, by: str, outcome: ClosingOutcome, text: str, at: datetime) -> None:
        """直接答复: the hotline answers at once; nothing is dispatched, and it is closed."""
        self._need(WorkOrderState.OPENED)
        self._need_other(by)
        self.reply, self.replied_at, self.outcome = text, at, outcome
        self._close(at)

    def respond(self, *, by: str, outcome: ClosingOutcome, text: str, at: datetime) -> None:
        """回复: the department says what it did. Not closed: somebody asks the caller first."""
        self._need(WorkOrderState.DISPATCHED, WorkOrderState.REOPENED)
        self._need_other(by)
        assert self.due_on is not None
        self.reply, self.replied_at, self.outcome = text, at, outcome
        self.on_time = self.on_time and local_date(at) <= self.due_on
        self._move(WorkOrderState.REPLIED)
        self._silence()

    def visit(
        self,
        *,
        satisfied: bool,
        redo_rounds_max: int,
        working_days: int,
        at: datetime,
        rules: ClockRules,
    ) -> None:
        """回访: satisfied closes it; not satisfied sends it round again, until the last round ends it unsolved."""
        if self.kind is WorkOrderKind.CORRECTION:
            raise ClosedByAuditError
        self._need(WorkOrderState.REPLIED)
        self.satisfied = satisfied
        if satisfied:
            self._close(at)
        elif self.round > redo_rounds_max:
            self.outcome = ClosingOutcome.UNSOLVED
            self._close(at)
        else:
            self.round += 1
            self._move(WorkOrderState.REOPENED)
            self._start_clock(working_days, at, rules)

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

    def recount(self, *, at: datetime, rules: ClockRules) -> bool:
        """Count the due date again on a newer calendar. False when nothing changed."""
        if self.state not in {WorkOrderState.DISPATCHED, WorkOrderState.REOPENED}:
            return False
        before = (self.due_on, self.due_is_provisional)
        self._reckon(at, rules)
        if before == (self.due_on, self.due_is_provisional):
            return False
        self.version += 1
        return True

    def _start_clock(self, working_days: int, at: datetime, rules: ClockRules) -> None:
        self.clock_started_on, self.clock_days = local_date(at), working_days
        self._reckon(at, rules)

    def _reckon(self, at: datetime, rules: ClockRules) -> None:
        assert self.clock_started_on is not None
        due = rules.calendar.add(self.clock_started_on, self.clock_days)
        self.due_on, self.due_is_provisional = due.on, due.is_provisional
        alarm = first_alarm(due.on, after=at, rules=rules)
        self.alarm_level = alarm.level if alarm else None
        self.alarm_at = alarm.at if alarm else None

    def _silence(self) -> None:
        self.alarm_level, self.alarm_at = None, None

    def _close(self, at: datetime) -> None:
        self._move(WorkOrderState.CLOSED)
        self.closed_at = at
        self._silence()

    def _move(self, state: WorkOrderState) -> None:
        self.state = state
        self.version += 1

    def _need(self, *states: WorkOrderState) -> None:
        if self.state in states:
            return
        raise WorkOrderStateError(
            f"工单处于“{STATE_WORDS[self.state]}”状态，不能办理此步骤，请刷新后查看",
            f"The work order is {self.state.value}; this step needs {' or '.join(sorted(states))}",
        )

    def _need_other(self, by: str) -> None:
        if self.caller_id is not None and by == str(self.caller_id):
            raise OwnWorkOrderError

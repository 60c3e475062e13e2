"""A definition tried on sample cases before it goes live: the real engine and the real work order, and nothing kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.errors import FieldFault, ProblemError
from workorder.domain.clock import ClockRules, alarm_after
from workorder.domain.order_parts import Taking
from workorder.domain.process.definition import Case, CaseStep, Definition
from workorder.domain.process.engine import (
    JOINS_IN_A_ROW_MAX,
    Actor,
    JoinsWithoutEndError,
    Way,
    due_join,
    way_of,
)
from workorder.domain.work_order import WorkOrder

EVENTS_MAX = 500
"""Alarms and timers of one case; more are not followed."""
CALLER = UUID(int=1)
OWN_ROLES = frozenset({"citizen", "enterprise_agent"})


@dataclass(frozen=True, kw_only=True)
class SimulatedStep:
    """One thing that happened: a step, an alarm, a wait that was over."""

    at: datetime
    step: str
    name: str
    by: str
    """Role of who took it; `timer`, `join`, `fact` or `clock` when nobody did."""
    state: str
    state_name: str
    waits_for: str | None
    due_on: date | None
    wait_until: datetime | None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The first step that was refused and should not have been, in the words that people would read."""

    place: int
    step: str
    code: str
    zh: str
    en: str
    faults: tuple[FieldFault, ...] = ()


@dataclass(kw_only=True)
class Simulated:
    """How a sample case went."""

    name: str
    path: list[SimulatedStep] = field(default_factory=list)
    ends_in: str = ""
    round: int = 1
    on_time: bool = True
    outcome: str | None = None
    refusal: Refusal | None = None
    failures: list[tuple[str, str]] = field(default_factory=list)
    """What came out otherwise than expected, Chinese and English."""

    @property
    def passed(self) -> bool:
        return self.refusal is None and not self.failures


def simulate(
    definition: Definition,
    cases: Sequence[Case],
    *,
    at: datetime,
    clock_rules: ClockRules,
    values: Mapping[str, Any],
) -> list[Simulated]:
    """Every case from its begin at `at`; relies on a definition whose names are sound (check.findings_of)."""
    return [_Run(definition, case, at, clock_rules, values).run() for case in cases]


class _Run:
    def __init__(
        self,
        definition: Definition,
        case: Case,
        at: datetime,
        clock_rules: ClockRules,
        values: Mapping[str, Any],
    ) -> None:
        self.definition, self.case, self.at = definition, case, at
        self.clock_rules, self.values = clock_rules, values
        self.out = Simulated(name=case.name)
        self.ids, self.events = 1, 0
        self.order = self._opened()

    def run(self) -> Simulated:
        self._note("opened", "登记", "", ("opened",))
        self._join(self._taking({}, "join"))
        for place, step in enumerate(self.case.steps):
            self._pass_time(step)
            if not self._happen(place, step):
                break
        order, out = self.order, self.out
        out.ends_in, out.round, out.on_time = order.state, order.round, order.on_time
        out.outcome = order.outcome.value if order.outcome else None
        if out.refusal is None:
            self._compare()
        return out

    def _opened(self) -> WorkOrder:
        work = self.case.work
        return WorkOrder.open(
            self.definition,
            version=0,
            taking=self._taking({}, "", department=work.department),
            id=UUID(int=2),
            number="",
            kind=self.definition.code,
            type=work.type,
            category="",
            division=work.division,
            department=work.department,
            caller_id=CALLER,
            application_id=None,
            rating_id=None,
            channel="web",
            title="",
            content="",
            urgency=work.urgency,
            is_enterprise=work.is_enterprise,
            is_confidential=work.is_confidential,
            dispatched_at=self.at if work.department else None,
            facts=dict(work.facts),
        )

    def _taking(self, form: Mapping[str, Any], by: str, *, department: str = "") -> Taking:
        return Taking(
            at=self.at,
            by=by,
            department=department,
            form=form,
            clock_rules=self.clock_rules,
            values=self.values,
            make_id=self._make_id,
            remote=frozenset(self.case.work.remote) & _named(form),
        )

    def _make_id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def _pass_time(self, step: CaseStep) -> None:
        until = self.at + timedelta(days=step.after.days, hours=step.after.hours)
        while self.events < EVENTS_MAX:
            alarm = self.order.alarm_at if self.order.alarm_level else None
            wait = None if self.order.wait_limit_told else self.order.wait_until
            asked = [each.alarm_at for each in self.order.returns]
            ahead = [each for each in (alarm, wait, *asked) if each is not None and each <= until]
            if not ahead:
                break
            self.events += 1
            self.at = max(self.at, min(ahead))
            if wait is not None and wait == min(ahead):
                self._wait_over()
            elif min(ahead) in asked:
                self._ruling_late(min(ahead))
            else:
                self._alarm()
        self.at = until
        for department in step.delivered:
            for task in self.order.tasks:
                if task.department == department and task.state == "sent":
                    task.state, task.delivered_at = "delivered", self.at
        self._join(self._taking({}, "join"))

    def _alarm(self) -> None:
        order = self.order
        level, due_on = order.alarm_level, order.due_on
        if level is None or due_on is None:
            order.alarm_level, order.alarm_at = None, None
            return
        following = alarm_after(level, due_on, self.clock_rules, due_at=order.due_at)
        order.alarm_level = following.level if following else None
        order.alarm_at = following.at if following else None
        told = "deadline-missed" if level == "missed" else f"deadline-{level}"
        self._note(f"alarm-{level}", "到期提醒", "clock", (told,))

    def _ruling_late(self, alarm_at: datetime) -> None:
        for each in self.order.returns:
            if each.alarm_at == alarm_at:
                each.alarm_at = None
                self._note(
                    "ruling-late", "协办退单逾期未裁定", "clock", ("part-return-overstayed",)
                )

    def _wait_over(self) -> None:
        state = self.definition.states_by_code[self.order.state]
        if state.late:
            try:
                self._take(state.late, None, {}, "timer")
            except ProblemError:
                pass  # as in the city: told instead, so that it cannot keep all others waiting
            else:
                return
        self.order.tell_wait_over()
        self._note("wait-over", f"“{state.name}”已超过等待时限", "clock", ("overstayed",))

    def _happen(self, place: int, step: CaseStep) -> bool:
        if not step.step:
            return True
        try:
            self._take(step.step, self._actor(step), step.form, _by(step))
        except ProblemError as error:
            if step.refused == error.problem_code:
                self._note(step.step, f"按预期拒绝：{error.zh}", _by(step), ())
                return True
            self.out.refusal = Refusal(
                place=place,
                step=step.step,
                code=error.problem_code,
                zh=error.zh,
                en=error.en,
                faults=error.faults,
            )
            return False
        if step.refused:
            self.out.failures.append(
                (
                    f"第 {place + 1} 步“{step.step}”应被拒绝（{step.refused}），实际办理成功",
                    f"step {place + 1}, {step.step}, should be refused ({step.refused}) and was taken",
                )
            )
        return True

    def _actor(self, step: CaseStep) -> Actor | None:
        if step.as_ is None:
            return None
        who = step.as_
        is_own = who.role in OWN_ROLES
        return Actor(
            subject=str(CALLER) if is_own else f"case:{who.role}:{who.department}",
            roles=frozenset({who.role}),
            department="" if is_own else who.department or self.order.department,
            division=who.division or self.order.division,
            owner_id=str(CALLER) if is_own else "",
        )

    def _take(self, code: str, actor: Actor | None, form: Mapping[str, Any], by: str) -> None:
        department = actor.department if actor else ""
        taking = self._taking(form, actor.subject if actor else by, department=department)
        way = way_of(
            self.definition,
            code,
            readings=self.order.readings(
                self.at,
                self.clock_rules,
                undelivered=len(taking.remote),
                part_of=str(form.get("co_department") or department),
            ),
            actor=actor,
            form=form,
            rules=self.values,
        )
        self._apply(way, taking, by)
        self._join(taking)

    def _join(self, taking: Taking) -> None:
        for _ in range(JOINS_IN_A_ROW_MAX):
            readings = self.order.readings(self.at, self.clock_rules)
            step = due_join(self.definition, readings=readings, rules=self.values)
            if step is None:
                return
            way = way_of(
                self.definition,
                step.code,
                readings=readings,
                actor=None,
                form={},
                rules=self.values,
            )
            self._apply(way, replace(taking, form={}, remote=frozenset()), "join")
        raise JoinsWithoutEndError

    def _apply(self, way: Way, taking: Taking, by: str) -> None:
        for each in self.order.returns:
            each.is_new = each.is_changed = False
        self.order.take(self.definition, way, taking)
        self._note(way.step.code, way.step.name, by, way.tells)

    def _note(self, step: str, name: str, by: str, told: Sequence[str]) -> None:
        order = self.order
        self.out.path.append(
            SimulatedStep(
                at=self.at,
                step=step,
                name=name,
                by=by,
                state=order.state,
                state_name=self.definition.states_by_code[order.state].name,
                waits_for=order.waits_for,
                due_on=order.due_on,
                wait_until=order.wait_until,
                told=tuple(told),
            )
        )

    def _compare(self) -> None:
        expects, out = self.case.expects, self.out
        for label, expected, found in (
            ("ends_in", expects.ends_in, out.ends_in),
            ("round", expects.round, out.round),
            ("on_time", expects.on_time, out.on_time),
            ("outcome", expects.outcome, out.outcome),
        ):
            if expected is not None and expected != found:
                out.failures.append(
                    (
                        f"{label} 应为 {expected}，实际为 {found}",
                        f"{label} should be {expected} and is {found}",
                    )
                )


def _by(step: CaseStep) -> str:
    return step.as_.role if step.as_ else "fact"


def _named(form: Mapping[str, Any]) -> frozenset[str]:
    """The departments among whom a form shares the work out; one alone has it at once."""
    if form.get("replacement"):
        return frozenset({str(form["replacement"])})
    others = form.get("co_departments")
    if not isinstance(others, list | tuple) or not others:
        return frozenset()
    return frozenset(str(each) for each in (form.get("department", ""), *others))

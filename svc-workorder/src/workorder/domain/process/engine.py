"""Taking a step: whether it may be taken, by whom, and where it leads. Pure; what it changes is applied by the work.

The engine knows no kind of work: a work order and an application ask it alike, each with its own readings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from jsonschema.exceptions import ValidationError

from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError
from workorder.domain.process.definition import (
    Budget,
    ClockAct,
    Condition,
    Definition,
    Doer,
    State,
    Step,
    Told,
)
from workorder.domain.process.forms import FormValidator

FAULTS_MAX = 100
JOINS_IN_A_ROW_MAX = 10
"""Steps taken by themselves, one after another, before somebody has to act again."""


class UnknownStepError(ConflictError):
    code = "unknown-step"
    title_zh = "此类工作的流程中没有此步骤，请查看可办理的步骤（possible-steps）"
    title_en = "The process of this work has no such step; look at its possible-steps"


class StepStateError(ConflictError):
    code = "work-order-state"
    title_zh = "工单当前状态不能办理此步骤，请刷新后查看"
    title_en = "Not possible in the work order's present state; read it again"


class StepRefusedError(ConflictError):
    code = "step-refused"
    title_zh = "现在不能办理此步骤"
    title_en = "This step cannot be taken now"


class StepLimitError(ConflictError):
    code = "step-limit"
    title_zh = "此步骤已达到次数上限，不能再次办理"
    title_en = "This step was taken as often as it may be"


class JoinsWithoutEndError(ConflictError):
    """A definition that is checked has no such ring; a rule that was changed since may have made one."""

    code = "joins-without-end"
    title_zh = "流程的自动步骤循环不止，此步骤未办理；请联系系统管理员检查流程定义"
    title_en = "Steps that are taken by themselves go round without end; ask an administrator to look at the process"


class NotYourStepError(ForbiddenError):
    code = "not-your-step"
    title_zh = "此步骤不由您办理，请转交有权办理的人员"
    title_en = "This step is not yours to take; hand it to who may"


class OwnWorkOrderError(ForbiddenError):
    """Nobody dispatches, answers or replies to the matter they raised (回避)."""

    code = "own-matter"
    title_zh = "不能办理本人反映的事项，请转交其他工作人员"
    title_en = "Nobody handles the matter they raised; hand it to a colleague"


class FormFaultyError(InvalidError):
    code = "form-faulty"
    title_zh = "所填内容有误，请按提示修改后重试"
    title_en = "The form is not filled in as it has to be"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who takes a step, as far as a process asks. `subject` is an id."""

    subject: str
    roles: frozenset[str]
    department: str = ""
    division: str = ""
    owner_id: str = ""
    """The person or enterprise they act for; empty for staff."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """What conditions and reach read of a piece of work."""

    state: str
    round: int
    owner_id: str
    department: str
    division: str
    also_own: frozenset[str] = frozenset()
    """Others whose own matter it is: who handed it in for somebody."""
    task_departments: frozenset[str] = frozenset()
    ended_parts: frozenset[str] = frozenset()
    """Departments whose part is done or returned."""
    part: Mapping[str, Any] = field(default_factory=dict)
    """Of the department that a step is about: its part; empty when it has none."""
    work: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    tasks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Way:
    """What taking a step amounts to."""

    step: Step
    to: State
    effects: tuple[str, ...]
    clock: tuple[ClockAct, ...]
    tells: tuple[Told, ...]
    counters: tuple[str, ...]
    """The names under which it is counted."""


def way_of(
    definition: Definition,
    step_code: str,
    *,
    readings: Readings,
    actor: Actor | None,
    form: Mapping[str, Any],
    rules: Mapping[str, Any],
) -> Way:
    """Where a step leads. `actor` None: an event, a timer or a join takes it.

    Raises UnknownStepError, NotYourStepError, OwnWorkOrderError, StepStateError, StepLimitError, FormFaultyError,
    StepRefusedError; in this order, so that nobody without a role for the step learns of its state.
    """
    step = definition.steps_by_code.get(step_code)
    if step is None:
        raise UnknownStepError(
            f"“{definition.name}”的流程中没有此步骤，请查看可办理的步骤（possible-steps）",
            f"The process {definition.code} has no step {step_code}; look at its possible-steps",
        )
    if actor is not None:
        _check_role(step, actor, readings)
    _check_state(definition, step, readings.state)
    if actor is not None and not _reaches(step, actor, readings):
        raise _not_reached(step, actor, readings)
    _check_limit(step, readings, rules)
    _check_form(step, form)
    for condition in step.when:
        if not _holds(condition, readings, form, rules):
            raise StepRefusedError(
                condition.otherwise or f"现在不能办理“{step.name}”",
                condition.otherwise_en or f"{condition.read} does not allow it",
            )
    for branch in step.all_branches:
        if all(_holds(each, readings, form, rules) for each in branch.when):
            target = definition.states_by_code.get(branch.to or readings.state)
            assert target is not None
            return Way(
                step=step,
                to=target,
                effects=(*step.effects, *branch.effects),
                clock=(*step.clock, *branch.clock),
                tells=(*step.tells, *branch.tells),
                counters=counters_of(step, readings.round),
            )
    raise StepRefusedError


def may_take(step: Step, actor: Actor, readings: Readings) -> bool:
    """Whether a step is this person's to take, whatever its state and form say."""
    try:
        _check_role(step, actor, readings)
    except ForbiddenError:
        return False
    return _reaches(step, actor, readings)


def possible_steps(
    definition: Definition,
    *,
    readings: Readings,
    actor: Actor,
    rules: Mapping[str, Any],
) -> list[Step]:
    """The steps that this person may take now, as far as it can be told before the form is filled in."""
    possible = []
    for step in definition.steps:
        if step.trigger != "person" or readings.state not in definition.sources(step):
            continue
        if not may_take(step, actor, readings) or _is_used_up(step, readings, rules):
            continue
        settled = [each for each in step.when if not _needs_form(each, step)]
        if all(_holds(each, readings, {}, rules) for each in settled):
            possible.append(step)
    return possible


def _needs_form(condition: Condition, step: Step) -> bool:
    """Whether a condition can only be told once the form is filled in: of which part is meant, the form says."""
    source = condition.read.partition(".")[0]
    return source == "form" or (source == "part" and "co_department" in step.form_fields())


def due_join(
    definition: Definition, *, readings: Readings, rules: Mapping[str, Any]
) -> Step | None:
    """The first step that is due by itself, because all that it waits for has come (汇合)."""
    for step in definition.joins:
        if readings.state not in definition.sources(step) or _is_used_up(step, readings, rules):
            continue
        if all(_holds(each, readings, {}, rules) for each in step.when):
            return step
    return None


def counters_of(step: Step, round_: int) -> tuple[str, ...]:
    """The names under which a step is counted: for the whole work, and in its round where that is limited."""
    if step.limit is not None and step.limit.per == "round":
        return (step.code, f"{step.code}#{round_}")
    return (step.code,)


def clock_budget(
    definition: Definition, readings: Readings, rules: Mapping[str, Any]
) -> Budget | None:
    """The budget of the promised clock for this work."""
    for choice in definition.clock_choices:
        if all(_holds(each, readings, {}, rules) for each in choice.when):
            return choice.budget
    return definition.clock


def amount_of(budget: Budget, rules: Mapping[str, Any], work: Mapping[str, Any]) -> int:
    """How many days or hours a budget gives; of a rule with several values the one for the work, else the longest."""
    if budget.amount is not None:
        return budget.amount
    value = rules[budget.rule]
    if not isinstance(value, Mapping):
        return int(value)
    key = budget.key or str(work.get(budget.by, ""))
    return int(value[key] if key in value else max(value.values()))


def _check_role(step: Step, actor: Actor, readings: Readings) -> None:
    if not any(doer.role in actor.roles for doer in step.by):
        raise NotYourStepError
    own = readings.also_own | {readings.owner_id}
    if step.by_others_only and own & {actor.subject, actor.owner_id} - {""}:
        raise OwnWorkOrderError


def _reaches(step: Step, actor: Actor, readings: Readings) -> bool:
    return any(_is_doer(doer, actor, readings) for doer in step.by)


def _not_reached(step: Step, actor: Actor, readings: Readings) -> NotYourStepError:
    """Why a step is not theirs, in words; that a part is over is told to its own department only."""
    is_of_parts = any(doer.reach == "task" and doer.role in actor.roles for doer in step.by)
    if is_of_parts and actor.department in readings.ended_parts:
        return NotYourStepError(
            "本单位的协办部分已办结或已退回，无需再办理；有异议请联系热线",
            "Your department's part is done or returned; nothing more to do on it, else ask the hotline",
        )
    return NotYourStepError()


def _is_doer(doer: Doer, actor: Actor, readings: Readings) -> bool:
    if doer.role not in actor.roles:
        return False
    match doer.reach:
        case "own":
            return bool(readings.owner_id) and readings.owner_id in {actor.owner_id, actor.subject}
        case "department":
            return bool(actor.department) and actor.department == readings.department
        case "task":
            return actor.department in readings.task_departments
        case "division":
            return readings.division.startswith(actor.division)
        case "city":
            return True


def _check_state(definition: Definition, step: Step, state: str) -> None:
    sources = definition.sources(step)
    if state in sources:
        return
    now = definition.states_by_code.get(state)
    name = now.name if now else state
    raise StepStateError(
        f"工单处于“{name}”状态，不能办理“{step.name}”，请刷新后查看",
        f"The work order is {state}; this step needs {' or '.join(sorted(sources))}",
    )


def _is_used_up(step: Step, readings: Readings, rules: Mapping[str, Any]) -> bool:
    if step.limit is None:
        return False
    allowed = step.limit.count if step.limit.count is not None else int(rules[step.limit.rule])
    return readings.counts.get(counters_of(step, readings.round)[-1], 0) >= allowed


def _check_limit(step: Step, readings: Readings, rules: Mapping[str, Any]) -> None:
    if _is_used_up(step, readings, rules):
        raise StepLimitError(
            f"“{step.name}”已达到次数上限，不能再次办理",
            f"{step.code} was taken as often as it may be",
        )


def _check_form(step: Step, form: Mapping[str, Any]) -> None:
    if step.form:
        check_form(step.validator, form)


def check_form(validator: FormValidator, form: Mapping[str, Any]) -> None:
    """Raise FormFaultyError, naming every field that is not filled in as it has to be."""
    errors = islice(validator.iter_errors(dict(form)), FAULTS_MAX)
    faults = tuple(_fault(error) for error in errors)
    if faults:
        raise FormFaultyError(faults=faults)


_WORDS = {
    "required": ("缺少必填项", "missing"),
    "type": ("类型不符", "wrong type"),
    "enum": ("不在可选值之中", "not one of the choices"),
    "const": ("不在可选值之中", "not the expected value"),
    "minLength": ("内容太短", "too short"),
    "maxLength": ("内容太长", "too long"),
    "minimum": ("数值太小", "too small"),
    "maximum": ("数值太大", "too large"),
    "pattern": ("格式不符", "not in the expected form"),
    "format": ("格式不符", "not in the expected form"),
    "additionalProperties": ("含有表单以外的内容", "has fields that the form does not have"),
    "minItems": ("项数太少", "too few"),
    "maxItems": ("项数太多", "too many"),
    "uniqueItems": ("有重复项", "has repeats"),
}


def _fault(error: ValidationError) -> FieldFault:
    zh, en = _WORDS.get(str(error.validator), ("内容不符合要求", "not as the form wants it"))
    path = "/".join(str(part) for part in error.absolute_path)
    if error.validator == "required":
        # The message begins with the name of what is missing; the path ends above it.
        missing = str(error.message).split("'")[1]
        path = f"{path}/{missing}" if path else missing
    return FieldFault(pointer=f"/form/{path}", code=str(error.validator), zh=zh, en=en)


def _holds(
    condition: Condition, readings: Readings, form: Mapping[str, Any], rules: Mapping[str, Any]
) -> bool:
    value = _read(condition.read, readings, form)
    checks: Sequence[bool | None] = (
        None if condition.equals is None else value == condition.equals,
        None if not condition.one_of else value in condition.one_of,
        None if condition.at_least is None else _number(value) >= condition.at_least,
        None if condition.below is None else _number(value) < condition.below,
        None
        if not condition.at_least_rule
        else _number(value) >= _number(rules[condition.at_least_rule]),
        None
        if not condition.at_most_rule
        else _number(value) <= _number(rules[condition.at_most_rule]),
        None
        if not condition.at_most_read
        else _number(value) <= _number(_read(condition.at_most_read, readings, form)),
        None if condition.is_set is None else bool(value) is condition.is_set,
    )
    return all(check is not False for check in checks)


def _read(name: str, readings: Readings, form: Mapping[str, Any]) -> Any:
    where, _, key = name.partition(".")
    sources: dict[str, Mapping[str, Any]] = {
        "form": form,
        "work": readings.work,
        "facts": readings.facts,
        "count": readings.counts,
        "tasks": readings.tasks,
        "part": readings.part,
    }
    return sources[where].get(key)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0

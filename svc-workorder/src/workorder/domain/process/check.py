"""Whether a definition can be put in force: every finding at once, each with where it is and how to mend it.

What is looked for: codes that stand twice or lead nowhere; roles, rules, facts and effects that do not exist; states
that nothing reaches or that never close; waits without an owner or a deadline; ways round without a limit; steps taken
by themselves without end; facts told before they are true; forms that are no forms; fields that no form fills.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from workorder.domain.process.check_facts import Facts, fact_findings
from workorder.domain.process.check_forms import form_findings, read_field_findings, unfilled
from workorder.domain.process.check_ways import edges_of, way_findings
from workorder.domain.process.definition import (
    ANYWHERE,
    EFFECTS,
    PART_FIELDS,
    TASK_FIELDS,
    WORK_FIELDS,
    Budget,
    Condition,
    Definition,
    Doer,
    Step,
)
from workorder.domain.process.findings import Finding
from workorder.domain.process.forms import properties_of, required_of

EDGES_MAX = 20_000
FINDINGS_MAX = 500

__all__ = ["Finding", "findings_of"]


def findings_of(
    definition: Definition,
    *,
    roles: Collection[str],
    rules: Collection[str] | Mapping[str, Any],
    facts: Facts | None = None,
) -> list[Finding]:
    """Everything that keeps a definition from being put in force; an empty list: it may be.

    `roles` are those that can reach a door, `rules` the codes of the rules in force (with their values, those are
    looked at too), `facts` the types of the facts that there are, each with its fields and their kinds.
    """
    found = [*_names(definition), *_unknown(definition, roles, rules), *_forms(definition)]
    found += _questions(definition)
    found += _late_steps(definition)
    found += fact_findings(definition, facts)
    if any(finding.code in {"repeated-code", "unknown-state"} for finding in found):
        # Ways cannot be followed while names are not clear.
        return found[:FINDINGS_MAX]
    edges = edges_of(definition, at_most=EDGES_MAX)
    if edges is None:
        found.append(
            Finding(
                code="too-many-ways",
                where="/steps",
                zh=f"步骤与状态的组合超过 {EDGES_MAX} 种，请精简流程",
                en=f"more than {EDGES_MAX} ways from state to state; make the process smaller",
            )
        )
    else:
        found += way_findings(definition, edges)
    return found[:FINDINGS_MAX]


def _names(definition: Definition) -> Iterator[Finding]:
    yield from _repeated("states", "状态", [each.code for each in definition.states])
    yield from _repeated("steps", "步骤", [each.code for each in definition.steps])
    named = [("/starts_in", definition.starts_in)]
    for place, step in enumerate(definition.steps):
        named += [(f"/steps/{place}/from", code) for code in step.from_ if code != ANYWHERE]
        named += [(f"/steps/{place}", branch.to) for branch in step.all_branches if branch.to]
    for where, code in named:
        if code not in definition.states_by_code:
            yield Finding(
                code="unknown-state",
                where=where,
                zh=f"没有状态“{code}”，请先定义该状态或改正代码",
                en=f"there is no state {code}; define it, or mend the code",
            )
    for place, state in enumerate(definition.states):
        if state.late and state.late not in definition.steps_by_code:
            yield Finding(
                code="unknown-step",
                where=f"/states/{place}/late",
                zh=f"没有步骤“{state.late}”，请先定义该步骤",
                en=f"there is no step {state.late}; define it",
            )


def _repeated(kind: str, label: str, codes: Sequence[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for place, code in enumerate(codes):
        if code in seen:
            yield Finding(
                code="repeated-code",
                where=f"/{kind}/{place}",
                zh=f"{label}代码“{code}”重复，请改用不同代码",
                en=f"{code} stands twice; give one of them another code",
            )
        seen.add(code)


def _unknown(
    definition: Definition, roles: Collection[str], rules: Collection[str] | Mapping[str, Any]
) -> Iterator[Finding]:
    for code in sorted(definition.rules - set(rules)):
        yield Finding(
            code="unknown-rule",
            where="/",
            zh=f"没有规则“{code}”，请先在规则表登记",
            en=f"there is no rule {code}; register it first",
        )
    if isinstance(rules, Mapping):
        yield from _rule_values(definition, rules)
    yield from _roles("/opens_by", definition.opens_by, roles)
    for place, step in enumerate(definition.steps):
        where = f"/steps/{place}"
        yield from _takers(where, step, roles)
        for effect in step.every_effect():
            if effect not in EFFECTS:
                yield Finding(
                    code="unknown-effect",
                    where=f"{where}/effects",
                    zh=f"没有效果“{effect}”，可用的有：{'、'.join(sorted(EFFECTS))}",
                    en=f"there is no effect {effect}; there are {', '.join(sorted(EFFECTS))}",
                )


def _roles(where: str, doers: Sequence[Doer], roles: Collection[str]) -> Iterator[Finding]:
    for doer in doers:
        if doer.role not in roles:
            yield Finding(
                code="unknown-role",
                where=where,
                zh=f"没有角色“{doer.role}”，或该角色不能办理工单步骤；请使用：{'、'.join(sorted(roles))}",
                en=f"there is no role {doer.role} that takes steps; use one of {', '.join(sorted(roles))}",
            )


def _takers(where: str, step: Step, roles: Collection[str]) -> Iterator[Finding]:
    yield from _roles(f"{where}/by", step.by, roles)
    if step.trigger == "person" and not step.by:
        yield Finding(
            code="nobody-may",
            where=f"{where}/by",
            zh=f"步骤“{step.name}”没有人可以办理，请指定角色",
            en=f"nobody may take {step.code}; name a role",
        )
    is_of_a_part = bool(_OF_A_PART & set(step.every_effect()))
    if is_of_a_part and any(doer.reach != "task" for doer in step.by):
        yield Finding(
            code="part-of-nobody",
            where=f"{where}/by",
            zh=f"“{step.name}”办理的是协办部分，办理人的范围须为 task",
            en=f"{step.code} is about one's own part; its reach has to be task",
        )


_OF_A_PART = {"task-sign", "task-done", "ask-part-return", "take-part-return-back"}


def _questions(definition: Definition) -> Iterator[Finding]:
    """Returns of parts: each waits for somebody, until a time, and there is a step by which they rule."""
    answers = {effect for step in definition.steps for effect in step.every_effect()}
    for place, step in enumerate(definition.steps):
        asks = "ask-part-return" in step.every_effect()
        if asks and step.asks is None:
            yield Finding(
                code="no-deadline",
                where=f"/steps/{place}/asks",
                zh=f"“{step.name}”提出的退单可以无限期等待裁定，请规定由谁裁定及时限（asks）",
                en=f"what {step.code} asks may wait for ever; say who rules, and by when (asks)",
            )
        elif step.asks is not None and not asks:
            yield Finding(
                code="asks-nothing",
                where=f"/steps/{place}/asks",
                zh=f"“{step.name}”规定了由谁裁定，但没有申请协办退单的效果，请删除 asks",
                en=f"{step.code} says who rules, and asks for no return of a part; remove asks",
            )
        if asks and not {"grant-part-return", "deny-part-return"} <= answers:
            yield Finding(
                code="never-ruled-on",
                where=f"/steps/{place}/effects",
                zh=f"“{step.name}”提出的退单没有步骤同意或驳回，请增加裁定步骤",
                en=f"no step grants and denies what {step.code} asks; add one that rules",
            )


def _rule_values(definition: Definition, rules: Mapping[str, Any]) -> Iterator[Finding]:
    for where, budget in _budgets(definition):
        value = rules.get(budget.rule, 0)
        values = list(value.values()) if isinstance(value, Mapping) else [value]
        is_there = not budget.key or not isinstance(value, Mapping) or budget.key in value
        if not values or not all(_is_number(each) for each in values) or not is_there:
            yield Finding(
                code="rule-without-number",
                where=where,
                zh=f"规则“{budget.rule}”没有可用的数值{budget.key}，请在规则表补充",
                en=f"the rule {budget.rule} has no number {budget.key}; add it to the rule",
            )
    for where, code in _number_rules(definition):
        if not _is_number(rules.get(code, 0)):
            yield Finding(
                code="rule-without-number",
                where=where,
                zh=f"规则“{code}”不是一个数值，不能用作次数或比较",
                en=f"the rule {code} is no single number; it cannot limit or be compared with",
            )


def _budgets(definition: Definition) -> Iterator[tuple[str, Budget]]:
    named: list[tuple[str, Budget | None]] = [("/clock", definition.clock)]
    named += [
        (f"/clock_choices/{place}/budget", choice.budget)
        for place, choice in enumerate(definition.clock_choices)
    ]
    named += [
        (f"/states/{place}/limit", state.limit) for place, state in enumerate(definition.states)
    ]
    named += [
        (f"/steps/{place}/asks/limit", step.asks.limit)
        for place, step in enumerate(definition.steps)
        if step.asks is not None
    ]
    for where, budget in named:
        if budget is not None and budget.amount is None:
            yield where, budget


def _number_rules(definition: Definition) -> Iterator[tuple[str, str]]:
    conditions: list[tuple[str, Condition]] = []
    for place, step in enumerate(definition.steps):
        if step.limit is not None and step.limit.count is None:
            yield f"/steps/{place}/limit", step.limit.rule
        conditions += [(f"/steps/{place}", each) for each in step.conditions()]
    for place, choice in enumerate(definition.clock_choices):
        conditions += [(f"/clock_choices/{place}", each) for each in choice.when]
    for where, condition in conditions:
        for code in (condition.at_least_rule, condition.at_most_rule):
            if code:
                yield where, code


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _late_steps(definition: Definition) -> Iterator[Finding]:
    """What a timer takes when a wait is over: possible there, by a timer, and a wait that ends."""
    timed = {state.late for state in definition.states}
    for place, state in enumerate(definition.states):
        step = definition.steps_by_code.get(state.late or "")
        if step is None:
            continue
        if step.trigger != "timer" or state.code not in definition.sources(step):
            yield Finding(
                code="late-step-elsewhere",
                where=f"/states/{place}/late",
                zh=f"“{state.name}”超时后的步骤“{step.name}”须由定时触发（timer），且能在该状态办理",
                en=f"{step.code} has to be a timer's step that may be taken in {state.code}",
            )
        if state.limit is None:
            yield Finding(
                code="late-without-limit",
                where=f"/states/{place}/limit",
                zh=f"“{state.name}”规定了超时后的步骤，但没有时限，请规定时限",
                en=f"{state.code} names a step for when it is late, and no limit; give it one",
            )
    for place, step in enumerate(definition.steps):
        if step.trigger == "timer" and step.code not in timed:
            yield Finding(
                code="timer-never",
                where=f"/steps/{place}",
                zh=f"定时步骤“{step.name}”没有状态使用，请在状态的 late 中写明或删除",
                en=f"no state names {step.code} as its late step; name it there, or remove it",
            )
        if step.trigger in {"timer", "join"} and required_of(step.form):
            yield Finding(
                code="form-for-nobody",
                where=f"/steps/{place}/form",
                zh=f"自动步骤“{step.name}”没有人填写表单，请去掉必填项",
                en=f"nobody fills in the form of {step.code}; require nothing in it",
            )


_CLOCK_FIELDS = {"start": {"limit_days"}, "stop": {"until", "kind"}, "extend": {"days"}}


def _forms(definition: Definition) -> Iterator[Finding]:
    yield from form_findings("/form", definition.name, definition.form)
    kept = {*properties_of(definition.form)}
    for step in definition.steps:
        if "keep" in step.every_effect():
            kept |= step.form_fields()
    for place, step in enumerate(definition.steps):
        where = f"/steps/{place}"
        yield from form_findings(f"{where}/form", step.name, step.form)
        yield from _fields(where, step, kept)
        for condition in step.conditions():
            for name in filter(None, (condition.read, condition.at_most_read)):
                if not _is_filled(definition, step, name, kept):
                    yield unfilled(where, step.name, name)
            if not condition.compares:
                yield _compares_nothing(where, step, condition)


def _fields(where: str, step: Step, kept: Collection[str]) -> Iterator[Finding]:
    """The fields that a step's effects and its clock read."""
    needed: set[str] = set()
    read: set[str] = set()
    for effect in step.every_effect():
        needs, may = EFFECTS.get(effect, (frozenset(), frozenset()))
        needed, read = needed | needs, read | may
    acts = {act for branch in step.all_branches for act in (*step.clock, *branch.clock)}
    for act in acts:
        read |= _CLOCK_FIELDS.get(act, set())
    yield from read_field_findings(f"{where}/form", step.name, step.form, needed=needed, read=read)
    if "extend" in acts and "days" not in kept:
        yield unfilled(where, step.name, "facts.days")


def _is_filled(definition: Definition, step: Step, read: str, kept: Collection[str]) -> bool:
    source, _, name = read.partition(".")
    known: Collection[str] = {
        "form": step.form_fields(),
        "facts": kept,
        "work": WORK_FIELDS,
        "tasks": TASK_FIELDS,
        "part": PART_FIELDS,
        "count": definition.steps_by_code,
    }[source]
    return name in known


def _compares_nothing(where: str, step: Step, condition: Condition) -> Finding:
    return Finding(
        code="condition-without-comparison",
        where=where,
        zh=f"“{step.name}”的条件“{condition.read}”没有写明与什么比较",
        en=f"the condition {condition.read} of {step.code} does not say with what it is compared",
    )

"""What a proposed adjustment of powers must keep: 行政许可法 第24条, and what each kind of adjustment says and does not say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from catalog.domain.adjustments import (
    KIND_WORDS,
    TO_RECEIVERS,
    AdjustmentFaultyError,
    AdjustmentRules,
    Kind,
    Receiver,
    Terms,
)
from catalog.domain.faults import field_fault
from catalog.domain.powers import ENTRUSTED, LEVELS, PERMIT, PowerContent
from chassis.errors import FieldFault
from chassis.identity import subtree_prefix

WITH_CONTENT = frozenset({"add", "change", "take-over", "merge"})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A proposal as it comes in, before it is an adjustment."""

    kind: Kind
    power: PowerContent | None
    """The power as it is listed; None for add and take-over."""
    terms: Terms
    receivers: Sequence[Receiver]
    effective_at: datetime
    is_holder_entrusted: bool = False


def check_plan(plan: Plan, rules: AdjustmentRules, *, at: datetime, today: date) -> None:
    """Raise AdjustmentFaultyError naming every rule that the plan breaks."""
    faults = [
        *_time_faults(plan, at, today),
        *_shape_faults(plan),
        *_receiver_faults(plan, rules),
        *_entrusting_faults(plan),
    ]
    if faults:
        raise AdjustmentFaultyError(faults=tuple(faults))


def _time_faults(plan: Plan, at: datetime, today: date) -> list[FieldFault]:
    found = []
    if plan.effective_at <= at:
        found.append(
            field_fault(
                "/effective_at", "past", "生效时间不能早于现在", "the effective time is not past"
            )
        )
    if plan.terms.trigger_on > today:
        found.append(
            field_fault(
                "/terms/trigger_on",
                "future",
                "触发事由尚未发生，请核对日期",
                "the trigger lies in the future",
            )
        )
    return found


def _shape_faults(plan: Plan) -> list[FieldFault]:
    """What this kind must have and may not have."""
    terms, kind = plan.terms, plan.kind
    wanted = (
        (terms.content is not None, kind in WITH_CONTENT, "/terms/content", "调整后的职权内容"),
        (bool(plan.receivers), kind in TO_RECEIVERS, "/receivers", "承接方"),
        (
            terms.managing_area is not None,
            kind == "carry-out-for",
            "/terms/managing_area",
            "代实施的功能区",
        ),
        (terms.takes_back is not None, kind == "take-back", "/terms/takes_back", "被收回的调整"),
        (bool(terms.merges), kind == "merge", "/terms/merges", "一并合并的职权"),
        (bool(terms.parts), kind == "split", "/terms/parts", "拆分后的职权"),
    )
    found = []
    for is_there, is_needed, pointer, zh in wanted:
        words = KIND_WORDS[kind]
        if is_needed and not is_there:
            found.append(
                field_fault(pointer, "missing", f"“{words}”须写明{zh}", f"{kind} needs {pointer}")
            )
        if is_there and not is_needed:
            found.append(
                field_fault(pointer, "not-for-kind", f"“{words}”不应填写{zh}", f"not for {kind}")
            )
    content = terms.content
    if kind == "change" and plan.power is not None and content is not None:
        is_other = content.line != plan.power.line
        if is_other:
            found.append(
                field_fault(
                    "/terms/content",
                    "line-changed",
                    "职权编码、区划和部门不能以“变更”改动",
                    "code, division and department stay in a change",
                )
            )
    if kind == "take-over" and content is not None and content.power_source == "statutory":
        found.append(
            field_fault(
                "/terms/content/power_source",
                "not-from-above",
                "承接的职权须写明权力来源（上级下放、授权或委托）",
                "what is taken over has a source above",
            )
        )
    return found


def _receiver_faults(plan: Plan, rules: AdjustmentRules) -> list[FieldFault]:
    if plan.power is None:
        return []
    found, seen = [], set()
    prefix = subtree_prefix(plan.power.division)
    for place, receiver in enumerate(plan.receivers):
        pointer = f"/receivers/{place}"
        if receiver.department in seen:
            found.append(field_fault(pointer, "twice", "承接方重复", "this receiver stands twice"))
        seen.add(receiver.department)
        if LEVELS.index(receiver.level) <= LEVELS.index(plan.power.level):
            found.append(
                field_fault(
                    f"{pointer}/level",
                    "not-lower",
                    "承接方的层级须低于移交方",
                    "a receiver is of a lower level than the giver",
                )
            )
        if not receiver.division.startswith(prefix) or receiver.division == plan.power.division:
            found.append(
                field_fault(
                    f"{pointer}/division",
                    "outside",
                    "承接方须在移交方的行政区域之内",
                    "a receiver lies inside the giver's division",
                )
            )
        needs_decision = receiver.level == "town" and rules.towns_need_decision
        if needs_decision and not plan.terms.provincial_decision:
            found.append(
                field_fault(
                    "/terms/provincial_decision",
                    "missing",
                    "由镇街实施须写明省级依据，如粤府令第261号",
                    "towns need the province's decision",
                )
            )
    return found


def _entrusting_faults(plan: Plan) -> list[FieldFault]:
    """行政许可法 第24条: by law, regulation or rule; to an administrative organ; and no further."""
    if plan.kind != "entrust" or plan.power is None:
        return []
    found = []
    if plan.is_holder_entrusted or plan.power.power_source in ENTRUSTED:
        found.append(
            field_fault(
                "/power_id",
                "re-entrusted",
                "受委托的职权不得再委托（行政许可法第二十四条）",
                "what was entrusted is not entrusted again",
            )
        )
    if plan.power.kind != PERMIT:
        return found
    if plan.terms.entrusting_law is None:
        found.append(
            field_fault(
                "/terms/entrusting_law",
                "missing",
                "委托实施行政许可须有法律、法规或规章依据（行政许可法第二十四条）",
                "entrusting a permit needs a law, regulation or rule",
            )
        )
    found += [
        field_fault(
            f"/receivers/{place}/agency_kind",
            "not-an-organ",
            "行政许可只能委托其他行政机关实施（行政许可法第二十四条）",
            "a permit is entrusted to an administrative organ only",
        )
        for place, receiver in enumerate(plan.receivers)
        if receiver.agency_kind != "statutory-organ"
    ]
    return found

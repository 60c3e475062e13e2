"""Rules of policies for enterprises, as data: whether they fit an enterprise, yes, no, or not known, and why.

A rule is a small JSON object; all rules of a policy must hold.

| rule | holds when |
|---|---|
| `{"fact": "size", "in": ["micro", "small"]}` | the size is one of these |
| `{"fact": "trade", "within": ["C307", "I65"]}` | the trade's GB/T 4754 code lies within one of these |
| `{"fact": "place", "within": ["445102"]}` | it is registered in one of these divisions |
| `{"fact": "ownership", "in": ["private"]}` | the ownership is one of these |
| `{"fact": "age_years", "min": 1, "max": 3}` | whole years since registration; either bound alone will do |
| `{"fact": "certificates", "has_all": ["high-tech"]}` or `"has_any"` | it holds them |
| `{"all": [..]}`, `{"any": [..]}`, `{"not": {..}}` | of the rules inside |
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from catalog.domain.faults import field_fault
from chassis.errors import FieldFault
from chassis.identity import subtree_prefix

Rule = Mapping[str, Any]
RULES_MAX, DEPTH_MAX, VALUES_MAX = 60, 5, 200


class Verdict(StrEnum):
    """What a rule says of an enterprise; `unknown`: its profile lacks what the rule asks."""

    FITS = "fits"
    UNKNOWN = "unknown"
    NOT = "not"


SIZES = {"micro": "微型", "small": "小型", "medium": "中型", "large": "大型"}
OWNERSHIPS = {
    "private": "民营",
    "state": "国有",
    "collective": "集体",
    "foreign": "外商投资",
    "hong-kong-macao-taiwan": "港澳台投资",
    "joint": "混合所有制",
    "individual": "个体工商户",
    "cooperative": "农民专业合作社",
}
FACTS = {
    "size": "企业规模",
    "trade": "行业（GB/T 4754）",
    "place": "登记地",
    "ownership": "所有制",
    "age_years": "成立年限",
    "certificates": "资质证照",
}
PROFILE_FIELDS = {
    "size": "size",
    "trade": "trade",
    "place": "division",
    "ownership": "ownership",
    "age_years": "registered_on",
    "certificates": "certificates",
}
"""Which field of a profile says what a rule asks."""

_KINDS = {
    "size": ("in",),
    "ownership": ("in",),
    "trade": ("within",),
    "place": ("within",),
    "age_years": ("min", "max"),
    "certificates": ("has_all", "has_any"),
}
_CODES = {
    "place": re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}", re.ASCII),
    "certificates": re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII),
}
_YEARS_MAX = 200

_SECTIONS = (
    ("A", 1, 5), ("B", 6, 12), ("C", 13, 43), ("D", 44, 46), ("E", 47, 50), ("F", 51, 52),
    ("G", 53, 60), ("H", 61, 62), ("I", 63, 65), ("J", 66, 69), ("K", 70, 70), ("L", 71, 72),
    ("M", 73, 75), ("N", 76, 79), ("O", 80, 82), ("P", 83, 83), ("Q", 84, 85), ("R", 86, 90),
    ("S", 91, 96), ("T", 97, 97),
)  # fmt: skip
"""Sections of GB/T 4754-2017 and the two-digit divisions in each [K]."""
_TRADE = re.compile(r"([A-Ta-t]?)([0-9]{0,4})", re.ASCII)


def trade_code(text: str) -> str | None:
    """A GB/T 4754 code with its section letter (3073 -> C3073); None when it is none, or letter and digits disagree."""
    match = _TRADE.fullmatch(text.strip())
    if match is None or not (match[1] or match[2]):
        return None
    letter, digits = match[1].upper(), match[2]
    if not digits:
        return letter
    if len(digits) < 2:
        return None
    found = next((s for s, low, high in _SECTIONS if low <= int(digits[:2]) <= high), None)
    if found is None or (letter and letter != found):
        return None
    return found + digits


def rule_faults(rules: Sequence[Any], *, at: str = "/rules") -> list[FieldFault]:
    """Everything that is wrong with a policy's rules, each named by its place."""
    if len(rules) > RULES_MAX:
        return [
            field_fault(
                at, "rules-too-many", f"条件最多 {RULES_MAX} 条", f"At most {RULES_MAX} rules"
            )
        ]
    return [fault for n, rule in enumerate(rules) for fault in _faults_of(rule, f"{at}/{n}", 1)]


@dataclass(frozen=True, kw_only=True)
class RuleVerdict:
    """One rule held against a profile, in words; `lacks` names profile fields that would settle it."""

    words: str
    verdict: Verdict
    why: str
    lacks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PolicyVerdict:
    """A policy held against a profile."""

    verdict: Verdict
    rules: tuple[RuleVerdict, ...]

    @property
    def lacks(self) -> tuple[str, ...]:
        """Profile fields that are missing and would settle it."""
        return tuple(dict.fromkeys(name for rule in self.rules for name in rule.lacks))

    @property
    def to_fit(self) -> tuple[str, ...]:
        """What stands in the way, in words."""
        return tuple(rule.why for rule in self.rules if rule.verdict is Verdict.NOT)


def judge(rules: Sequence[Rule], profile: Mapping[str, Any], *, on: date) -> PolicyVerdict:
    """Hold a policy's rules against a profile as it is on a day. `profile`: field to value, None or absent when not said."""
    judged = tuple(_judged(rule, profile, on) for rule in rules)
    return PolicyVerdict(verdict=_all(rule.verdict for rule in judged), rules=judged)


def words_of(rule: Rule) -> str:
    """A rule as a person would say it."""
    for name, joint in (("all", " 且 "), ("any", " 或 ")):
        if name in rule:
            return "（" + joint.join(words_of(inner) for inner in rule[name]) + "）"
    if "not" in rule:
        return f"不是：{words_of(rule['not'])}"
    fact = rule["fact"]
    if fact == "age_years":
        return _years_in_words(rule)
    if fact == "certificates":
        how, joint = ("持有", "、") if "has_all" in rule else ("持有其中之一：", "、")
        return how + joint.join(rule.get("has_all") or rule.get("has_any") or ())
    named = {"size": SIZES, "ownership": OWNERSHIPS}.get(fact, {})
    values = [named.get(value, value) for value in rule.get("in") or rule.get("within") or ()]
    return f"{FACTS[fact]}为 {'、'.join(values)}"


def _years_in_words(rule: Rule) -> str:
    low, high = rule.get("min"), rule.get("max")
    if low is not None and high is not None:
        return f"成立满 {low} 年且不超过 {high} 年"
    return f"成立满 {low} 年" if low is not None else f"成立不超过 {high} 年"


def _judged(rule: Rule, profile: Mapping[str, Any], on: date) -> RuleVerdict:
    verdict = _verdict(rule, profile, on)
    words = words_of(rule)
    lacks = tuple(_lacking(rule, profile)) if verdict is Verdict.UNKNOWN else ()
    if verdict is Verdict.UNKNOWN:
        why = f"企业档案未填写：{'、'.join(lacks)}，无法判断"
    elif verdict is Verdict.FITS:
        why = f"符合：{words}"
    else:
        why = f"不符合：要求{words}；{_present(rule, profile, on)}"
    return RuleVerdict(words=words, verdict=verdict, why=why, lacks=lacks)


def _present(rule: Rule, profile: Mapping[str, Any], on: date) -> str:
    said = []
    for fact in dict.fromkeys(_facts_in(rule)):
        value = _value(fact, profile, on)
        named = {"size": SIZES, "ownership": OWNERSHIPS}.get(fact, {})
        if fact == "certificates":
            value = "、".join(value or ()) or "无"
        said.append(
            f"{FACTS[fact]}为 {named.get(str(value), value if value is not None else '未填')}"
        )
    return "，".join(said)


def _verdict(rule: Rule, profile: Mapping[str, Any], on: date) -> Verdict:
    if "all" in rule:
        return _all(_verdict(inner, profile, on) for inner in rule["all"])
    if "any" in rule:
        return _opposite(_all(_opposite(_verdict(inner, profile, on)) for inner in rule["any"]))
    if "not" in rule:
        return _opposite(_verdict(rule["not"], profile, on))
    value = _value(rule["fact"], profile, on)
    if value is None:
        return Verdict.UNKNOWN
    return Verdict.FITS if _holds(rule, value) else Verdict.NOT


def _all(verdicts: Iterator[Verdict]) -> Verdict:
    found = set(verdicts)
    if Verdict.NOT in found:
        return Verdict.NOT
    return Verdict.UNKNOWN if Verdict.UNKNOWN in found else Verdict.FITS


def _opposite(verdict: Verdict) -> Verdict:
    return {Verdict.FITS: Verdict.NOT, Verdict.NOT: Verdict.FITS}.get(verdict, verdict)


def _holds(rule: Rule, value: Any) -> bool:
    fact = rule["fact"]
    if fact == "trade":
        return any(value.startswith(str(trade_code(prefix))) for prefix in rule["within"])
    if fact == "place":
        return any(value.startswith(subtree_prefix(division)) for division in rule["within"])
    if fact == "age_years":
        low, high = rule.get("min"), rule.get("max")
        return (low is None or value >= low) and (high is None or value <= high)
    if fact == "certificates":
        if "has_all" in rule:
            return set(rule["has_all"]) <= set(value)
        return bool(set(rule["has_any"]) & set(value))
    return value in rule["in"]


def _value(fact: str, profile: Mapping[str, Any], on: date) -> Any:
    """What a profile says of a fact; None when it says nothing."""
    value = profile.get(PROFILE_FIELDS[fact])
    if value is None:
        return None
    if fact == "age_years":
        begun = value if isinstance(value, date) else date.fromisoformat(value)
        # Whole years; a firm registered on 29 February is a year older on 1 March.
        return max(0, on.year - begun.year - ((on.month, on.day) < (begun.month, begun.day)))
    return trade_code(value) if fact == "trade" else value


def _lacking(rule: Rule, profile: Mapping[str, Any]) -> Iterator[str]:
    for fact in dict.fromkeys(_facts_in(rule)):
        if profile.get(PROFILE_FIELDS[fact]) is None:
            yield PROFILE_FIELDS[fact]


def _facts_in(rule: Rule) -> Iterator[str]:
    for inner in (*rule.get("all", ()), *rule.get("any", ())):
        yield from _facts_in(inner)
    if "not" in rule:
        yield from _facts_in(rule["not"])
    if "fact" in rule:
        yield rule["fact"]


def _faults_of(rule: Any, at: str, depth: int) -> Iterator[FieldFault]:
    if depth > DEPTH_MAX:
        yield field_fault(
            at, "rule-too-deep", f"条件嵌套不能超过 {DEPTH_MAX} 层", "Rules are nested too deeply"
        )
    elif not isinstance(rule, Mapping):
        yield field_fault(
            at, "rule-not-object", "每条条件应为 JSON 对象", "A rule is a JSON object"
        )
    elif len(joints := [name for name in ("all", "any", "not", "fact") if name in rule]) != 1:
        yield field_fault(
            at,
            "rule-kind",
            "每条条件须且只能含 fact、all、any、not 之一",
            "A rule has exactly one of fact, all, any, not",
        )
    elif joints == ["fact"]:
        yield from _fact_faults(rule, at)
    else:
        yield from _joint_faults(rule, joints[0], at, depth)


def _joint_faults(rule: Rule, joint: str, at: str, depth: int) -> Iterator[FieldFault]:
    if set(rule) != {joint}:
        named = "、".join(sorted(set(rule) - {joint}))
        yield field_fault(
            at, "rule-unknown-key", f"不认识：{named}", f"Unknown keys beside {joint}"
        )
    if joint == "not":
        yield from _faults_of(rule["not"], f"{at}/not", depth + 1)
        return
    inner = rule[joint]
    if not isinstance(inner, list | tuple) or not 0 < len(inner) <= RULES_MAX:
        yield field_fault(
            f"{at}/{joint}", "rule-empty", f"{joint} 应为非空列表", f"`{joint}` is a list of rules"
        )
        return
    for n, one in enumerate(inner):
        yield from _faults_of(one, f"{at}/{joint}/{n}", depth + 1)


def _fact_faults(rule: Rule, at: str) -> Iterator[FieldFault]:
    fact = rule["fact"]
    if not isinstance(fact, str) or fact not in FACTS:
        known = "、".join(FACTS)
        yield field_fault(
            f"{at}/fact",
            "fact-unknown",
            f"没有这个条件项；可用：{known}",
            f"Unknown fact; use {known}",
        )
        return
    kinds = _KINDS[fact]
    given = [name for name in rule if name != "fact"]
    wrong = [name for name in given if name not in kinds]
    if not given or wrong or (fact == "certificates" and len(given) > 1):
        named = " 或 ".join(kinds)
        yield field_fault(
            at, "rule-operator", f"{FACTS[fact]}应写 {named}", f"`{fact}` takes {named}"
        )
        return
    if fact == "age_years":
        yield from _years_faults(rule, at)
        return
    for name in given:
        yield from _values_faults(fact, rule[name], f"{at}/{name}")


def _years_faults(rule: Rule, at: str) -> Iterator[FieldFault]:
    bounds = [rule[name] for name in ("min", "max") if name in rule]
    if not all(type(each) is int and 0 <= each <= _YEARS_MAX for each in bounds):
        yield field_fault(
            at, "years-not-number", "年限应为 0 至 200 的整数", "Years are whole, 0 to 200"
        )
    elif bounds != sorted(bounds):
        yield field_fault(
            at, "years-reversed", "min 大于 max，没有企业能符合", "min is above max: nobody fits"
        )


def _values_faults(fact: str, values: Any, at: str) -> Iterator[FieldFault]:
    if not isinstance(values, list | tuple) or not 0 < len(values) <= VALUES_MAX:
        yield field_fault(
            at,
            "values-empty",
            f"应为 1 至 {VALUES_MAX} 个值的列表",
            f"A list of 1 to {VALUES_MAX} values",
        )
        return
    for n, value in enumerate(values):
        if not isinstance(value, str) or not _is_value(fact, value):
            yield field_fault(
                f"{at}/{n}",
                "value-unknown",
                f"不是有效的{FACTS[fact]}：{str(value)[:40]}",
                f"Not a value of `{fact}`: {str(value)[:40]}",
            )


def _is_value(fact: str, value: str) -> bool:
    if fact == "size":
        return value in SIZES
    if fact == "ownership":
        return value in OWNERSHIPS
    if fact == "trade":
        return trade_code(value) is not None
    return _CODES[fact].fullmatch(value) is not None

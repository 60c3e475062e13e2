"""The small language of JSON in which publishing rules (发布规则) say what must hold of a guide.

{"all": [rule, …]}  {"any": [rule, …]}  {"not": rule}
{"eq" | "ne" | "lt" | "le" | "gt" | "ge": [left, right]}   {"in": [left, [value, …]]}
{"contains": [fact, right]}   a text within a text, a value among texts
{"matches": [fact, pattern]}   the whole text; in a pattern * is any text, ? one character, # one digit
{"overlaps" | "within": [fact, [value, …]]}   some, or all, of its values   {"filled": fact}   {"empty": fact}
left: the name of a fact, {"sum": [fact, …]}, {"count": [fact, …]} (how many are filled) or {"length": fact}
(characters of a text, entries of a list)
right: a value, {"fact": name}, {"parameter": name}, {"sum": …}, {"count": …} or {"length": fact}

A parameter is a value, or {"list": name}: what a list of the city holds when the rule is asked (LISTS).

The same rule is evaluated here for one guide and compiled to SQL for all of them (repository/rule_sql.py): a
comparison with a fact that is missing never holds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from catalog.domain.guide_facts import FACTS, Facts
from chassis.errors import FieldFault, InvalidError
from contracts.guide import Guide

DEPTH_MAX = 12
PARTS_MAX = 200
NUMBER_MAX = 1_000_000
PATTERN_CHARACTERS_MAX = 100
PATTERN_STARS_MAX = 10
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
LISTS = {
    "person-themes": "在用的自然人主题代码",
    "enterprise-themes": "在用的法人主题代码",
    "themes": "在用的全部主题代码",
}
"""Lists that a parameter may name instead of holding its values: `{"list": "person-themes"}`."""
_ORDERED = ("lt", "le", "gt", "ge")

Expression = Mapping[str, Any]


class RuleExpressionError(InvalidError):
    code = "rule-expression-wrong"
    title_zh = "规则表达式有误，请按 errors 逐项修改后再启用"
    title_en = "The rule's expression cannot be used; mend what errors name and send it again"


def holds(expression: Expression, facts: Facts, parameters: Mapping[str, Any]) -> bool:
    """Whether a checked expression holds of these facts."""
    [(operator, given)] = expression.items()
    if operator == "all":
        return all(holds(each, facts, parameters) for each in given)
    if operator == "any":
        return any(holds(each, facts, parameters) for each in given)
    if operator == "not":
        return not holds(given, facts, parameters)
    if operator in {"filled", "empty"}:
        return _is_filled(facts[given]) == (operator == "filled")
    left = left_value(given[0], facts)
    right = _right_value(given[1], facts, parameters)
    if left is None or right is None:
        return False
    return _HOLDS[operator](left, right)


def pattern_parts(pattern: str) -> list[str]:
    """A pattern as regular expressions, one for what stands between each two stars; the same in PostgreSQL."""
    wild = {"?": ".", "#": "[0-9]"}
    return ["".join(wild.get(c) or re.escape(c) for c in part) for part in pattern.split("*")]


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Never goes back over a star that has found its text, so that no text takes long."""
    first, *rest = pattern_parts(pattern)
    if not rest:
        return re.compile(first, re.DOTALL)
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{between}.*{rest[-1]}", re.DOTALL)


_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "lt": lambda left, right: bool(left < right),
    "le": lambda left, right: bool(left <= right),
    "gt": lambda left, right: bool(left > right),
    "ge": lambda left, right: bool(left >= right),
    "in": lambda left, right: left in right,
    "contains": lambda left, right: right in left,
    "overlaps": lambda left, right: bool(set(left) & set(right)),
    "within": lambda left, right: set(left) <= set(right),
    "matches": lambda left, right: _compiled(right).fullmatch(left) is not None,
}


def _is_filled(value: Any) -> bool:
    """Nothing, no text, no entry: empty. A number is filled when there is one."""
    return value is not None and value not in ("", [], ())


def left_value(operand: Any, facts: Facts) -> Any:
    if isinstance(operand, str):
        return facts[operand]
    [(operator, names)] = operand.items()
    if operator == "length":
        return len(facts[names] or "")
    if operator == "sum":
        return sum(facts[name] or 0 for name in names)
    return sum(_is_filled(facts[name]) for name in names)


def _right_value(operand: Any, facts: Facts, parameters: Mapping[str, Any]) -> Any:
    if not isinstance(operand, Mapping):
        return operand
    [(operator, given)] = operand.items()
    if operator == "parameter":
        return parameters[given]
    return facts[given] if operator == "fact" else left_value(operand, facts)


def check_expression(
    expression: Any, parameters: Mapping[str, Any], *, pointers: Sequence[str] = ()
) -> None:
    """Raise RuleExpressionError naming every unknown fact, field, operator or parameter, and every wrong type."""
    checker = _Checker(parameters=parameters)
    checker.rule(expression, "/expression", 0)
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            checker.list_named(value, f"/parameters/{name}")
    checker.pointers(pointers)
    if checker.faults:
        raise RuleExpressionError(faults=tuple(checker.faults[:50]))


@dataclass(kw_only=True)
class _Checker:
    parameters: Mapping[str, Any]
    faults: list[FieldFault] = field(default_factory=list)
    parts: int = 0

    def fault(self, at: str, code: str, zh: str, en: str) -> None:
        self.faults.append(FieldFault(pointer=at, code=code, zh=zh, en=en))

    def rule(self, given: Any, at: str, depth: int) -> None:
        self.parts += 1
        if depth > DEPTH_MAX or self.parts > PARTS_MAX:
            self.fault(
                at, "rule-too-deep", "规则过于复杂，请拆分", "Too deep or too long: split it"
            )
            return
        if not isinstance(given, Mapping) or len(given) != 1:
            self.fault(
                at,
                "rule-malformed",
                "每一层应为只含一个运算符的对象",
                "Each level is an object with one operator",
            )
            return
        [(operator, inner)] = given.items()
        at = f"{at}/{operator}"
        if operator in {"all", "any"}:
            self._several(inner, at, depth)
        elif operator == "not":
            self.rule(inner, at, depth + 1)
        elif operator in {"filled", "empty"}:
            self.fact(inner, at)
        elif operator in _HOLDS:
            self._pair(str(operator), inner, at)
        else:
            self.fault(
                at,
                "operator-unknown",
                f"没有运算符 {operator}",
                f"There is no operator {operator}",
            )

    def pointers(self, given: Sequence[str]) -> None:
        """Where a finding points: at fields of a guide that there are."""
        for place, pointer in enumerate(given):
            name = pointer.removeprefix("/").split("/")[0]
            if name not in Guide.model_fields:
                self.fault(
                    f"/pointers/{place}",
                    "field-unknown",
                    f"办事指南没有字段 {name}；可用：{'、'.join(Guide.model_fields)}",
                    f"A guide has no field {name}; there are: {', '.join(Guide.model_fields)}",
                )

    def _several(self, inner: Any, at: str, depth: int) -> None:
        if not isinstance(inner, Sequence) or isinstance(inner, str) or not inner:
            self.fault(at, "rule-malformed", "应为非空列表", "A list with at least one rule")
            return
        for place, each in enumerate(inner):
            self.rule(each, f"{at}/{place}", depth + 1)

    def fact(self, name: Any, at: str) -> str | None:
        """The kind of a fact; None, and a fault, when there is no such fact."""
        if isinstance(name, str) and name in FACTS:
            return FACTS[name][0]
        known = "、".join(FACTS)
        self.fault(
            at,
            "fact-unknown",
            f"没有要素 {name}；可用：{known}",
            f"There is no fact {name}; there are: {', '.join(FACTS)}",
        )
        return None

    def _pair(self, operator: str, inner: Any, at: str) -> None:
        if not isinstance(inner, Sequence) or isinstance(inner, str) or len(inner) != 2:
            self.fault(at, "rule-malformed", "应为两个操作数", "Two operands")
            return
        left, right = self._left(inner[0], f"{at}/0"), self._right(inner[1], f"{at}/1")
        if left is None or right is None:
            return
        if not _fits(operator, left, right):
            self.fault(
                at,
                "types-differ",
                f"{operator} 不能比较 {left} 与 {right}",
                f"{operator} does not compare {left} with {right}",
            )
        elif operator == "matches":
            self._pattern(inner[1], f"{at}/1")

    def _pattern(self, operand: Any, at: str) -> None:
        if isinstance(operand, Mapping):
            operand = self.parameters.get(operand.get("parameter", ""))
        is_sound = isinstance(operand, str) and 0 < len(operand) <= PATTERN_CHARACTERS_MAX
        if not is_sound or operand.count("*") > PATTERN_STARS_MAX or "**" in operand:
            self.fault(
                at,
                "pattern-unusable",
                f"格式应为 1 至 {PATTERN_CHARACTERS_MAX} 字的文字或参数，* 至多 {PATTERN_STARS_MAX} 个且不相连",
                f"A pattern is a text or parameter of 1 to {PATTERN_CHARACTERS_MAX} characters with at most "
                f"{PATTERN_STARS_MAX} stars, no two together",
            )

    def _left(self, operand: Any, at: str) -> str | None:
        if isinstance(operand, Mapping) and len(operand) == 1:
            return self._reckoned(operand, at)
        return self.fact(operand, at)

    def _reckoned(self, operand: Mapping[str, Any], at: str) -> str | None:
        [(operator, names)] = operand.items()
        if operator == "length":
            return self._length(names, f"{at}/length")
        is_list = isinstance(names, Sequence) and not isinstance(names, str) and bool(names)
        if operator not in {"sum", "count"} or not is_list:
            self.fault(
                at,
                "operand-unknown",
                "操作数应为要素名、sum、count 或 length",
                "An operand is a fact's name, sum, count or length of facts",
            )
            return None
        kinds = [self.fact(name, f"{at}/{place}") for place, name in enumerate(names)]
        if operator == "sum" and set(kinds) != {"number"}:
            self.fault(at, "types-differ", "sum 只能用于数值要素", "Only numbers are summed")
            return None
        return "number"

    def _length(self, name: Any, at: str) -> str | None:
        kind = self.fact(name, at)
        if kind in {"number", "flag"}:
            self.fault(
                at,
                "types-differ",
                "length 只能用于文字或列表要素",
                "Only a text or a list has a length",
            )
            return None
        return None if kind is None else "number"

    def _right(self, operand: Any, at: str) -> str | None:
        if not isinstance(operand, Mapping):
            return self._value(operand, at)
        if len(operand) != 1:
            self.fault(at, "rule-malformed", "操作数有误", "The operand cannot be read")
            return None
        [(operator, given)] = operand.items()
        if operator == "fact":
            return self.fact(given, at)
        if operator != "parameter":
            return self._reckoned(operand, at)
        if not isinstance(given, str) or given not in self.parameters:
            self.fault(
                at,
                "parameter-unknown",
                f"没有参数 {given}，请在 parameters 中给出",
                f"There is no parameter {given}; give it in parameters",
            )
            return None
        value = self.parameters[given]
        # A parameter that names a list is looked at by itself, whether or not the rule asks for it.
        return "texts" if isinstance(value, Mapping) else self._value(value, at)

    def list_named(self, value: Mapping[str, Any], at: str) -> None:
        if list(value) == ["list"] and value["list"] in tuple(LISTS):
            return
        known = "、".join(LISTS)
        self.fault(
            at,
            "list-unknown",
            f'没有这个清单；写作 {{"list": 名称}}，可用：{known}',
            f'There is no such list; write {{"list": name}}, one of: {", ".join(LISTS)}',
        )

    def _value(self, value: Any, at: str) -> str | None:
        if isinstance(value, bool):
            return "flag"
        if isinstance(value, int) and abs(value) <= NUMBER_MAX:
            return "number"
        if isinstance(value, str):
            return "text"
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return "texts"
        self.fault(
            at,
            "value-unknown",
            "取值应为整数、文字、是否或文字列表",
            "A value is a whole number, a text, true, false or a list of texts",
        )
        return None


def _fits(operator: str, left: str, right: str) -> bool:
    if operator in _ORDERED:
        return left == right == "number"
    if operator in {"eq", "ne"}:
        return left == right != "texts"
    if operator == "in":
        return (left, right) == ("text", "texts")
    if operator == "contains":
        return right == "text" and left in {"text", "texts"}
    if operator == "matches":
        return left == right == "text"
    return (left, right) == ("texts", "texts")

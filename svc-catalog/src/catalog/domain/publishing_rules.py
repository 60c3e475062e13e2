"""Publishing rules (发布规则) as data: what must hold of a guide, in a small language of JSON.

{"all": [rule, …]}  {"any": [rule, …]}  {"not": rule}
{"eq" | "ne" | "lt" | "le" | "gt" | "ge": [left, right]}   {"in": [left, [value, …]]}
{"contains": [fact, right]}   a text within a text, a value among texts
{"overlaps": [fact, [value, …]]}   {"filled": fact}   {"empty": fact}
left: the name of a fact, {"sum": [fact, …]} or {"count": [fact, …]} (how many are filled)
right: a value, {"fact": name}, {"parameter": name}, {"sum": …} or {"count": …}

The same rule is evaluated here for one guide and compiled to SQL for all of them (repository/rule_sql.py): a
comparison with a fact that is missing never holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog.domain.guide_facts import FACTS, Facts
from chassis.errors import FieldFault, InvalidError

DEPTH_MAX = 12
PARTS_MAX = 200
NUMBER_MAX = 1_000_000
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_ORDERED = ("lt", "le", "gt", "ge")

Expression = Mapping[str, Any]


class Severity(StrEnum):
    REFUSE = "refuse"
    """A guide that breaks it is not published."""
    FINDING = "finding"
    """It may be published; the audit opens a finding."""


class RuleKind(StrEnum):
    GUIDE = "guide"
    """An expression over the facts of one guide."""
    DIVISIONS = "divisions"
    """The same item in other divisions: its pointers name what is compared."""
    CHANNELS = "channels"
    """What a channel really shows."""


class RuleExpressionError(InvalidError):
    code = "rule-expression-wrong"
    title_zh = "规则表达式有误，请按 errors 逐项修改后再启用"
    title_en = "The rule's expression cannot be used; mend what errors name and send it again"


@dataclass(frozen=True, kw_only=True)
class PublishingRule:
    code: str
    version: int
    kind: RuleKind
    expression: Expression
    parameters: Mapping[str, Any]
    pointers: tuple[str, ...]
    message_zh: str
    message_en: str
    how_to_mend_zh: str
    how_to_mend_en: str
    severity: Severity
    is_enabled: bool
    applies_to: tuple[str, ...] = ()
    """Task types; empty: every one."""

    def is_broken_by(self, facts: Facts) -> bool:
        """Whether a guide with these facts breaks it."""
        if self.kind is not RuleKind.GUIDE:
            return False
        if self.applies_to and facts["task_type"] not in self.applies_to:
            return False
        return not holds(self.expression, facts, self.parameters)

    def words(self) -> tuple[str, str]:
        """What is wrong, with the parameters filled in."""
        shown = {
            name: "、".join(map(str, value)) if isinstance(value, list) else value
            for name, value in self.parameters.items()
        }
        return _filled_in(self.message_zh, shown), _filled_in(self.message_en, shown)

    def mending(self) -> tuple[str, str]:
        shown = {name: str(value) for name, value in self.parameters.items()}
        return _filled_in(self.how_to_mend_zh, shown), _filled_in(self.how_to_mend_en, shown)

    def fault(self) -> FieldFault:
        """As a publisher is told."""
        (zh, en), (mend_zh, mend_en) = self.words(), self.mending()
        return FieldFault(
            pointer=f"/guide{self.pointers[0]}",
            code=self.code,
            zh=f"{zh}；{mend_zh}",
            en=f"{en}; {mend_en}",
        )


def _filled_in(text: str, parameters: Mapping[str, Any]) -> str:
    for name, value in parameters.items():
        text = text.replace("{" + name + "}", str(value))
    return text


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
}


def _is_filled(value: Any) -> bool:
    """Nothing, no text, no entry: empty. A number is filled when there is one."""
    return value is not None and value not in ("", [], ())


def left_value(operand: Any, facts: Facts) -> Any:
    if isinstance(operand, str):
        return facts[operand]
    [(operator, names)] = operand.items()
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


def check_expression(expression: Any, parameters: Mapping[str, Any]) -> None:
    """Raise RuleExpressionError naming every unknown fact, operator or parameter, and every wrong type."""
    checker = _Checker(parameters=parameters)
    checker.rule(expression, "/expression", 0)
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

    def _left(self, operand: Any, at: str) -> str | None:
        if isinstance(operand, Mapping) and len(operand) == 1:
            return self._reckoned(operand, at)
        return self.fact(operand, at)

    def _reckoned(self, operand: Mapping[str, Any], at: str) -> str | None:
        [(operator, names)] = operand.items()
        is_list = isinstance(names, Sequence) and not isinstance(names, str) and bool(names)
        if operator not in {"sum", "count"} or not is_list:
            self.fault(
                at,
                "operand-unknown",
                "操作数应为要素名、sum 或 count",
                "An operand is a fact's name, sum or count of facts",
            )
            return None
        kinds = [self.fact(name, f"{at}/{place}") for place, name in enumerate(names)]
        if operator == "sum" and set(kinds) != {"number"}:
            self.fault(at, "types-differ", "sum 只能用于数值要素", "Only numbers are summed")
            return None
        return "number"

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
        if given not in self.parameters:
            self.fault(
                at,
                "parameter-unknown",
                f"没有参数 {given}，请在 parameters 中给出",
                f"There is no parameter {given}; give it in parameters",
            )
            return None
        return self._value(self.parameters[given], at)

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
    return (left, right) == ("texts", "texts")

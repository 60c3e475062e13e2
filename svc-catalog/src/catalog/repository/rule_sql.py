"""Publishing rules as SQL over `item_facts`: the same answers as domain/publishing_rules.py, for all items at once."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from catalog.domain.guide_facts import FACTS
from catalog.domain.publishing_rules import PublishingRule, RuleKind
from catalog.domain.rule_language import Expression, pattern_parts
from catalog.tables.audit import item_facts

Condition = ColumnElement[bool]


def broken(rule: PublishingRule) -> Condition:
    """The rows of `item_facts` whose guides break the rule."""
    if rule.kind is not RuleKind.GUIDE:
        return false()
    condition = not_(_holds(rule.expression, rule.parameters))
    if rule.applies_to:
        return and_(item_facts.c.task_type.in_(rule.applies_to), condition)
    return condition


def _holds(expression: Expression, parameters: Mapping[str, Any]) -> Condition:
    [(operator, given)] = expression.items()
    if operator == "all":
        return and_(true(), *(_holds(each, parameters) for each in given))
    if operator == "any":
        return or_(false(), *(_holds(each, parameters) for each in given))
    if operator == "not":
        return not_(_holds(given, parameters))
    if operator == "filled":
        return _filled(given)
    if operator == "empty":
        return not_(_filled(given))
    if operator == "matches":
        return _matches(given[0], given[1], parameters)
    return func.coalesce(
        _COMPARED[operator](_left(given[0]), _right(given[1], parameters)), false()
    )


_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "in": lambda left, right: left == func.any(right),
    "contains": lambda left, right: (
        right == func.any(left) if isinstance(left.type, ARRAY) else func.strpos(left, right) > 0
    ),
    "overlaps": lambda left, right: left.bool_op("&&")(right),
    "within": lambda left, right: left.bool_op("<@")(right),
}


def _matches(name: str, operand: Any, parameters: Mapping[str, Any]) -> Condition:
    pattern = parameters[operand["parameter"]] if isinstance(operand, Mapping) else operand
    whole = f"^{'.*'.join(pattern_parts(pattern))}$"
    return func.coalesce(_column(name).bool_op("~")(literal(whole, Text())), false())


def _filled(name: str) -> Condition:
    column, kind = _column(name), FACTS[name][0]
    if kind == "text":
        return func.coalesce(column != "", false())
    if kind == "texts":
        return func.coalesce(func.cardinality(column) > 0, false())
    return column.is_not(None)


def _left(operand: Any) -> ColumnElement[Any]:
    if isinstance(operand, str):
        return _column(operand)
    [(operator, names)] = operand.items()
    if operator == "length":
        measure = func.cardinality if FACTS[names][0] == "texts" else func.char_length
        return measure(_column(names), type_=Integer())
    parts: list[ColumnElement[int]] = (
        [func.coalesce(_column(name), 0) for name in names]
        if operator == "sum"
        else [case((_filled(name), 1), else_=0) for name in names]
    )
    total: ColumnElement[int] = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _right(operand: Any, parameters: Mapping[str, Any]) -> ColumnElement[Any]:
    if not isinstance(operand, Mapping):
        return _value(operand)
    [(operator, given)] = operand.items()
    if operator == "parameter":
        return _value(parameters[given])
    return _column(given) if operator == "fact" else _left(operand)


def _value(value: Any) -> ColumnElement[Any]:
    if isinstance(value, list | tuple):
        return cast(literal(list(value), ARRAY(Text)), ARRAY(Text))
    if isinstance(value, bool):
        return true() if value else false()
    return literal(value, Integer() if isinstance(value, int) else Text())


def _column(name: str) -> Column[Any]:
    return item_facts.c[name]

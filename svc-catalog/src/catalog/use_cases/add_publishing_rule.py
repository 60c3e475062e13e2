from collections.abc import Mapping
from typing import Any

from catalog.domain.publishing_rules import RuleKind, RuleThereError, check_code
from catalog.domain.rule_language import check_expression
from catalog.repository.audit import add_rule, is_rule_there
from chassis.transaction import Transaction


async def add_publishing_rule(
    code: str, content: Mapping[str, Any], tx: Transaction, *, reason: str
) -> None:
    """A new rule, checked before it counts; guides already published are found by the next audit.

    Raises RuleThereError, RuleExpressionError.
    """
    check_code(code)
    check_expression(content["expression"], content["parameters"], pointers=content["pointers"])
    if await is_rule_there(tx, code):
        raise RuleThereError
    add_rule(tx, code, {**content, "kind": RuleKind.GUIDE.value}, reason=reason)

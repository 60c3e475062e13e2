from collections.abc import Mapping
from typing import Any

from catalog.domain.publishing_rules import RuleKind
from catalog.domain.rule_language import check_expression
from catalog.repository.audit import get_rule, store_rule
from chassis.transaction import Transaction


async def change_publishing_rule(
    code: str, content: Mapping[str, Any], tx: Transaction, *, reason: str
) -> None:
    """The next version of a rule, checked before it counts; findings follow at the next audit.

    Raises NotFoundError, PreconditionError, RuleExpressionError, RuleRetiredError.
    """
    rule = await get_rule(tx, code)
    rule.check_changeable()
    if rule.kind is RuleKind.GUIDE:
        check_expression(content["expression"], content["parameters"], pointers=content["pointers"])
    store_rule(tx, code, rule.version, {**content, "kind": rule.kind.value}, reason=reason)

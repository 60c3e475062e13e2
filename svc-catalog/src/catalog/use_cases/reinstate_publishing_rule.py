from catalog.domain.publishing_rules import RuleNotRetiredError
from catalog.domain.rule_language import check_expression
from catalog.repository.audit import get_rule, store_rule
from chassis.transaction import Transaction


async def reinstate_publishing_rule(code: str, tx: Transaction, *, reason: str) -> None:
    """Take a retired rule up again, as it was, if it can still be asked.

    Raises NotFoundError, PreconditionError, RuleNotRetiredError, RuleExpressionError.
    """
    rule = await get_rule(tx, code)
    if not rule.is_retired:
        raise RuleNotRetiredError
    check_expression(rule.expression, rule.parameters, pointers=rule.pointers)
    store_rule(tx, code, rule.version, {"is_retired": False}, reason=reason)

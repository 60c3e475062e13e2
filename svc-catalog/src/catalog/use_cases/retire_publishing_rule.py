from catalog.repository.audit import get_rule, store_rule
from chassis.transaction import Transaction


async def retire_publishing_rule(code: str, tx: Transaction, *, reason: str) -> None:
    """A rule that holds no longer (停用); what is open of it is closed by the next audit.

    Raises NotFoundError, PreconditionError, RuleRetiredError, ComparisonNotRetiredError.
    """
    rule = await get_rule(tx, code)
    rule.check_retirable()
    store_rule(tx, code, rule.version, {"is_retired": True}, reason=reason)

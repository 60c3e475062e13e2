from uuid import UUID

from catalog.repository.enterprise_policies import (
    add_policy_step,
    get_policy,
    mark_span,
    store_policy,
)
from chassis.clock import local_date
from chassis.transaction import Transaction


async def mark_policy_budget(
    policy_id: UUID, tx: Transaction, *, is_exhausted: bool, reason: str
) -> None:
    """Say that a policy's budget is used up (资金用完), or that it is not; raises PolicyNotPublishedError."""
    policy = await get_policy(tx, policy_id)
    tx.expect(policy.version)
    policy.mark_budget(is_exhausted=is_exhausted)
    store_policy(tx, policy)
    await mark_span(tx, policy_id, is_exhausted=is_exhausted, today=local_date(tx.now))
    step = "exhausted" if is_exhausted else "replenished"
    add_policy_step(tx, policy, step=step, reason=reason)
    await tx.flush()

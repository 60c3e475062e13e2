from uuid import UUID

from catalog.repository.enterprise_policies import (
    add_policy_step,
    close_span,
    get_policy,
    store_policy,
)
from chassis.clock import local_date
from chassis.transaction import Transaction


async def withdraw_policy(policy_id: UUID, tx: Transaction, *, reason: str) -> None:
    """End a policy (废止); a later version takes it up again. Raises PolicyNotPublishedError."""
    policy = await get_policy(tx, policy_id)
    tx.expect(policy.version)
    policy.withdraw()
    store_policy(tx, policy)
    await close_span(tx, policy_id, local_date(tx.now))
    add_policy_step(tx, policy, step="withdrawn", reason=reason)
    await tx.flush()

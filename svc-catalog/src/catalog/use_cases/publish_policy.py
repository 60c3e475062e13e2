from uuid import UUID

from catalog.repository.enterprise_policies import (
    add_policy_step,
    get_policy,
    get_policy_version,
    open_span,
    store_policy,
    store_policy_version,
)
from chassis.clock import local_date
from chassis.transaction import Transaction
from contracts.events.catalog import EnterprisePolicyPublished


async def publish_policy(policy_id: UUID, number: int, tx: Transaction) -> None:
    """Put a draft in force, by a second person of the department, when its rules are sound; told.

    Raises DraftPublishedError, DraftDiscardedError, SecondPersonNeededError, PolicyRulesError with every fault,
    PolicyExpiredError.
    """
    policy = await get_policy(tx, policy_id)
    draft = await get_policy_version(tx, policy_id, number)
    policy.publish(draft, by=tx.principal.subject, at=tx.now)
    store_policy(tx, policy)
    store_policy_version(tx, draft)
    await open_span(tx, policy, draft, local_date(tx.now))
    add_policy_step(tx, policy, step="published", reason="第二人复核后发布")
    tx.tell(
        EnterprisePolicyPublished(
            policy_id=policy_id, policy_code=policy.code, version=number, published_at=tx.now
        ),
        aggregate_id=policy_id,
        sequence=policy.version,
        division=policy.division,
        department=policy.department,
    )
    await tx.flush()

from uuid import UUID

from catalog.repository.enterprise_policies import (
    add_policy_step,
    get_policy,
    get_policy_version,
    has_other_policy_drafts,
    store_policy,
    store_policy_version,
)
from chassis.transaction import Transaction


async def discard_policy_draft(policy_id: UUID, number: int, reason: str, tx: Transaction) -> None:
    """End a draft that nobody will publish (作废), by any publisher of its department.

    Raises DraftPublishedError, DraftDiscardedError.
    """
    policy = await get_policy(tx, policy_id)
    draft = await get_policy_version(tx, policy_id, number)
    policy.discard(draft, is_last=not await has_other_policy_drafts(tx, draft))
    store_policy(tx, policy)
    store_policy_version(tx, draft)
    reason = f"作废第 {number} 版草稿：{reason}"
    add_policy_step(tx, policy, step="draft-discarded", reason=reason)
    await tx.flush()

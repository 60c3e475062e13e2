from uuid import UUID

from catalog.domain.enterprise_policies import Content
from catalog.repository.enterprise_policies import (
    add_policy_step,
    get_policy,
    get_policy_version,
    store_policy_version,
)
from chassis.transaction import Transaction


async def change_policy_draft(
    policy_id: UUID, number: int, content: Content, tx: Transaction
) -> None:
    """Replace a draft; who changes it becomes one of its drafters. Raises DraftPublishedError and the like."""
    policy = await get_policy(tx, policy_id)
    draft = await get_policy_version(tx, policy_id, number)
    draft.change(content, by=tx.principal.subject)
    store_policy_version(tx, draft)
    add_policy_step(tx, policy, step="redrafted", reason=f"修改第 {number} 版草稿")
    await tx.flush()

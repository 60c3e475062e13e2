from uuid import UUID

from catalog.domain.enterprise_policies import Content, PolicyVersion
from catalog.repository.enterprise_policies import (
    add_policy_step,
    add_policy_version,
    get_policy,
    store_policy,
)
from chassis.ids import new_id
from chassis.transaction import Transaction


async def add_policy_draft(policy_id: UUID, content: Content, tx: Transaction) -> PolicyVersion:
    """Draft the next version; the one in force stays in force. Raises PolicyIdentityError."""
    policy = await get_policy(tx, policy_id)
    draft = policy.draft(content, id=new_id(), by=tx.principal.subject, at=tx.now)
    store_policy(tx, policy)
    add_policy_version(tx, policy, draft)
    add_policy_step(tx, policy, step="drafted", reason=f"起草第 {draft.number} 版")
    await tx.flush()
    return draft

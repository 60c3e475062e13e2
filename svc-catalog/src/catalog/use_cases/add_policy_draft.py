from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.domain.enterprise_policies import check_policy_identity
from catalog.repository.enterprise_policies import (
    add_policy_step,
    add_policy_version,
    get_policy,
    store_policy,
)
from chassis.transaction import Transaction


async def add_policy_draft(policy_id: UUID, content: Mapping[str, Any], tx: Transaction) -> int:
    """Draft the next version; the one in force stays in force. Returns its number; raises PolicyIdentityError."""
    policy = await get_policy(tx, policy_id)
    check_policy_identity(policy, content)
    number = int(policy.latest_number) + 1
    store_policy(tx, policy, latest_number=number)
    add_policy_version(tx, policy_id, content, number)
    add_policy_step(tx, policy_id, step="drafted", state=policy.state, reason=f"起草第 {number} 版")
    await tx.flush()
    return number

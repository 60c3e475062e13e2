from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.domain.enterprise_policies import (
    PolicyDraftPublishedError,
    PolicyState,
    check_policy_identity,
)
from catalog.repository.enterprise_policies import (
    add_policy_step,
    get_policy,
    get_policy_version,
    store_policy_version,
)
from chassis.transaction import Transaction


async def change_policy_draft(
    policy_id: UUID, number: int, content: Mapping[str, Any], tx: Transaction
) -> None:
    """Replace a draft; who changes it becomes one of its drafters. Raises PolicyDraftPublishedError."""
    policy = await get_policy(tx, policy_id)
    version = await get_policy_version(tx, policy_id, number)
    tx.expect(version.version)
    if version.state != PolicyState.DRAFT:
        raise PolicyDraftPublishedError
    check_policy_identity(policy, content)
    drafters = list(dict.fromkeys((*version.drafters, tx.principal.subject)))
    store_policy_version(tx, version, content=dict(content), drafters=drafters)
    add_policy_step(
        tx, policy_id, step="redrafted", state=policy.state, reason=f"修改第 {number} 版草稿"
    )
    await tx.flush()

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.domain.enterprise_policies import PolicyDepartmentError, PolicyState
from catalog.repository.enterprise_policies import add_policy, add_policy_step, add_policy_version
from chassis.ids import new_id
from chassis.transaction import Transaction


async def create_policy(content: Mapping[str, Any], tx: Transaction) -> UUID:
    """A new policy of the own department with its first draft; raises PolicyDepartmentError. Returns its id."""
    if content["department"] != tx.principal.department:
        raise PolicyDepartmentError
    policy_id = new_id()
    add_policy(tx, policy_id, content)
    await tx.flush()
    add_policy_version(tx, policy_id, content, 1)
    add_policy_step(tx, policy_id, step="drafted", state=PolicyState.DRAFT, reason="新建惠企政策")
    await tx.flush()
    return policy_id

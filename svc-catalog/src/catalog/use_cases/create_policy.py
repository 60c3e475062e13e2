from catalog.domain.enterprise_policies import Content, Policy, PolicyDepartmentError, PolicyVersion
from catalog.repository.enterprise_policies import (
    add_policy,
    add_policy_step,
    add_policy_version,
    discarded_policy,
    store_policy,
)
from chassis.ids import new_id
from chassis.transaction import Transaction


async def create_policy(content: Content, tx: Transaction) -> PolicyVersion:
    """A new policy of the own department with its first draft; raises PolicyDepartmentError.

    One whose drafts were all discarded is taken up again.
    """
    if content["department"] != tx.principal.department:
        raise PolicyDepartmentError
    given_up = await discarded_policy(tx, content["code"])
    policy = given_up or Policy.create(content, id=new_id(), at=tx.now)
    draft = policy.draft(content, id=new_id(), by=tx.principal.subject, at=tx.now)
    if given_up is None:
        add_policy(tx, policy)
    else:
        store_policy(tx, policy)
    await tx.flush()
    add_policy_version(tx, policy, draft)
    add_policy_step(tx, policy, step="drafted", reason="新建惠企政策")
    await tx.flush()
    return draft

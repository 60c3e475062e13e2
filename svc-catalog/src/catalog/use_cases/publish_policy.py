from datetime import date
from uuid import UUID

from catalog.domain.enterprise_policies import (
    PolicyDraftPublishedError,
    PolicyExpiredError,
    PolicyRulesError,
    PolicySecondPersonError,
    PolicyState,
    rule_faults,
)
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

    Raises PolicyDraftPublishedError, PolicySecondPersonError, PolicyRulesError with every fault, PolicyExpiredError.
    """
    policy = await get_policy(tx, policy_id)
    version = await get_policy_version(tx, policy_id, number)
    tx.expect(version.version)
    if version.state != PolicyState.DRAFT:
        raise PolicyDraftPublishedError
    if tx.principal.subject in version.drafters:
        raise PolicySecondPersonError
    today = local_date(tx.now)
    ends = version.content["valid_until"]
    if ends and date.fromisoformat(ends) < today:
        raise PolicyExpiredError
    faults = rule_faults(version.content["rules"], at="/policy/rules")
    if faults:
        raise PolicyRulesError(faults=tuple(faults))
    store_policy(tx, policy, state=PolicyState.PUBLISHED, published_number=number)
    store_policy_version(
        tx,
        version,
        state=PolicyState.PUBLISHED,
        published_by=tx.principal.subject,
        published_at=tx.now,
    )
    await open_span(tx, policy, version, today)
    add_policy_step(
        tx, policy_id, step="published", state=PolicyState.PUBLISHED, reason="第二人复核后发布"
    )
    tx.tell(
        EnterprisePolicyPublished(
            policy_id=policy_id, policy_code=policy.code, version=number, published_at=tx.now
        ),
        aggregate_id=policy_id,
        sequence=policy.version + 1,
        division=policy.division,
        department=policy.department,
    )
    await tx.flush()

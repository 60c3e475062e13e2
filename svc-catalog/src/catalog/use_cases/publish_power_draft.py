from uuid import UUID

from catalog.domain.drafts import SecondPersonNeededError
from catalog.domain.powers import (
    Power,
    PowerFaultyError,
    Standing,
    content_faults,
)
from catalog.repository.powers import close_draft, get_draft, keep_listed, stages_by_type
from chassis.ids import new_id
from chassis.transaction import Transaction


async def publish_power_draft(draft_id: UUID, reason: str, tx: Transaction) -> Power:
    """Put a drafted power on the list (公布), by a second person; raises PowerFaultyError while parts are missing."""
    content, drafters, version = await get_draft(tx, draft_id)
    tx.expect(version)
    if tx.principal.subject in drafters:
        raise SecondPersonNeededError
    faults = content_faults(content, await stages_by_type(tx))
    if faults:
        raise PowerFaultyError(faults=faults)
    power = Power.create(id=new_id(), at=tx.now)
    power.list_as(
        content, id=new_id(), standing=Standing.IN_FORCE, at=tx.now, since=tx.now, why=reason
    )
    close_draft(tx, draft_id, version)
    await keep_listed(tx, power, seen=None)
    return power

from dataclasses import dataclass
from uuid import UUID

from catalog.domain.drafts import VersionState
from catalog.repository.in_force import enter_into_force
from catalog.repository.items import add_step, get_item, get_version, store_item, store_version
from catalog.tellings import tell_published
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class BeginScheduledVersion:
    item_id: UUID
    number: int


async def begin_scheduled_version(command: BeginScheduledVersion, tx: Transaction) -> bool:
    """A scheduled version's day has come (生效); False when another process was faster, or it was called back."""
    item = await get_item(tx, command.item_id)
    version = await get_version(tx, command.item_id, command.number)
    if version.state is not VersionState.SCHEDULED:
        return False
    item.begin(version, at=tx.now)
    store_item(tx, item)
    store_version(tx, version)
    await enter_into_force(tx, [(item, version)])
    add_step(tx, item, step="published", reason="到达生效日期", number=version.number)
    tell_published(tx, item, version)
    return True

from dataclasses import dataclass
from uuid import UUID

from catalog.domain.item import Item, ItemVersion
from catalog.repository.in_force import enter_into_force
from catalog.repository.items import (
    add_step,
    get_item,
    get_version,
    store_item,
    store_version,
)
from catalog.tellings import tell_published
from chassis.errors import PreconditionError
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class PublishDraft:
    item_id: UUID
    number: int
    seen: str
    """The draft's version that the publisher read, or `*`."""


async def publish_draft(command: PublishDraft, tx: Transaction) -> tuple[Item, ItemVersion]:
    """Put a draft in force (发布), by a second person of the department; told with the whole guide."""
    item = await get_item(tx, command.item_id)
    draft = await get_version(tx, command.item_id, command.number)
    if command.seen not in {"*", str(draft.version)}:
        raise PreconditionError
    item.publish(draft, by=tx.principal.subject, at=tx.now)
    store_item(tx, item)
    store_version(tx, draft)
    await enter_into_force(tx, [(item, draft)])
    add_step(tx, item, step="published", reason="第二人复核后发布", number=draft.number)
    tell_published(tx, item, draft)
    return item, draft

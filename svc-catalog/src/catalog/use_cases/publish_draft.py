from dataclasses import dataclass
from uuid import UUID

from catalog.domain.drafts import VersionState
from catalog.domain.item import Item, ItemVersion
from catalog.repository.drafts import check_publishable
from catalog.repository.in_force import enter_into_force
from catalog.repository.items import add_step, get_item, get_version, store_item, store_version
from catalog.repository.scheduled import check_none_scheduled
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
    """Put a draft in force (发布), by a second person of the department; told with the whole guide.

    For a guide with a later day it is scheduled, and told on that day.
    """
    item = await get_item(tx, command.item_id)
    draft = await get_version(tx, command.item_id, command.number)
    if command.seen not in {"*", str(draft.version)}:
        raise PreconditionError
    item.publish(draft, by=tx.principal.subject, at=tx.now)
    await check_publishable(tx, draft.guide)
    await check_none_scheduled(tx, item.id, except_number=draft.number)
    if draft.state is VersionState.SCHEDULED:
        item.take_step()
        reason = f"第二人复核后发布，{draft.guide.effective_from} 生效"
        add_step(tx, item, step="scheduled", reason=reason, number=draft.number)
    else:
        await enter_into_force(tx, [(item, draft)])
        add_step(tx, item, step="published", reason="第二人复核后发布", number=draft.number)
        tell_published(tx, item, draft)
    store_item(tx, item)
    store_version(tx, draft)
    return item, draft

from dataclasses import dataclass
from uuid import UUID

from catalog.domain.item import ItemVersion
from catalog.repository.items import add_step, get_item, get_version, store_version
from chassis.errors import PreconditionError
from chassis.transaction import Transaction
from contracts.guide import Guide


@dataclass(frozen=True, kw_only=True)
class ChangeDraft:
    item_id: UUID
    number: int
    guide: Guide
    seen: str
    """The draft's version that the caller saw, or `*`."""


async def change_draft(command: ChangeDraft, tx: Transaction) -> ItemVersion:
    """Replace a draft's content (修改草稿); whoever changes it is one of its drafters from then on."""
    item = await get_item(tx, command.item_id)
    draft = await get_version(tx, command.item_id, command.number)
    if command.seen not in {"*", str(draft.version)}:
        raise PreconditionError
    draft.change(command.guide, by=tx.principal.subject, upon=item.published_number)
    store_version(tx, draft)
    add_step(tx, item, step="draft-changed", reason="修改草稿", number=draft.number)
    return draft

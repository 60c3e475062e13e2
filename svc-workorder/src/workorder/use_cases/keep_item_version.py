from chassis.transaction import Transaction
from contracts.events.catalog import ItemVersionPublished
from workorder.repository.known_items import keep_published


async def keep_item_version(fact: ItemVersionPublished, tx: Transaction) -> None:
    """Know a published guide (办事指南), so that applications are taken while the catalog is away. Never goes back."""
    await keep_published(
        tx,
        item_id=fact.item_id,
        item_version_id=fact.item_version_id,
        version=fact.version,
        guide=fact.guide,
    )

from chassis.transaction import Transaction
from contracts.events.catalog import ItemVersionWithdrawn
from workorder.repository.known_items import keep_withdrawn


async def close_item(fact: ItemVersionWithdrawn, tx: Transaction) -> None:
    """Take no new applications for an item; those in flight finish on the version they began with."""
    await keep_withdrawn(
        tx, item_id=fact.item_id, item_version_id=fact.item_version_id, version=fact.version
    )

from collections.abc import Sequence

from chassis.transaction import Transaction
from contracts.events.catalog import ItemVersionPublished
from workorder.repository.known_items import Published, keep_published


async def keep_item_versions(facts: Sequence[ItemVersionPublished], tx: Transaction) -> None:
    """Know published guides (办事指南), so that applications are taken while the catalog is away. Never goes back."""
    await keep_published(
        tx,
        [
            Published(
                item_id=fact.item_id,
                item_version_id=fact.item_version_id,
                version=fact.version,
                guide=fact.guide,
            )
            for fact in facts
        ],
    )

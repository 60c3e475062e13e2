"""A version enters into force or leaves it: everything in the books that follows from that, in one place.

Whoever publishes, imports, withdraws or moves powers calls these; nobody writes `published_items` otherwise.
"""

from collections.abc import Sequence

from catalog.domain.item import Item, ItemVersion
from catalog.repository.items import close_for_search, published_columns, put_published
from chassis.transaction import Transaction


async def enter_into_force(tx: Transaction, entered: Sequence[tuple[Item, ItemVersion]]) -> None:
    """Lay versions out for search and figures; when an item stands twice, the last of its versions counts."""
    latest = {item.id: (item, version) for item, version in entered}
    await put_published(tx, [published_columns(item, version) for item, version in latest.values()])


async def leave_force(tx: Transaction, item: Item) -> None:
    """A withdrawn item is found no more; its page stays."""
    await close_for_search(tx, item)

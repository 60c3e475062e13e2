"""A version enters into force or leaves it: everything in the books that follows from that, in one place.

Whoever publishes, imports, withdraws or moves powers calls these; nobody writes `published_items` otherwise.
"""

from collections.abc import Sequence

from catalog.domain.item import Item, ItemVersion
from catalog.repository.audit import drop_facts, keep_facts
from catalog.repository.cross_region import keep_places
from catalog.repository.history import close_spans, open_spans
from catalog.repository.items import close_for_search, published_columns, put_published
from catalog.repository.members import note_members
from catalog.repository.proofs import drop_materials, keep_materials
from catalog.repository.scheduled import call_back_scheduled
from catalog.repository.standards import keep_published_files
from chassis.transaction import Transaction


async def enter_into_force(tx: Transaction, entered: Sequence[tuple[Item, ItemVersion]]) -> None:
    """Lay versions out for search and figures; when an item stands twice, the last of its versions counts."""
    latest = {item.id: (item, version) for item, version in entered}
    rows = {item.id: published_columns(item, version) for item, version in latest.values()}
    overtaken = {item.id: item for item, version in latest.values() if version.number > 1}
    await call_back_scheduled(tx, overtaken, why="另有版本先行生效，原定期生效的版本退回草稿")
    await put_published(tx, list(rows.values()))
    await open_spans(tx, [(item, version, rows[item.id]) for item, version in latest.values()])
    await keep_places(tx, list(latest.values()))
    await keep_materials(tx, list(latest.values()))
    await keep_facts(tx, list(latest.values()))
    await keep_published_files(tx, list(latest.values()))
    await note_members(tx, list(latest), kind="changed")


async def leave_force(tx: Transaction, item: Item) -> None:
    """A withdrawn item is found no more; its page stays."""
    await close_for_search(tx, item)
    await close_spans(tx, [item.id])
    await call_back_scheduled(tx, {item.id: item}, why="事项停办，原定期生效的版本退回草稿")
    await drop_materials(tx, [item.id])
    await drop_facts(tx, [item.id])
    await note_members(tx, [item.id], kind="withdrawn")

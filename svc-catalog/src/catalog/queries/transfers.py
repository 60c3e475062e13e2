"""Reads for exports and for the report of an import; they never write."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select

from catalog.queries.items import ItemFilter, conditions_of
from catalog.tables.history import item_spans
from catalog.tables.items import item_versions, published_items


def guides_after(item_id: UUID | None, *, wanted: ItemFilter, limit: int) -> Select[Any]:
    """Guides in force (at the filter's day, when it has one) in the order of their items' ids, after the one last seen."""
    table = published_items if wanted.last_day is None else item_spans
    key = published_items.c.id if wanted.last_day is None else item_spans.c.item_id
    statement = (
        select(key.label("id"), item_versions.c.guide)
        .join(
            item_versions,
            and_(item_versions.c.item_id == key, item_versions.c.number == table.c.number),
        )
        .where(*conditions_of(wanted, table))
        .order_by(key)
        .limit(limit)
    )
    return statement if item_id is None else statement.where(key > item_id)

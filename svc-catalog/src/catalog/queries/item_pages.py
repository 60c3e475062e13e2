"""An item's page: one version of its guide, and where its power went or came from."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from catalog.queries.items import item_with_version
from catalog.tables.items import items, published_items
from catalog.tables.powers import item_moves, power_adjustments


def item_page(item_id: UUID, number: int | None) -> Select[Any]:
    """`item_with_version`, with `moved_to` and `moved_from` as lists of the other items, oldest move first.

    A move that was taken back tells nothing any more: only the way back does.
    """
    return item_with_version(item_id, number).add_columns(
        _moved(here="from_item_id", there="to_item_id").label("moved_to"),
        _moved(here="to_item_id", there="from_item_id").label("moved_from"),
    )


def _moved(*, here: str, there: str) -> ColumnElement[Any]:
    move, back = item_moves.alias(), item_moves.alias()
    undone = select(back.c.id).where(
        back.c[here] == move.c[there], back.c[there] == move.c[here], back.c.id > move.c.id
    )
    adjusted = (
        select(power_adjustments.c.effective_at)
        .where(power_adjustments.c.id == move.c.adjustment_id)
        .scalar_subquery()
    )
    other = published_items.c
    shown = func.jsonb_build_object(
        "item_id",
        other.id,
        "item_code",
        other.item_code,
        "name",
        other.name,
        "division",
        other.division,
        "department",
        other.department,
        "department_name",
        other.department_name,
        "since",
        func.coalesce(adjusted, move.c.moved_at),
    )
    none: ColumnElement[Any] = literal_column("'[]'::jsonb")
    return (
        select(func.coalesce(func.jsonb_agg(aggregate_order_by(shown, move.c.id)), none))
        .select_from(move.join(published_items, other.id == move.c[there]))
        .where(move.c[here] == items.c.id, move.c[here] != move.c[there], ~undone.exists())
        .correlate(items)
        .scalar_subquery()
    )

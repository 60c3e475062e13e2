"""Guides that are public and that the knowledge base was not drawn from: those known before it was there at all.

They are found in this service's own copy of the guides (known_items), which holds each item's newest version whole;
nothing has to be asked of the catalog, and nothing told again.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, func, select, text

from chassis.transaction import Transaction
from workorder.tables import kb_articles, known_items, moved_items

_DRAWING = 5929115
_STAY_OFF = text(f"SELECT pg_advisory_xact_lock_shared({_DRAWING})")
_ALONE = text(f"SELECT pg_advisory_xact_lock({_DRAWING})")


async def stay_off_catch_up(tx: Transaction) -> None:
    """Until the commit no catch-up draws; whoever draws by what is told does so side by side."""
    await tx.execute(_STAY_OFF)


async def draw_alone(tx: Transaction) -> None:
    """Until the commit nobody else draws or retires by a guide."""
    await tx.execute(_ALONE)


def _undrawn(tx: Transaction, *columns: Any) -> Select[Any]:
    k, a, m = known_items.c, kb_articles.c, moved_items.c
    # A value looked up for each guide, and no join: under row security PostgreSQL takes the articles for few, and
    # would compare every guide with every article.
    drawn_from = select(func.max(a.item_version)).where(a.item_id == k.item_id).scalar_subquery()
    is_closed = exists().where(
        and_(m.item_id == k.item_id, m.is_open.is_(False), m.closes_at <= tx.now)
    )
    return select(*columns).where(
        k.state == "published",
        k.guide.is_not(None),
        func.coalesce(drawn_from, 0) < k.version,
        ~is_closed,
    )


async def undrawn_count(tx: Transaction) -> int:
    """How many guides are to be drawn from."""
    return int(await tx.scalar(_undrawn(tx, func.count())))


async def next_undrawn(tx: Transaction, *, after: UUID | None, most: int) -> Sequence[Row[Any]]:
    """The next guides to be drawn from, in the order of their items; the transaction draws alone from now on."""
    await draw_alone(tx)
    k = known_items.c
    statement = _undrawn(tx, k.item_id, k.item_code, k.version, k.guide, k.known_at)
    if after is not None:
        statement = statement.where(k.item_id > after)
    return await tx.all(statement.order_by(k.item_id).limit(most))

"""Versions that were published for a later day: which are due, and how one is called back. RLS applies."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from catalog.domain.drafts import VersionState
from catalog.domain.item import Item, VersionScheduledError
from catalog.repository.items import step_columns
from catalog.tables.items import item_steps, item_versions
from chassis.transaction import Transaction


async def check_none_scheduled(tx: Transaction, item_id: UUID, *, except_number: int) -> None:
    """Raise VersionScheduledError when another version of the item waits for its day."""
    statement = select(item_versions.c.number).where(
        item_versions.c.item_id == item_id,
        item_versions.c.state == VersionState.SCHEDULED,
        item_versions.c.number != except_number,
    )
    if await tx.scalar(statement.limit(1)) is not None:
        raise VersionScheduledError


async def due_versions(tx: Transaction, today: date, *, limit: int) -> Sequence[tuple[UUID, int]]:
    """Scheduled versions whose day has come, the earliest first, as item and number; not locked."""
    statement = (
        select(item_versions.c.item_id, item_versions.c.number)
        .where(
            item_versions.c.state == VersionState.SCHEDULED,
            item_versions.c.effective_from <= today,
        )
        .order_by(item_versions.c.effective_from, item_versions.c.id)
        .limit(limit)
    )
    return [(row.item_id, row.number) for row in await tx.all(statement)]


async def call_back_scheduled(tx: Transaction, items: Mapping[UUID, Item], *, why: str) -> None:
    """What was decided later overtakes what waited for its day: that is a draft again, and its history says why."""
    if not items:
        return
    ids = bindparam("ids", sorted(items), type_=ARRAY(PG_UUID(as_uuid=True)))
    statement = (
        update(item_versions)
        .where(
            item_versions.c.item_id == func.any(ids),
            item_versions.c.state == VersionState.SCHEDULED,
        )
        .values(
            state=VersionState.DRAFT,
            submitted_at=None,
            checked_by=None,
            published_by=None,
            version=item_versions.c.version + 1,
        )
        .returning(item_versions.c.item_id, item_versions.c.number)
    )
    rows = [
        step_columns(tx, items[row.item_id], step="draft-recalled", reason=why, number=row.number)
        for row in await tx.all(statement)
    ]
    if rows:
        await tx.execute(insert(item_steps), rows)

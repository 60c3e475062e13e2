"""What departments and people were told and is over for long: removed a bounded piece at a time, the oldest first.

Over is a notice that was delivered, that nobody's platform wants, or that stands in the feed to be read; and of a
to-do only once the to-do itself is done for as long. What waits, is held or failed stays, however old.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Transaction
from workorder.tables import sweep_nights

FIRST_ID = UUID(int=0)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

_NOTICES = text(
    """
WITH ended AS MATERIALIZED (
    SELECT created_at AS at, position AS id FROM notices
    WHERE state IN ('delivered', 'kept', 'feed') AND created_at < CAST(:before AS timestamptz)
        AND (created_at, position) > (CAST(:at AS timestamptz), CAST(:id AS bigint))
    ORDER BY created_at, position LIMIT :most
), gone AS (
    DELETE FROM notices n USING ended e
    WHERE n.position = e.id AND n.state IN ('delivered', 'kept', 'feed') AND NOT EXISTS (
        SELECT 1 FROM todos t
        WHERE t.id = n.todo_id AND (t.done_at IS NULL OR t.done_at >= CAST(:before AS timestamptz)))
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed, e.at, e.id FROM ended e ORDER BY e.at DESC, e.id DESC LIMIT 1
"""
)
_TODOS = text(
    """
WITH ended AS MATERIALIZED (
    SELECT done_at AS at, id FROM todos
    WHERE done_at IS NOT NULL AND done_at < CAST(:before AS timestamptz)
        AND (done_at, id) > (CAST(:at AS timestamptz), CAST(:id AS uuid))
    ORDER BY done_at, id LIMIT :most
), gone AS (
    DELETE FROM todos t USING ended e
    WHERE t.id = e.id AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.todo_id = t.id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone) AS removed, e.at, e.id FROM ended e ORDER BY e.at DESC, e.id DESC LIMIT 1
"""
)
SWEEPS: Mapping[str, tuple[Any, int | UUID]] = {
    # A to-do goes after the last of its notices.
    "notices": (_NOTICES, 0),
    "todos": (_TODOS, FIRST_ID),
}
"""Statements by table, and before the first of its keys."""


@dataclass(frozen=True, kw_only=True)
class Swept:
    """One piece: how many rows went, and up to where was looked."""

    removed: int
    at: datetime
    id: int | UUID


async def sweep(
    tx: Transaction, table: str, *, before: datetime, after: Swept | None, most: int
) -> Swept | None:
    """Remove what was over `before`, among the next rows after a piece; None when there are no more."""
    statement, first = SWEEPS[table]
    row = await tx.one_or_none(
        statement.bindparams(
            before=before,
            at=after.at if after else EARLIEST,
            id=after.id if after else first,
            most=most,
        )
    )
    return None if row is None else Swept(removed=row.removed, at=row.at, id=row.id)


async def take_sweep_night(tx: Transaction, night: date, job_id: UUID) -> bool:
    """Whether this process is the one that sweeps tonight."""
    statement = insert(sweep_nights).values(night=night, job_id=job_id)
    taken = await tx.execute(statement.on_conflict_do_nothing().returning(sweep_nights.c.night))
    return taken.one_or_none() is not None

"""Facts that came before the work they are about, in and out of PostgreSQL. Never commits.

A fact is kept when a definition in force names it by something that work may have when it is opened, and no work has it
yet. It ends once: followed, when an order that it is about is open, or expired.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.envelope import Fact
from chassis.transaction import Transaction
from workorder.domain.work_order import WorkOrder
from workorder.repository.fact_keys import key_of, ways_to_find
from workorder.tables import kept_fact_keys, kept_facts, work_orders

KEPT, FOLLOWED, EXPIRED = "kept", "followed", "expired"
BY_FACTS = "facts"
COLUMNS = frozenset({"application_id", "finding_id", "rating_id"})
"""Columns that work has from when it is opened; its own id, and what it is merged into, no fact can name before."""
OVER, TOO_MANY = "保留期满，没有相关工单登记", "超过保留条数上限，较早的先行结束"
UNWANTED = "相关工单已办结，或其流程版本不使用此事件"
FIRST_ID = UUID(int=0)
PIECE_ROWS = 1_000


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A fact as it came, with what its envelope says."""

    fact: Fact
    event_id: UUID
    division: str
    department: str
    told_at: datetime


@dataclass(frozen=True, kw_only=True)
class KeptFact:
    """One that waits for the work it is about."""

    event_id: UUID
    fact: str
    said: dict[str, Any]


async def keep_fact(tx: Transaction, arrived: Arrived) -> bool:
    """Keep a fact that no open work is about; False where no work could ever be, or such work has ended already."""
    keys: set[tuple[str, str, str]] = set()
    columns: dict[str, UUID] = {}
    for way in await ways_to_find(tx, arrived.fact.TYPE):
        value = getattr(arrived.fact, way.field, None)
        key = key_of(value)
        by = BY_FACTS if way.by.startswith("facts.") else way.by
        if key is None or not way.is_active or by not in {*COLUMNS, BY_FACTS}:
            continue
        if isinstance(value, UUID) and by != BY_FACTS:
            columns[by] = value
        keys.add((way.process, by, key))
    if not keys or await _had_work(tx, columns):
        return False
    limits = await tx.rule("kept-facts")
    row = {
        "event_id": arrived.event_id,
        "fact": arrived.fact.TYPE,
        "said": arrived.fact.model_dump(mode="json"),
        "division": arrived.division,
        "department": arrived.department,
        "told_at": arrived.told_at,
        "kept_at": tx.now,
        "keep_until": tx.now + timedelta(days=int(limits["days"])),
        "state": KEPT,
        "ending": "",
        "number": "",
        "moved": 0,
    }
    added = upsert(kept_facts).values(row).on_conflict_do_nothing().returning(kept_facts.c.event_id)
    if (await tx.execute(added)).one_or_none() is None:
        return False
    rows = [
        {"fact": row["fact"], "process": process, "by": by, "key": key, "event_id": row["event_id"]}
        for process, by, key in sorted(keys)
    ]
    await tx.insert_many(kept_fact_keys, rows)
    return True


async def _had_work(tx: Transaction, columns: dict[str, UUID]) -> bool:
    """Whether work is, or was, about it: what has ended is not waited for again."""
    for column, value in columns.items():
        statement = select(work_orders.c.id).where(work_orders.c[column] == value).limit(1)
        if await tx.one_or_none(statement) is not None:
            return True
    return False


_OF_COLUMN = """
    SELECT k.event_id FROM kept_fact_keys k JOIN work_orders o
        ON o.{column} = CAST(CASE WHEN k.by = '{column}' THEN k.key END AS uuid) AND o.process = k.process
    WHERE k.by = '{column}' AND o.waits_for IS NOT NULL
"""
DUE = text(
    """
SELECT event_id FROM (
    SELECT k.event_id FROM kept_fact_keys k
        JOIN work_order_fact_keys w ON w.fact = k.fact AND w.key = k.key
        JOIN work_orders o ON o.id = w.work_order_id AND o.process = k.process
    WHERE k.by = 'facts' AND o.waits_for IS NOT NULL
"""
    + "".join(f"    UNION {_OF_COLUMN.format(column=each)}" for each in sorted(COLUMNS))
    + """
) AS due WHERE event_id > CAST(:after AS uuid) ORDER BY event_id LIMIT :most
"""
)


async def is_any_kept(tx: Transaction) -> bool:
    """Whether any fact waits for the work it is about."""
    t = kept_facts.c
    return await tx.one_or_none(select(t.event_id).where(t.state == KEPT).limit(1)) is not None


async def due_facts(tx: Transaction, *, after: UUID = FIRST_ID, most: int) -> list[UUID]:
    """Kept facts that open work is about by now, in the order in which they were told; nothing is locked."""
    return [row.event_id for row in await tx.all(DUE.bindparams(after=after, most=most))]


async def take_kept(tx: Transaction, event_id: UUID) -> KeptFact | None:
    """One that is still kept, held until the end; None when it has ended, or another process has it in hand."""
    t = kept_facts.c
    statement = select(t.event_id, t.fact, t.said).where(t.event_id == event_id, t.state == KEPT)
    row = await tx.one_or_none(statement.with_for_update(skip_locked=True))
    return None if row is None else KeptFact(**row._mapping)


async def end_followed(tx: Transaction, event_id: UUID, first: WorkOrder, *, moved: int) -> None:
    """Work that it is about was there; whether it went on by it, its definition said."""
    words = f"{moved} 件工单据此办理" if moved else "相关工单当前状态下流程未作安排"
    found = {"work_order_id": first.id, "number": first.number, "moved": moved}
    _end(tx, event_id, state=FOLLOWED, ending=words, **found)
    await _forget(tx, [event_id])


async def end_unwanted(tx: Transaction, event_id: UUID) -> None:
    """The work that it is about has ended meanwhile, or runs on a version that does not name it."""
    _end(tx, event_id, state=EXPIRED, ending=UNWANTED)
    await _forget(tx, [event_id])


def _end(tx: Transaction, event_id: UUID, **values: Any) -> None:
    match = {"event_id": event_id, "state": KEPT}
    tx.update(kept_facts, match=match, ended_at=tx.now, **values)


async def end_expired(tx: Transaction) -> int:
    """End what was kept for long enough, and of more than may be kept the oldest; returns how many."""
    limits = await tx.rule("kept-facts")
    ended: set[UUID] = set()
    for statement, values, words in (
        (_PAST, {"now": tx.now}, OVER),
        (_BEYOND, {"now": tx.now, "kept": int(limits["most"])}, TOO_MANY),
    ):
        rows = await tx.execute(statement, {**values, "words": words, "most": PIECE_ROWS})
        ended |= {row.event_id for row in rows}
    await _forget(tx, ended)
    return len(ended)


async def clear_ended(tx: Transaction) -> int:
    """Remove what ended so long ago that nobody has to look it up any more; returns how many rows."""
    days = int((await tx.rule("kept-facts"))["listed_days"])
    values = {"before": tx.now - timedelta(days=days), "most": PIECE_ROWS}
    return len((await tx.execute(_CLEAR, values)).all())


async def _forget(tx: Transaction, ids: Collection[UUID]) -> None:
    if ids:
        await tx.execute(_FORGET, {"ids": list(ids)})


_FORGET = text("DELETE FROM kept_fact_keys WHERE event_id = ANY (CAST(:ids AS uuid[]))")
_EXPIRE = """
UPDATE kept_facts SET state = 'expired', ended_at = CAST(:now AS timestamptz), ending = :words
WHERE state = 'kept' AND event_id IN (SELECT event_id FROM kept_facts WHERE state = 'kept' {which})
RETURNING event_id
"""
_PAST = text(
    _EXPIRE.format(
        which="AND keep_until <= CAST(:now AS timestamptz) ORDER BY keep_until LIMIT :most"
    )
)
_BEYOND = text(_EXPIRE.format(which="ORDER BY event_id DESC OFFSET :kept LIMIT :most"))
_CLEAR = text(
    """
DELETE FROM kept_facts WHERE event_id IN (
    SELECT event_id FROM kept_facts WHERE ended_at < CAST(:before AS timestamptz)
    ORDER BY ended_at LIMIT :most FOR UPDATE SKIP LOCKED)
RETURNING event_id
"""
)

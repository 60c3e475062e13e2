"""Running work and the facts it waits for: which types are named, and which orders a fact is about. Never commits."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.envelope import Fact
from chassis.transaction import Transaction
from workorder.domain.process.definition import Definition, Step
from workorder.domain.work_order import WorkOrder
from workorder.tables import work_order_fact_keys, work_orders

FRESH_SECONDS = 5.0
BATCH = 100
KEY_CHARACTERS_MAX = 200

_NAMED = text("""
SELECT code, process_definitions.version, state = 'active' AS is_active, step ->> 'fact' AS fact, step -> 'finds' ->> 'field' AS field,
       step -> 'finds' ->> 'by' AS by
FROM process_definitions, jsonb_path_query(definition, '$.steps[*] ? (@.trigger == "fact")') AS step
WHERE step -> 'finds' ->> 'by' IS NOT NULL
  AND (state <> 'retired' OR EXISTS (
      SELECT 1 FROM work_orders AS o
      WHERE o.process = code AND o.process_version = process_definitions.version AND o.waits_for IS NOT NULL
  ))
""")


@dataclass(frozen=True, kw_only=True)
class Named:
    """How one version of a process finds the work that a fact is about."""

    process: str
    version: int
    field: str
    by: str
    is_active: bool
    """Whether new work begins on it."""


@dataclass
class _Memory:
    named: Mapping[str, list[Named]] = field(default_factory=dict)
    read_at: float | None = None

    @property
    def is_fresh(self) -> bool:
        return self.read_at is not None and time.monotonic() - self.read_at < FRESH_SECONDS


_memory = _Memory()
"""Of this process. Drafts count: they stand here before the second person puts them in force elsewhere."""


def is_named(fact_type: str) -> bool:
    """Whether any definition may find work by facts of this type; true too when it has to be looked at again."""
    return not _memory.is_fresh or fact_type in _memory.named


def forget_named() -> None:
    """Look again which facts are named, at the next fact: a definition was changed."""
    _memory.read_at = None


async def ways_to_find(tx: Transaction, fact_type: str) -> list[Named]:
    """How facts of this type find their work, in every version of a process that there is or may be work on."""
    if not _memory.is_fresh:
        named: dict[str, list[Named]] = {}
        since = time.monotonic()
        for row in await tx.all(_NAMED):
            way = Named(
                process=row.code,
                version=row.version,
                field=row.field,
                by=row.by,
                is_active=row.is_active,
            )
            named.setdefault(row.fact, []).append(way)
        _memory.named, _memory.read_at = named, since
    return _memory.named.get(fact_type, [])


async def orders_about(tx: Transaction, fact: Fact, *, after: UUID | None) -> list[UUID]:
    """Open orders that a fact is about, by id, at most BATCH after this one; each by an index."""
    o, k = work_orders.c, work_order_fact_keys.c
    ways = []
    for way in await ways_to_find(tx, fact.TYPE):
        value = getattr(fact, way.field, None)
        key = key_of(value)
        if key is None:
            continue
        of_version = (o.process == way.process, o.process_version == way.version)
        if way.by.startswith("facts."):
            keyed = select(k.work_order_id).where(k.fact == fact.TYPE, k.key == key)
            ways.append(select(o.id).where(o.id.in_(keyed), *of_version))
        elif isinstance(value, UUID):
            ways.append(select(o.id).where(o[way.by] == value, *of_version))
    found: set[UUID] = set()
    ahead = true() if after is None else o.id > after
    for way_there in ways:
        statement = way_there.where(o.waits_for.is_not(None), ahead).order_by(o.id).limit(BATCH)
        found |= {row.id for row in await tx.all(statement)}
    return sorted(found)[:BATCH]


def is_about(order: WorkOrder, step: Step, fact: Fact) -> bool:
    """Whether a step finds this order by this fact."""
    if step.trigger != "fact" or step.fact != fact.TYPE or step.finds is None:
        return False
    key = key_of(getattr(fact, step.finds.field, None))
    kept = step.finds.kept_field
    held = order.facts.get(kept) if kept else getattr(order, step.finds.by)
    return key is not None and key == key_of(held)


def key_of(value: Any) -> str | None:
    """What a value is looked up by; None: nothing can be found by it."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | UUID):
        return None
    key = str(value)
    return key if 0 < len(key) <= KEY_CHARACTERS_MAX else None


async def keep_fact_keys(tx: Transaction, order: WorkOrder, definition: Definition) -> None:
    """The keys under which an order is found from now on; no message for processes that find none by what they keep."""
    if not definition.fact_keys:
        return
    t = work_order_fact_keys
    wanted = {
        (fact_type, key)
        for fact_type, kept in definition.fact_keys
        if not order.is_closed and (key := key_of(order.facts.get(kept))) is not None
    }
    gone = delete(t).where(t.c.work_order_id == order.id)
    if wanted:
        gone = gone.where(tuple_(t.c.fact, t.c.key).not_in(sorted(wanted)))
    await tx.execute(gone)
    if wanted:
        rows = [
            {"fact": fact_type, "key": key, "work_order_id": order.id}
            for fact_type, key in sorted(wanted)
        ]
        await tx.execute(upsert(t).values(rows).on_conflict_do_nothing())

"""What triage works with, remembered by each process: the model in force, the places, who has what. And proposals.

What is remembered is looked at again after FRESH_SECONDS, by one small query on a connection of its own, so that a
call that is taken stays one statement. A new model is read once a process, in a thread.
"""

import asyncio
import io
import time
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Row, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.clock import local_date
from chassis.identity import EVERYTHING, subtree_prefix, system_principal
from chassis.transaction import Transaction
from workorder.domain.duties import Duties, Duty, Ruled
from workorder.domain.places import Gazetteer
from workorder.domain.proposals import ACTIVE, Proposed
from workorder.tables import (
    place_names,
    responsibilities,
    responsibility_rulings,
    triage_model_files,
    triage_models,
    work_order_proposals,
)
from workorder.triage.model import TriageModel, load_model

FRESH_SECONDS = 5.0
RULINGS_MAX = 20_000
_PROPOSAL = tuple(Proposed.__dataclass_fields__)

log = structlog.get_logger()


@dataclass(frozen=True)
class Triage:
    """All that a proposal is made of; empty: nothing is proposed."""

    model_id: UUID | None = None
    model: TriageModel | None = None
    places: Gazetteer = field(default_factory=lambda: Gazetteer(()))
    duties: Duties = field(default_factory=Duties)

    @property
    def is_empty(self) -> bool:
        return self.model is None and not self.places.names and self.duties.is_empty


@dataclass
class _Memory:
    triage: Triage = field(default_factory=Triage)
    marks: Row[Any] | tuple[()] = ()
    """By what it is known that nothing has changed."""
    read_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_memories: WeakKeyDictionary[AsyncEngine, _Memory] = WeakKeyDictionary()


async def triage_in_force(tx: Transaction, *, anew: bool = False) -> Triage:
    """What triage works with now, at most FRESH_SECONDS behind the books; `anew`: not behind at all."""
    memory = _memories.setdefault(tx.engine, _Memory())
    is_fresh = time.monotonic() - memory.read_at < FRESH_SECONDS
    if not anew and (is_fresh or (memory.lock.locked() and memory.marks != ())):
        return memory.triage
    async with memory.lock:
        if anew or time.monotonic() - memory.read_at >= FRESH_SECONDS:
            await _refresh(tx, memory)
    return memory.triage


async def _refresh(tx: Transaction, memory: _Memory) -> None:
    # Beside the caller's transaction: what triage knows is not a matter of the caller's reach.
    beside = Transaction(
        connections=tx.connections,
        outbox_table=tx.outbox_table,
        principal=system_principal("workorder"),
        scope=EVERYTHING,
        now=tx.now,
        keyring=tx.keyring,
        rules=tx.rules,
    )
    try:
        marks = (await beside.execute(_MARKS)).one()
        if marks != memory.marks:
            memory.triage = await _read(beside, marks, memory)
            memory.marks = marks
        memory.read_at = time.monotonic()
    finally:
        await beside.close()


def _count_and_last(table: Any, column: Any) -> tuple[Any, Any]:
    return (
        select(func.count()).select_from(table).scalar_subquery(),
        select(func.max(column)).scalar_subquery(),
    )


_MARKS = select(
    select(triage_models.c.id)
    .where(triage_models.c.state == ACTIVE)
    .scalar_subquery()
    .label("model_id"),
    *_count_and_last(place_names, place_names.c.loaded_at),
    *_count_and_last(responsibilities, responsibilities.c.changed_at),
    *_count_and_last(responsibility_rulings, responsibility_rulings.c.ruled_at),
    select(func.max(responsibility_rulings.c.adopted_at)).scalar_subquery(),
)


async def _read(tx: Transaction, marks: Row[Any], memory: _Memory) -> Triage:
    before = memory.triage
    model_id, model = marks.model_id, before.model
    if model_id != before.model_id:
        model = None if model_id is None else await _model(tx, model_id)
    places = before.places
    if memory.marks == () or marks[1:3] != memory.marks[1:3]:
        rows = await tx.all(select(place_names.c.code, place_names.c.name))
        places = Gazetteer((row.code, row.name) for row in rows)
    return Triage(model_id, model, places, await _duties(tx))


async def _model(tx: Transaction, model_id: UUID) -> TriageModel | None:
    t = triage_model_files.c
    content = await tx.scalar(select(t.content).where(t.triage_model_id == model_id))
    try:
        return await asyncio.to_thread(lambda: load_model(io.BytesIO(content)))
    except Exception as error:  # noqa: BLE001  a call is taken, whatever has become of a model
        log.warning("triage model not read", model_id=str(model_id), error=repr(error)[:200])
        return None


async def _duties(tx: Transaction) -> Duties:
    d, r = responsibilities.c, responsibility_rulings.c
    today = local_date(tx.now)
    in_force = or_(d.valid_until.is_(None), d.valid_until >= today)
    listed = await tx.all(select(responsibilities).where(in_force))
    # The last ruling of each field; what a coordinator took into the list speaks through the list.
    ruled = await tx.all(
        select(r.category, r.division, r.department, r.number, r.ruled_at)
        .ext(distinct_on(r.category, r.division))
        .where(and_(r.is_owner, r.category != "", r.adopted_at.is_(None)))
        .order_by(r.category, r.division, r.ruled_at.desc())
        .limit(RULINGS_MAX)
    )
    return Duties.of(
        (
            Duty(
                id=row.id,
                category=row.category,
                reach=subtree_prefix(row.division),
                department=row.department,
                co_departments=tuple(row.co_departments),
                basis=row.basis,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                changed_at=row.changed_at,
            )
            for row in listed
        ),
        (
            Ruled(
                category=row.category,
                reach=subtree_prefix(row.division),
                department=row.department,
                number=row.number,
                ruled_at=row.ruled_at,
            )
            for row in ruled
        ),
    )


def add_proposal(tx: Transaction, work_order_id: UUID, proposed: Proposed) -> None:
    values = {**asdict(proposed), "co_departments": list(proposed.co_departments)}
    for name in ("reasons", "others", "department_reasons", "place_reasons"):
        values[name] = list(values[name])
    tx.insert(work_order_proposals, work_order_id=work_order_id, **values)


@dataclass(frozen=True)
class LastProposal:
    """What a decision is held against."""

    id: UUID
    model_id: UUID | None
    label: str | None
    department: str | None
    confidence: float | None


_LAST_PROPOSAL = (
    select(*(work_order_proposals.c[each.name] for each in fields(LastProposal)))
    .where(work_order_proposals.c.work_order_id == bindparam("work_order_id"))
    .order_by(work_order_proposals.c.id.desc())
    .limit(1)
)


async def last_proposal(tx: Transaction, work_order_id: UUID) -> LastProposal | None:
    """What was proposed for an order last; None when nothing ever was."""
    found = await tx.execute(_LAST_PROPOSAL, {"work_order_id": work_order_id})
    row = found.one_or_none()
    return None if row is None else LastProposal(*tuple(row))

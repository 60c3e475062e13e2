"""Who keeps what since powers moved, in and out of PostgreSQL. Never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, update

from certificate.domain.certificate import CertificateState
from certificate.domain.keeping import Keeper, KeeperMove, power_of
from certificate.tables import (
    certificate_steps,
    certificate_types,
    certificate_uses,
    certificates,
    keeper_moves,
)
from chassis.identity import subtree_prefix
from chassis.steps import step_row
from chassis.transaction import Transaction
from contracts.events.catalog import MovedItem

MOVES_MAX = 20
"""Moves of one power after one another that are followed."""
IN_FORCE = (CertificateState.VALID, CertificateState.SUSPENDED)


async def keep_moves(
    tx: Transaction,
    items: Sequence[MovedItem],
    *,
    adjustment_id: UUID,
    power_code: str,
    from_department: str,
    since: datetime,
    is_taken_back: bool,
) -> None:
    """From whom to whom an adjustment passes what is in force; told twice, it is kept once.

    A taking back names the receivers' items, not the receivers: they are known by those items.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for item in items:
        if not item.to_department or (item.to_department == from_department) != is_taken_back:
            continue
        givers = [from_department]
        if is_taken_back:
            givers = await _receivers_of(tx, item.from_item_id, from_department, power_code)
        for giver in givers:
            row = found.setdefault(
                (giver, item.to_department),
                {
                    "adjustment_id": adjustment_id,
                    "power_code": power_code,
                    "from_department": giver,
                    "to_department": item.to_department,
                    "to_department_name": item.to_department_name or item.to_department,
                    "to_division": item.to_division,
                    "item_ids": [],
                    "since": since,
                },
            )
            if item.to_item_id is not None:
                row["item_ids"].append(item.to_item_id)
    keys = ("adjustment_id", "from_department", "to_department")
    await tx.insert_many(keeper_moves, list(found.values()), keys=keys)


async def _receivers_of(
    tx: Transaction, item_id: UUID | None, giver: str, power_code: str
) -> list[str]:
    """Who had received an item that goes back; of moves of which no items are known, all receivers of the power."""
    t = keeper_moves.c
    rows = await tx.all(
        select(t.to_department, t.item_ids)
        .where(t.from_department == giver, t.power_code == power_code)
        .order_by(t.since.desc())
    )
    by_item = [row.to_department for row in rows if item_id in row.item_ids]
    return by_item[:1] or sorted({row.to_department for row in rows if not row.item_ids})


async def drop_moves(tx: Transaction, adjustment_id: UUID) -> None:
    """The adjustment was called off, or it moves the work and not the power."""
    t = keeper_moves
    await tx.execute(delete(t).where(t.c.adjustment_id == adjustment_id))


async def next_due_move(tx: Transaction) -> KeeperMove | None:
    """The oldest move whose minute has come and that is not carried out to the end."""
    t = keeper_moves.c
    statement = select(keeper_moves).where(t.swept_at.is_(None), t.since <= tx.now)
    row = await tx.one_or_none(
        statement.order_by(t.since, t.adjustment_id, t.from_department, t.to_department).limit(1)
    )
    return None if row is None else _move(row)


async def end_move(tx: Transaction, move: KeeperMove) -> None:
    """Everything that was in force has been looked at."""
    t = keeper_moves
    await tx.execute(
        update(t)
        .where(
            t.c.adjustment_id == move.adjustment_id,
            t.c.from_department == move.giver,
            t.c.to_department == move.receiver.department,
        )
        .values(swept_at=tx.now)
    )


async def look_again(tx: Transaction, item_codes: Sequence[str]) -> None:
    """A type came to name these items: moves of the powers behind them are carried out once more."""
    powers = sorted({power_of(code) for code in item_codes})
    t = keeper_moves
    await tx.execute(update(t).where(t.c.power_code.in_(powers)).values(swept_at=None))


async def types_of_power(tx: Transaction, power_code: str) -> list[str]:
    """Codes of the types that are results of this power's items."""
    t = certificate_types.c
    rows = await tx.all(select(t.code, t.item_codes).where(func.cardinality(t.item_codes) > 0))
    return [row.code for row in rows if power_code in map(power_of, row.item_codes)]


async def powers_of_type(tx: Transaction, type_code: str) -> list[str]:
    t = certificate_types.c
    codes: Sequence[str] = await tx.scalar(select(t.item_codes).where(t.code == type_code)) or ()
    return sorted({power_of(code) for code in codes})


async def kept_piece(
    tx: Transaction, move: KeeperMove, types: Sequence[str], *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """What is in force of these types and kept by the giver, in the order of ids, locked until the end."""
    c = certificates.c
    statement: Select[Any] = select(c.id, c.type_code, c.division, c.status, c.keeper_name).where(
        c.keeper == move.giver, c.type_code.in_(types), c.status.in_(IN_FORCE)
    )
    if after is not None:
        statement = statement.where(c.id > after)
    return await tx.all(statement.order_by(c.id).limit(limit).with_for_update())


async def keeper_of_type(
    tx: Transaction, *, type_code: str, department: str, division: str
) -> Keeper | None:
    """To whom what `department` keeps of a type has passed by now; None: to nobody, or it cannot be told to whom.

    A type that several powers give passes only when they all went to the same department.
    """
    found: dict[str, Keeper] = {}
    for power in await powers_of_type(tx, type_code):
        keeper = await _followed(tx, power, department, division)
        if keeper is None:
            return None
        found[keeper.department] = keeper
    return next(iter(found.values())) if len(found) == 1 else None


async def has_moves_from(tx: Transaction, department: str) -> bool:
    t = keeper_moves.c
    statement = select(t.adjustment_id).where(t.from_department == department, t.since <= tx.now)
    return await tx.scalar(statement.limit(1)) is not None


async def _followed(tx: Transaction, power: str, department: str, division: str) -> Keeper | None:
    """Along the moves of a power that came after one another, from a department to who has it now."""
    found: Keeper | None = None
    for _ in range(MOVES_MAX):
        moves = await _moves_after_arrival(tx, power, department)
        move = _receiver_for(moves, division)
        if move is None:
            return found
        found, department = move.receiver, move.receiver.department
    return found


async def _moves_after_arrival(tx: Transaction, power: str, department: str) -> list[KeeperMove]:
    """The last adjustment by which a power left a department, unless it came back since."""
    t = keeper_moves.c
    came = await tx.scalar(
        select(func.max(t.since)).where(
            t.to_department == department, t.power_code == power, t.since <= tx.now
        )
    )
    left = select(keeper_moves).where(
        t.from_department == department, t.power_code == power, t.since <= tx.now
    )
    if came is not None:
        left = left.where(t.since > came)
    rows = await tx.all(left.order_by(t.since.desc(), t.adjustment_id, t.to_department))
    return [_move(row) for row in rows if row.adjustment_id == rows[0].adjustment_id]


def _receiver_for(moves: Sequence[KeeperMove], division: str) -> KeeperMove | None:
    """The only receiver, or the one within whose division a certificate is; else it waits to be handed over."""
    if len(moves) == 1:
        return moves[0]
    fitting = [
        each
        for each in moves
        if each.division and division.startswith(subtree_prefix(each.division))
    ]
    return fitting[0] if len(fitting) == 1 else None


async def receiver_of_type(
    tx: Transaction, *, type_code: str, origin: str, department: str
) -> Keeper | None:
    """This department, when a power that gives the type came to it from `origin`, and did not leave it since."""
    for power in await powers_of_type(tx, type_code):
        keeper = await _arrived(tx, power, origin=origin, department=department)
        if keeper is not None and not await _moves_after_arrival(tx, power, department):
            return keeper
    return None


async def _arrived(tx: Transaction, power: str, *, origin: str, department: str) -> Keeper | None:
    t, at, keeper = keeper_moves.c, tx.now, None
    for _ in range(MOVES_MAX):
        came = select(keeper_moves).where(
            t.to_department == department, t.power_code == power, t.since <= at
        )
        row = await tx.one_or_none(came.order_by(t.since.desc(), t.adjustment_id).limit(1))
        if row is None:
            return None
        keeper = keeper or Keeper(
            department=row.to_department, department_name=row.to_department_name
        )
        if row.from_department == origin:
            return keeper
        department, at = row.from_department, row.since
    return None


async def may_hand_over(tx: Transaction, giver: str, receiver: str) -> Keeper | None:
    """The receiver, when a power moved between the two, either way; None otherwise."""
    t = keeper_moves.c
    there = (t.from_department == giver) & (t.to_department == receiver)
    back = (t.from_department == receiver) & (t.to_department == giver)
    rows = await tx.all(select(keeper_moves).where(there | back, t.since <= tx.now))
    names = [row.to_department_name for row in rows if row.to_department == receiver]
    if not rows:
        return None
    return Keeper(department=receiver, department_name=names[0] if names else receiver)


@dataclass(frozen=True, kw_only=True)
class Passing:
    """What passes to one keeper, in one go."""

    keeper: Keeper
    rows: Sequence[Row[Any]]
    reason: str


async def pass_on(tx: Transaction, passing: Passing) -> None:
    """Certificates get another keeper, each with a step of its history; who looked at them goes along."""
    ids = [row.id for row in passing.rows]
    department = passing.keeper.department
    c = certificates
    await tx.execute(
        update(c)
        .where(c.c.id.in_(ids))
        .values(
            keeper=department,
            keeper_name=passing.keeper.department_name,
            keepers=func.array_append(func.array_remove(c.c.keepers, department), department),
            version=c.c.version + 1,
        )
    )
    await _note_uses_kept(tx, ids, department)
    steps = [
        step_row(
            tx,
            of={"certificate_id": row.id},
            step="taken-over",
            state=row.status,
            reason=passing.reason,
        )
        for row in passing.rows
    ]
    await tx.insert_many(certificate_steps, steps)


async def note_uses_kept(tx: Transaction, certificate_id: UUID, department: str) -> None:
    """Who keeps a certificate sees who looked at it, also before."""
    await _note_uses_kept(tx, [certificate_id], department)


async def _note_uses_kept(tx: Transaction, ids: Sequence[UUID], department: str) -> None:
    u = certificate_uses
    await tx.execute(
        update(u)
        .where(u.c.certificate_id.in_(ids))
        .values(keepers=func.array_append(func.array_remove(u.c.keepers, department), department))
    )


def words_of(giver_name: str, keeper: Keeper) -> str:
    return f"职权已调整，由{giver_name}移交{keeper.department_name}管理"


def _move(row: Row[Any]) -> KeeperMove:
    return KeeperMove(
        adjustment_id=row.adjustment_id,
        power_code=row.power_code,
        giver=row.from_department,
        receiver=Keeper(department=row.to_department, department_name=row.to_department_name),
        division=row.to_division,
        since=row.since,
    )

"""Guides in force that ask for a cancelled proof: found, and looked at again. Never commits."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from catalog.tables.audit import findings
from catalog.tables.proofs import item_materials, proof_periods, proofs
from chassis.transaction import Transaction

NO_CANCELLED_PROOF = "no-cancelled-proof"
"""The publishing rule; a finding's place is the code of the proof."""


def _holds_on(day: date) -> tuple[ColumnElement[bool], ...]:
    t = proof_periods.c
    return t.valid_from <= day, or_(t.valid_to.is_(None), t.valid_to > day)


def asking_cancelled(day: date, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Items in force that ask for a proof that is cancelled on a day: item_id, place (its code), nothing.

    A material is the proof that it names, else the one whose name it has; `conditions` narrow proofs or materials.
    """
    material = item_materials.c
    cancelled = (proof_periods.c.status == "cancelled", *_holds_on(day))
    columns = (
        material.item_id,
        proofs.c.code.label("place"),
        literal(None, Uuid()).label("reference_item_id"),
    )
    asked = (
        select(*columns)
        .select_from(proofs)
        .join(proof_periods, proof_periods.c.proof_id == proofs.c.id)
        .where(*cancelled, *conditions)
    )
    # A union of two index scans; an OR over both would read the table.
    found = union(
        asked.join(
            item_materials,
            and_(material.proof == proofs.c.code, material.is_spared.is_(False)),
        ),
        asked.join(
            item_materials,
            and_(
                material.plain_name == func.any(proofs.c.plain_names),
                material.proof.is_(None),
                material.is_spared.is_(False),
            ),
        ),
    ).subquery()
    return select(found.c.item_id, found.c.place, found.c.reference_item_id)


async def still_asking(tx: Transaction, open_ones: Sequence[Row[Any]], day: date) -> set[UUID]:
    """Which of these findings are still so: the guide still asks, and the proof is still cancelled."""
    items = bindparam("items", sorted({row.item_id for row in open_ones}), type_=ARRAY(Uuid()))
    codes = sorted({row.place for row in open_ones})
    asking = asking_cancelled(
        day, proofs.c.code.in_(codes), item_materials.c.item_id == func.any(items)
    )
    found = {(row.item_id, row.place) for row in await tx.all(asking)}
    return {row.id for row in open_ones if (row.item_id, row.place) in found}


async def unsought(tx: Transaction, day: date) -> Row[Any] | None:
    """The next cancellation in effect whose guides were not sought yet: period_id and code. Not locked.

    Two processes that take the same one open nothing twice.
    """
    t = proof_periods.c
    due = (
        select(t.id.label("period_id"), proofs.c.code)
        .join(proofs, proofs.c.id == t.proof_id)
        .where(t.sought_at.is_(None), t.status == "cancelled", t.valid_from <= day)
    )
    return await tx.one_or_none(due.order_by(t.valid_from, t.id).limit(1))


async def asking_piece(
    tx: Transaction, code: str, *, day: date, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Items that ask for one cancelled proof, in the order of their ids, after the one last seen.

    What was judged to be right for now (accepted) is passed over.
    """
    found = asking_cancelled(day, proofs.c.code == code).subquery()
    f = findings.c
    accepted = select(f.id).where(
        f.rule == NO_CANCELLED_PROOF,
        f.item_id == found.c.item_id,
        f.place == found.c.place,
        f.outcome == "accepted",
        f.accepted_until >= day,
    )
    statement = select(found).where(~accepted.exists())
    if after is not None:
        statement = statement.where(found.c.item_id > after)
    return await tx.all(statement.order_by(found.c.item_id).limit(limit))


async def mark_sought(tx: Transaction, period_id: UUID) -> None:
    t = proof_periods
    await tx.execute(update(t).where(t.c.id == period_id).values(sought_at=tx.now))


async def of_retained(tx: Transaction, day: date, *, limit: int) -> Sequence[Row[Any]]:
    """Open findings about proofs that are cancelled no longer, locked; another process takes others."""
    cancelled = (
        select(proofs.c.id)
        .join(proof_periods, proof_periods.c.proof_id == proofs.c.id)
        .where(
            proofs.c.code == findings.c.place,
            proof_periods.c.status == "cancelled",
            *_holds_on(day),
        )
    )
    statement = select(findings).where(
        findings.c.rule == NO_CANCELLED_PROOF, findings.c.closed_at.is_(None), ~cancelled.exists()
    )
    return await tx.all(
        statement.order_by(findings.c.id).limit(limit).with_for_update(skip_locked=True)
    )

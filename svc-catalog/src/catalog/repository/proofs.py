"""Proofs in and out of PostgreSQL, and what guides in force ask for. Never commits; never returns a row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    LABEL_STYLE_TABLENAME_PLUS_COL,
    Row,
    Text,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from catalog.domain.item import Item, ItemVersion
from catalog.domain.materials import exemption_faults, is_spared
from catalog.domain.proofs import (
    ChangeKind,
    ChangeState,
    KnownProof,
    ProofChange,
    ProofNotYoursError,
    ProofStatus,
    Ruling,
    faults_of,
    proof_name,
)
from catalog.tables.proofs import (
    item_materials,
    proof_changes,
    proof_periods,
    proof_steps,
    proofs,
)
from chassis.clock import local_date
from chassis.errors import FieldFault, NotFoundError
from chassis.ids import new_id
from chassis.steps import step_row
from chassis.transaction import Transaction
from contracts.guide import Guide

Columns = dict[str, Any]
_RULING = ("stands_in", "certificate_type", "data_resource", "commitment_text", "document")


async def proof_faults(tx: Transaction, guides: Sequence[Guide]) -> list[tuple[FieldFault, ...]]:
    """For each guide, in order: cancelled proofs that it asks for, and exemptions without a ground."""
    known = await known_proofs(tx, guides)
    needs_ground = await tx.rule("exemption-ground-required")
    today = local_date(tx.now)
    return [
        (
            *faults_of(guide, known, max(today, guide.effective_from or today)),
            *(exemption_faults(guide) if needs_ground else ()),
        )
        for guide in guides
    ]


async def known_proofs(tx: Transaction, guides: Sequence[Guide]) -> list[KnownProof]:
    """The entries of the list that materials of these guides may stand on, by code or by name."""
    materials = [material for guide in guides for material in guide.materials]
    codes = sorted({material.proof for material in materials if material.proof is not None})
    names = sorted({proof_name(material.name) for material in materials})
    if not names:
        return []
    statement = (
        select(proofs, proof_periods)
        .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
        .join(proof_periods, proof_periods.c.proof_id == proofs.c.id)
        .where(
            or_(
                proofs.c.code == func.any(bindparam("codes", codes, type_=ARRAY(Text))),
                proofs.c.plain_names.overlap(bindparam("names", names, type_=ARRAY(Text))),
            )
        )
        .order_by(proofs.c.code, proof_periods.c.valid_from)
    )
    rows: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in await tx.all(statement):
        rows[row.proofs_code].append(row)
    return [_known(of_one) for of_one in rows.values()]


def _known(rows: Sequence[Row[Any]]) -> KnownProof:
    return KnownProof(
        code=rows[0].proofs_code,
        name=rows[0].proofs_name,
        plain_names=tuple(rows[0].proofs_plain_names),
        periods=tuple(
            (
                row.proof_periods_valid_from,
                row.proof_periods_valid_to,
                Ruling(
                    status=ProofStatus(row.proof_periods_status),
                    **{name: getattr(row, f"proof_periods_{name}") for name in _RULING},
                ),
            )
            for row in rows
        ),
    )


def material_rows(item_id: UUID, guide: Guide) -> list[Columns]:
    """The materials of a guide, as `item_materials` has them."""
    return [
        {
            "item_id": item_id,
            "place": place,
            "name": material.name,
            "plain_name": proof_name(material.name),
            "proof": material.proof,
            "certificate_type": material.certificate_type,
            "data_resource": material.data_resource,
            "is_spared": is_spared(material),
        }
        for place, material in enumerate(guide.materials)
    ]


async def keep_materials(tx: Transaction, entered: Sequence[tuple[Item, ItemVersion]]) -> None:
    """Lay out what guides that enter into force ask for, instead of what they asked for before."""
    await drop_materials(tx, [item.id for item, version in entered if version.number > 1])
    rows = [row for item, version in entered for row in material_rows(item.id, version.guide)]
    await tx.insert_many(item_materials, rows, is_awaited=False)


async def drop_materials(tx: Transaction, item_ids: Sequence[UUID]) -> None:
    """These items ask for nothing any longer."""
    if item_ids:
        ids = bindparam("ids", list(item_ids), type_=ARRAY(PG_UUID(as_uuid=True)))
        await tx.execute(delete(item_materials).where(item_materials.c.item_id == func.any(ids)))


async def lock_proofs(tx: Transaction, codes: Sequence[str]) -> dict[str, UUID]:
    """Ids of the entries that there are already, by code; locked until the end."""
    given = func.any(bindparam("codes", sorted(codes), type_=ARRAY(Text)))
    statement = select(proofs).where(proofs.c.code == given).order_by(proofs.c.code)
    found = await tx.all(statement.with_for_update())
    for row in found:
        check_yours(tx, row.department)
    return {row.code: row.id for row in found}


def check_yours(tx: Transaction, department: str) -> None:
    """Raise ProofNotYoursError for another department's proof. The list is public, so row level security is not asked."""
    if not tx.scope.everything and department != tx.scope.department:
        raise ProofNotYoursError


async def get_proof(tx: Transaction, code: str, *, on: date) -> tuple[UUID, ProofStatus, int]:
    """An entry's id, its status on a day and its version, locked; raises NotFoundError, ProofNotYoursError."""
    row = await tx.one_or_none(select(proofs).where(proofs.c.code == code).with_for_update())
    if row is None:
        raise NotFoundError("没有这个证明", "There is no such proof")
    check_yours(tx, row.department)
    tx.expect(row.version)
    status = await tx.scalar(
        select(proof_periods.c.status).where(
            proof_periods.c.proof_id == row.id,
            proof_periods.c.valid_from <= on,
            or_(proof_periods.c.valid_to.is_(None), proof_periods.c.valid_to > on),
        )
    )
    return row.id, ProofStatus(status or ProofStatus.RETAINED), row.version


async def has_open_change(tx: Transaction, proof_id: UUID) -> bool:
    """Whether a change waits, or is confirmed for a day to come."""
    waiting = select(proof_changes.c.id).where(
        proof_changes.c.proof_id == proof_id, proof_changes.c.state == ChangeState.PROPOSED
    )
    ahead = select(proof_periods.c.id).where(
        proof_periods.c.proof_id == proof_id, proof_periods.c.valid_from > local_date(tx.now)
    )
    return await tx.scalar(waiting.union_all(ahead).limit(1)) is not None


async def get_change(tx: Transaction, proof_id: UUID, change_id: UUID) -> ProofChange:
    """A change of a proof, locked; raises NotFoundError."""
    row = await tx.one_or_none(
        select(proof_changes)
        .where(proof_changes.c.id == change_id, proof_changes.c.proof_id == proof_id)
        .with_for_update()
    )
    if row is None:
        raise NotFoundError("没有这个调整", "There is no such change")
    kind = ChangeKind(row.kind)
    return ProofChange(
        id=row.id,
        proof_id=row.proof_id,
        kind=kind,
        state=ChangeState(row.state),
        ruling=Ruling(status=status_after(kind), **{name: getattr(row, name) for name in _RULING}),
        effective_from=row.effective_from,
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
    )


def status_after(kind: ChangeKind) -> ProofStatus:
    return ProofStatus.CANCELLED if kind is ChangeKind.CANCEL else ProofStatus.RETAINED


def add_change(tx: Transaction, change: ProofChange) -> None:
    tx.insert(
        proof_changes,
        id=change.id,
        proof_id=change.proof_id,
        kind=change.kind,
        state=change.state,
        **_ruling_columns(change.ruling),
        reason=change.reason,
        effective_from=change.effective_from,
        proposed_by=change.proposed_by,
        proposed_at=change.proposed_at,
        version=change.version,
    )


def store_change(tx: Transaction, change: ProofChange) -> None:
    tx.update(
        proof_changes,
        match={"id": change.id, "version": change.version - 1},
        state=change.state,
        decided_by=change.decided_by,
        decided_at=change.decided_at,
        version=change.version,
    )


async def begin_period(tx: Transaction, change: ProofChange) -> None:
    """From the change's day its ruling holds, and the one before no longer."""
    await tx.execute(
        update(proof_periods)
        .where(proof_periods.c.proof_id == change.proof_id, proof_periods.c.valid_to.is_(None))
        .values(valid_to=func.greatest(proof_periods.c.valid_from, change.effective_from))
    )
    tx.insert(
        proof_periods, **period_columns(change.proof_id, change.ruling, change.effective_from)
    )


async def take_period_back(tx: Transaction, change: ProofChange) -> None:
    """The ruling before goes on as if the change had never been confirmed."""
    period = proof_periods.c
    await tx.execute(
        delete(proof_periods).where(
            period.proof_id == change.proof_id,
            period.valid_from == change.effective_from,
            period.valid_to.is_(None),
        )
    )
    last = (
        select(period.id)
        .where(period.proof_id == change.proof_id, period.valid_to == change.effective_from)
        .order_by(period.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    await tx.execute(update(proof_periods).where(period.id == last).values(valid_to=None))


def period_columns(proof_id: UUID, ruling: Ruling, valid_from: date) -> Columns:
    return {
        "id": new_id(),
        "proof_id": proof_id,
        "status": ruling.status,
        **_ruling_columns(ruling),
        "valid_from": valid_from,
    }


def raise_version(tx: Transaction, proof_id: UUID, version: int) -> None:
    tx.update(proofs, match={"id": proof_id, "version": version}, version=version + 1)


def add_proof_step(tx: Transaction, proof_id: UUID, *, step: str, state: str, reason: str) -> None:
    row = step_row(tx, of={"proof_id": proof_id}, step=step, state=state, reason=reason)
    tx.insert(proof_steps, **row)


def proof_columns(row: Mapping[str, Any]) -> Columns:
    """What is kept of an entry as it is registered."""
    names = {row["name"], *row["other_names"]}
    kept = (
        "name",
        "department",
        "department_name",
        "division",
        "issuing_unit",
        "legal_basis",
    )
    return {
        **{name: row[name] for name in kept},
        "other_names": list(row["other_names"]),
        "plain_names": sorted({proof_name(name) for name in names}),
    }


def _ruling_columns(ruling: Ruling) -> Columns:
    columns = asdict(ruling)
    columns.pop("status")
    return columns

"""Reads of the list of proofs, of what guides ask for, and of what is spared; they never write."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, true

from catalog.domain.materials import SPARED
from catalog.domain.measures import ITEMS, items_sparing, materials_sparing
from catalog.domain.proofs import proof_name
from catalog.tables.history import item_measure_changes, item_measures
from catalog.tables.items import departments, item_versions, published_items
from catalog.tables.proofs import item_materials, proof_changes, proof_periods, proofs
from chassis.errors import NotFoundError
from chassis.identity import subtree_prefix
from chassis.indicators import LAST_DAY, Period
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class ProofFilter:
    """Which proofs, as the list stood at the end of `day`; what is left out filters nothing."""

    day: date
    status: str = ""
    department: str = ""
    division: str = ""
    stands_in: str = ""
    q: str = ""


def proofs_on(wanted: ProofFilter) -> Select[Any]:
    """Entries with what held of them on a day."""
    day, period = min(wanted.day, LAST_DAY), proof_periods.c
    found: list[ColumnElement[bool]] = [
        period.valid_from <= day,
        or_(period.valid_to.is_(None), period.valid_to > day),
    ]
    for column, text in (
        (period.status, wanted.status),
        (proofs.c.department, wanted.department),
        (period.stands_in, wanted.stands_in),
    ):
        if text:
            found.append(column == text)
    if wanted.division:
        prefix = subtree_prefix(wanted.division)
        found.append(proofs.c.division.startswith(prefix, autoescape=True))
    if wanted.q.strip():
        name = proof_name(wanted.q)
        asked = func.array_to_string(proofs.c.plain_names, " ").contains(name, autoescape=True)
        found.append(or_(proofs.c.code == wanted.q.strip(), asked if name else proofs.c.code == ""))
    return (
        select(
            proofs,
            period.status,
            period.stands_in,
            period.certificate_type,
            period.data_resource,
            period.commitment_text,
            period.document,
            period.valid_from.label("effective_from"),
            period.valid_to.label("effective_to"),
        )
        .join(proof_periods, period.proof_id == proofs.c.id)
        .where(*found)
    )


async def proof_row(tx: Transaction, code: str, day: date) -> Row[Any]:
    """One entry as it stood on a day, or as it was first listed when it is listed later; raises NotFoundError."""
    row = await tx.one_or_none(proofs_on(ProofFilter(day=day)).where(proofs.c.code == code))
    if row is None:
        listed = await tx.scalar(select(proofs.c.listed_from).where(proofs.c.code == code))
        if listed is not None:
            later = proofs_on(ProofFilter(day=listed)).where(proofs.c.code == code)
            row = await tx.one_or_none(later)
    if row is None:
        raise NotFoundError("没有这个证明", "There is no such proof")
    return row


def changes_of(proof_id: Any) -> Select[Any]:
    return select(proof_changes).where(proof_changes.c.proof_id == proof_id)


def changes_waiting(department: str) -> Select[Any]:
    """Proposals that wait for a second person, of one department or of all."""
    mine = proofs.c.department == department if department else true()
    return (
        select(proof_changes, proofs.c.code.label("proof_code"))
        .join(proofs, proofs.c.id == proof_changes.c.proof_id)
        .where(proof_changes.c.state == "proposed", mine)
    )


def asking(proof: Row[Any], *, is_spared: bool | None) -> Select[Any]:
    """Materials of guides in force that are this proof, by its code or by one of its names."""
    material = item_materials.c
    by_code = select(item_materials).where(material.proof == proof.code)
    by_name = select(item_materials).where(material.plain_name == func.any(proof.plain_names))
    # A union of two index scans; an OR over both would read the table.
    both = by_code.union(by_name).subquery()
    statement = select(
        both.c.item_id,
        both.c.place,
        both.c.name.label("material"),
        both.c.is_spared,
        published_items.c.name,
        published_items.c.item_code,
        published_items.c.division,
        published_items.c.department,
        published_items.c.department_name,
    ).join(published_items, published_items.c.id == both.c.item_id)
    return statement if is_spared is None else statement.where(both.c.is_spared.is_(is_spared))


def asking_order(statement: Select[Any]) -> list[Any]:
    columns = statement.selected_columns
    return [columns.item_id, columns.place]


async def asking_counts(tx: Transaction, proof: Row[Any]) -> tuple[int, int]:
    """How many items ask for the proof, and how many name it with something standing in."""
    found = asking(proof, is_spared=None).subquery()
    counted = select(
        func.count(found.c.item_id.distinct()).filter(found.c.is_spared.is_(False)).label("asked"),
        func.count(found.c.item_id.distinct()).filter(found.c.is_spared.is_(True)).label("spared"),
    )
    row = (await tx.execute(counted)).one()
    return int(row.asked), int(row.spared)


async def cancelled_on(tx: Transaction, period: Period, day: date) -> int:
    wanted = ProofFilter(
        day=day, status="cancelled", department=period.department, division=period.division
    )
    return int(await tx.scalar(select(func.count()).select_from(proofs_on(wanted).subquery())) or 0)


async def exemptions_by_department(tx: Transaction, period: Period) -> list[Row[Any]]:
    """A row a department and measure, at the end of the period's last day or now; nothing is left out but zeros."""
    measures = [ITEMS, *map(items_sparing, SPARED), *map(materials_sparing, SPARED)]
    both = (
        _amounts(item_measures, period, measures)
        .union_all(_amounts(item_measure_changes, period, measures))
        .subquery()
    )
    statement = (
        select(
            both.c.department,
            departments.c.name,
            both.c.measure,
            func.sum(both.c.amount).label("amount"),
        )
        .outerjoin(departments, departments.c.code == both.c.department)
        .group_by(both.c.department, departments.c.name, both.c.measure)
        .having(func.sum(both.c.amount) != 0)
        .order_by(both.c.department)
    )
    return list(await tx.all(statement))


def _amounts(table: Any, period: Period, measures: list[str]) -> Select[Any]:
    t = table.c
    found = [t.measure.in_(measures)]
    if period.last_day is not None:
        found.append(t.day <= min(period.last_day, LAST_DAY))
    if period.division:
        found.append(t.division.startswith(subtree_prefix(period.division), autoescape=True))
    if period.department:
        found.append(t.department == period.department)
    columns = [t.measure, t.department]
    return select(*columns, func.sum(t.amount).label("amount")).where(*found).group_by(*columns)


def guide_in_force(item_id: Any) -> Select[Any]:
    return (
        select(published_items.c.id, published_items.c.number, item_versions.c.guide)
        .join(
            item_versions,
            and_(
                item_versions.c.item_id == published_items.c.id,
                item_versions.c.number == published_items.c.number,
            ),
        )
        .where(published_items.c.id == item_id, published_items.c.is_open)
    )

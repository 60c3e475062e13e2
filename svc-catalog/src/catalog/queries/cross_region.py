"""Reads of handling elsewhere (跨域通办): what can be handed in where, and what stands in the way."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from catalog.queries.history import in_force_on
from catalog.tables.channels import agreements, cross_region_places
from catalog.tables.history import item_spans
from catalog.tables.items import item_versions, published_items
from chassis.identity import subtree_prefix
from chassis.indicators import Period
from chassis.transaction import Transaction

_PREFIX_LENGTHS = (2, 4, 6, 9, 12)


@dataclass(frozen=True, kw_only=True)
class ElsewhereFilter:
    """Which items; what is left out filters nothing."""

    from_division: str = ""
    """Where the applicant would hand in."""
    scope: str = ""
    mode: str = ""
    period: Period


def items_elsewhere(wanted: ElsewhereFilter, day: date) -> Select[Any]:
    """Items in force at the end of a day with modes that answer to the filter, each once, with its guide's modes."""
    conditions = _place_conditions(wanted)
    if not conditions:
        conditions = [item_spans.c.is_cross_region]
    return _items(wanted.period, day).where(*conditions)


def items_with_modes(period: Period, day: date) -> Select[Any]:
    """Items in force that are open to handling elsewhere or declare modes: those that faults are looked for in."""
    return _items(period, day).where(or_(item_spans.c.is_cross_region, _has_place()))


def _items(period: Period, day: date) -> Select[Any]:
    t = item_spans.c
    return (
        select(
            t.item_id,
            t.number,
            t.division,
            t.department,
            published_items.c.item_code,
            item_versions.c.guide,
        )
        .join(published_items, published_items.c.id == t.item_id)
        .join(
            item_versions,
            and_(item_versions.c.item_id == t.item_id, item_versions.c.number == t.number),
        )
        .where(*_of_period(period, day))
    )


def _of_period(period: Period, day: date) -> list[ColumnElement[bool]]:
    t = item_spans.c
    found = [in_force_on(day)]
    if period.division:
        found.append(t.division.startswith(subtree_prefix(period.division), autoescape=True))
    if period.department:
        found.append(t.department == period.department)
    return found


def _place_conditions(wanted: ElsewhereFilter) -> list[ColumnElement[bool]]:
    p = cross_region_places.c
    found: list[ColumnElement[bool]] = []
    if wanted.from_division:
        found.append(p.place_prefix.in_(prefixes(wanted.from_division)))
    if wanted.scope:
        found.append(p.scope == wanted.scope)
    if wanted.mode:
        found.append(p.mode == wanted.mode)
    return [_has_place(*found)] if found else []


def _has_place(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    p = cross_region_places.c
    return exists().where(
        p.item_id == item_spans.c.item_id, p.number == item_spans.c.number, *conditions
    )


def prefixes(division: str) -> list[str]:
    """What codes of the divisions that hold this one begin with, itself included: 440305 -> 44, 4403, 440305."""
    code = subtree_prefix(division)
    return [code[:length] for length in _PREFIX_LENGTHS if length <= len(code)]


async def count_by_mode(tx: Transaction, period: Period, day: date) -> list[Row[Any]]:
    """Items in force at the end of a day, by scope and mode."""
    p = cross_region_places.c
    statement = (
        select(p.scope, p.mode, func.count(p.item_id.distinct()).label("items"))
        .join(item_spans, and_(item_spans.c.item_id == p.item_id, item_spans.c.number == p.number))
        .where(*_of_period(period, day))
        .group_by(p.scope, p.mode)
        .order_by(p.scope, p.mode)
    )
    return list(await tx.all(statement))


async def count_with_scope(tx: Transaction, period: Period, day: date, scope: str) -> int:
    """Items in force at the end of a day that declare a mode of this scope, or of any."""
    p = cross_region_places.c
    statement = (
        select(func.count(p.item_id.distinct()))
        .join(item_spans, and_(item_spans.c.item_id == p.item_id, item_spans.c.number == p.number))
        .where(*_of_period(period, day))
    )
    if scope:
        statement = statement.where(p.scope == scope)
    return int(await tx.scalar(statement) or 0)


async def count_open(tx: Transaction, period: Period, day: date) -> tuple[int, int]:
    """Items in force at the end of a day that say they are handled elsewhere, and those of them that do not say how."""
    t = item_spans.c
    statement = select(
        func.count().label("items"), func.count().filter(~_has_place()).label("without")
    ).where(*_of_period(period, day), t.is_cross_region)
    row = (await tx.all(statement.select_from(item_spans)))[0]
    return int(row.items), int(row.without)


def agreements_on(day: date, in_force: bool | None, partner: str) -> Select[Any]:
    """Agreements, with how many items in force today stand on each."""
    t, p = agreements.c, cross_region_places.c
    uses = (
        select(func.count(p.item_id.distinct()))
        .join(item_spans, and_(item_spans.c.item_id == p.item_id, item_spans.c.number == p.number))
        .where(or_(p.agreement == t.code, p.agreement == t.document), in_force_on(day))
        .scalar_subquery()
    )
    holds = and_(t.valid_from <= day, or_(t.valid_until.is_(None), t.valid_until >= day))
    found: list[ColumnElement[bool]] = []
    if in_force is not None:
        found.append(holds if in_force else ~holds)
    if partner:
        found.append(t.partner_division.startswith(subtree_prefix(partner), autoescape=True))
    return select(agreements, holds.label("is_in_force"), uses.label("items")).where(*found)


def one_agreement(agreement_id: UUID, day: date) -> Select[Any]:
    return agreements_on(day, None, "").where(agreements.c.id == agreement_id)


async def agreements_by_name(tx: Transaction) -> dict[str, Row[Any]]:
    """All agreements by code and by document."""
    known: dict[str, Row[Any]] = {}
    for row in await tx.all(select(agreements).order_by(agreements.c.id)):
        known[row.document] = row
        known[row.code] = row
    return known

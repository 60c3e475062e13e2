"""Reads of bundles (一件事); they never write."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select

from catalog.domain.drafts import VersionState
from catalog.queries.history import open_on
from catalog.tables.bundles import (
    bundle_members,
    bundle_reviews,
    bundle_spans,
    bundle_versions,
    bundles,
)
from catalog.tables.items import published_items
from chassis.errors import NotFoundError
from chassis.identity import subtree_prefix
from chassis.indicators import Period
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class BundleFilter:
    """Which bundles in force; what is left out filters nothing."""

    division: str = ""
    department: str = ""
    audience: str = ""
    life_event: str = ""
    item: UUID | None = None
    needs_review: bool | None = None
    q: str = ""
    last_day: date | None = None
    """Open at the end of this day; None: now."""


_NEEDS_REVIEW = exists().where(
    bundle_reviews.c.bundle_id == bundles.c.id, bundle_reviews.c.settled_at.is_(None)
)


def bundles_listed(wanted: BundleFilter) -> Select[Any]:
    """Bundles in force with the version that is."""
    found: list[ColumnElement[bool]] = [_open_on(wanted.last_day)]
    if wanted.division:
        prefix = subtree_prefix(wanted.division)
        found.append(bundles.c.division.startswith(prefix, autoescape=True))
    if wanted.department:
        found.append(bundles.c.department == wanted.department)
    if wanted.audience:
        found.append(bundles.c.audience.contains([wanted.audience]))
    if wanted.life_event:
        found.append(bundles.c.life_event == wanted.life_event)
    if wanted.item is not None:
        found.append(
            exists().where(
                bundle_members.c.bundle_id == bundles.c.id, bundle_members.c.item_id == wanted.item
            )
        )
    if wanted.needs_review is not None:
        found.append(_NEEDS_REVIEW if wanted.needs_review else ~_NEEDS_REVIEW)
    if wanted.q.strip():
        found.append(bundles.c.name.contains(wanted.q.strip(), autoescape=True))
    return _with_version().where(*found)


def _open_on(day: date | None) -> ColumnElement[bool]:
    if day is None:
        return bundles.c.state == "published"
    span = bundle_spans.c
    return exists().where(
        span.bundle_id == bundles.c.id,
        open_on(span.valid_from, span.valid_to, day),
    )


def _with_version(number: int | None = None) -> Select[Any]:
    wanted = bundles.c.published_number if number is None else number
    return select(
        bundles,
        _NEEDS_REVIEW.label("needs_review"),
        bundle_versions.c.number,
        bundle_versions.c.content,
        bundle_versions.c.merged,
        bundle_versions.c.published_at,
    ).join(
        bundle_versions,
        and_(bundle_versions.c.bundle_id == bundles.c.id, bundle_versions.c.number == wanted),
    )


async def bundle_row(tx: Transaction, bundle_id: UUID, number: int | None = None) -> Row[Any]:
    """A bundle with its version in force, or an earlier one; raises NotFoundError."""
    row = await tx.one_or_none(
        _with_version(number).where(
            bundles.c.id == bundle_id, bundle_versions.c.state == VersionState.PUBLISHED
        )
    )
    if row is None:
        raise NotFoundError
    return row


async def withdrawn_members(tx: Transaction, row: Row[Any]) -> list[UUID]:
    """Members of a version that are in force no longer."""
    ids = {each["item_id"] for place in row.merged.values() for each in place["members"]}
    statement = select(published_items.c.id).where(
        published_items.c.id.in_(ids), published_items.c.is_open.is_(False)
    )
    return sorted(found.id for found in await tx.all(statement))


def bundle_versions_of(bundle_id: UUID) -> Select[Any]:
    return select(bundle_versions).where(
        bundle_versions.c.bundle_id == bundle_id,
        bundle_versions.c.state == VersionState.PUBLISHED,
    )


def bundle_draft(bundle_id: UUID, number: int) -> Select[Any]:
    """A version within reach that is not in force, a discarded one too."""
    t = bundle_versions.c
    return select(bundle_versions).where(
        t.bundle_id == bundle_id, t.number == number, t.state != VersionState.PUBLISHED
    )


def bundle_drafts(department: str) -> Select[Any]:
    """Drafts of all bundles that a department leads."""
    return (
        select(bundle_versions, bundles.c.code, bundles.c.department)
        .join(bundles, bundles.c.id == bundle_versions.c.bundle_id)
        .where(bundles.c.department == department, bundle_versions.c.state == VersionState.DRAFT)
    )


def bundle_reviews_of(bundle_id: UUID) -> Select[Any]:
    return (
        select(bundle_reviews, published_items.c.name.label("item_name"))
        .outerjoin(published_items, published_items.c.id == bundle_reviews.c.item_id)
        .where(bundle_reviews.c.bundle_id == bundle_id)
    )


async def bundles_on(tx: Transaction, period: Period) -> int:
    wanted = BundleFilter(
        division=period.division, department=period.department, last_day=period.last_day
    )
    statement = select(func.count()).select_from(bundles_listed(wanted).subquery())
    return int(await tx.scalar(statement) or 0)

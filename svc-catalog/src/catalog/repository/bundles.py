"""Bundles (一件事) in and out of PostgreSQL. Never commits; never returns a row.

Row level security keeps what is not published to the lead department; the guides of members, other departments'
items, are read as the published versions that they are.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from catalog.domain.bundles import (
    Bundle,
    BundleContent,
    BundleNotYoursError,
    BundleState,
    BundleVersion,
    check_fields,
    check_members,
    missing_items,
)
from catalog.domain.drafts import ENDED, VersionState
from catalog.domain.merging import merge
from catalog.tables.bundles import (
    bundle_members,
    bundle_reviews,
    bundle_spans,
    bundle_steps,
    bundle_versions,
    bundles,
)
from catalog.tables.items import item_versions, published_items
from chassis.clock import local_date
from chassis.errors import NotFoundError
from chassis.ids import new_id
from chassis.steps import step_row
from chassis.transaction import Transaction
from contracts.guide import Guide


async def merged_of(tx: Transaction, content: BundleContent) -> dict[str, Any]:
    """What a bundle comes to with its members' guides in force; raises BundleFaultyError, BundleCircularError."""
    check_members(content)
    guides = await guides_in_force(tx, content.item_ids())
    missing_items(content, guides)
    check_fields(content, guides)
    return merge(content, guides)


async def guides_in_force(tx: Transaction, item_ids: Sequence[UUID]) -> dict[UUID, Guide]:
    """The guides in force of these items; those that are none, or withdrawn, are left out.

    The items stay as they are until the end, so that none is withdrawn while a bundle with it is published.
    """
    ids = bindparam("ids", sorted(item_ids), type_=ARRAY(PG_UUID(as_uuid=True)))
    statement = (
        select(published_items.c.id, item_versions.c.guide)
        .join(
            item_versions,
            and_(
                item_versions.c.item_id == published_items.c.id,
                item_versions.c.number == published_items.c.number,
            ),
        )
        .where(published_items.c.id == func.any(ids), published_items.c.is_open)
        .order_by(published_items.c.id)
        .with_for_update(of=published_items, read=True)
    )
    return {row.id: Guide.model_validate(row.guide) for row in await tx.all(statement)}


def check_yours(tx: Transaction, department: str) -> None:
    """Raise BundleNotYoursError for a bundle that another department leads."""
    if department != tx.principal.department:
        raise BundleNotYoursError


def add_bundle(tx: Transaction, bundle: Bundle, content: BundleContent) -> None:
    tx.insert(
        bundles,
        id=bundle.id,
        code=bundle.code,
        **shown_columns(content),
        division=bundle.division,
        department=bundle.department,
        state=bundle.state,
        published_number=bundle.published_number,
        latest_number=bundle.latest_number,
        created_at=bundle.created_at,
        version=bundle.version,
    )


def shown_columns(content: BundleContent) -> dict[str, Any]:
    """What lists show of a version."""
    return {
        "name": content.name,
        "life_event": content.life_event,
        "audience": list(content.audience),
    }


def store_bundle(tx: Transaction, bundle: Bundle, **shown: Any) -> None:
    tx.update(
        bundles,
        match={"id": bundle.id, "version": bundle.version - 1},
        state=bundle.state,
        published_number=bundle.published_number,
        latest_number=bundle.latest_number,
        version=bundle.version,
        **shown,
    )


async def get_bundle(tx: Transaction, bundle_id: UUID) -> Bundle:
    """A bundle within reach, locked until the end; raises NotFoundError."""
    row = await tx.one_or_none(select(bundles).where(bundles.c.id == bundle_id).with_for_update())
    if row is None:
        raise NotFoundError
    return _bundle(row)


async def discarded_bundle(tx: Transaction, content: BundleContent) -> Bundle | None:
    """The bundle within reach that has this code, when its drafts were all discarded; locked until the end."""
    row = await tx.one_or_none(
        select(bundles)
        .where(bundles.c.code == content.code, bundles.c.state == BundleState.DISCARDED)
        .with_for_update()
    )
    return None if row is None else _bundle(row)


async def has_other_bundle_drafts(tx: Transaction, draft: BundleVersion) -> bool:
    """Whether another version of the same bundle waits to be published."""
    t = bundle_versions.c
    other = (t.bundle_id == draft.bundle_id, t.number != draft.number, t.state.not_in(ENDED))
    return bool(await tx.scalar(select(exists().where(*other))))


def _bundle(row: Row[Any]) -> Bundle:
    return Bundle(
        id=row.id,
        code=row.code,
        division=row.division,
        department=row.department,
        state=BundleState(row.state),
        published_number=row.published_number,
        latest_number=row.latest_number,
        created_at=row.created_at,
        version=row.version,
    )


async def get_bundle_version(tx: Transaction, bundle_id: UUID, number: int) -> BundleVersion:
    """A version, locked; raises NotFoundError, PreconditionError."""
    statement = select(bundle_versions).where(
        bundle_versions.c.bundle_id == bundle_id, bundle_versions.c.number == number
    )
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    return BundleVersion(
        id=row.id,
        bundle_id=row.bundle_id,
        number=row.number,
        state=VersionState(row.state),
        content=BundleContent.model_validate(row.content),
        merged=row.merged,
        drafters=tuple(row.drafters),
        drafted_at=row.drafted_at,
        published_by=row.published_by,
        published_at=row.published_at,
        version=row.version,
    )


def add_bundle_version(tx: Transaction, version: BundleVersion) -> None:
    tx.insert(
        bundle_versions,
        id=version.id,
        bundle_id=version.bundle_id,
        number=version.number,
        state=version.state,
        content=version.content.model_dump(mode="json"),
        merged=version.merged,
        drafters=list(version.drafters),
        drafted_at=version.drafted_at,
        version=version.version,
    )


def store_bundle_version(tx: Transaction, version: BundleVersion) -> None:
    tx.update(
        bundle_versions,
        match={"id": version.id, "version": version.version - 1},
        state=version.state,
        content=version.content.model_dump(mode="json"),
        merged=version.merged,
        drafters=list(version.drafters),
        published_by=version.published_by,
        published_at=version.published_at,
        version=version.version,
    )


async def open_bundle(tx: Transaction, bundle: Bundle, version: BundleVersion) -> None:
    """This version is in force: its members, its span for the figures; what was to be looked at is settled."""
    await close_bundle(tx, bundle)
    rows = [{"bundle_id": bundle.id, "item_id": item_id} for item_id in version.content.item_ids()]
    await tx.execute(insert(bundle_members), rows)
    tx.insert(
        bundle_spans,
        id=new_id(),
        bundle_id=bundle.id,
        division=bundle.division,
        department=bundle.department,
        valid_from=local_date(tx.now),
    )


async def close_bundle(tx: Transaction, bundle: Bundle) -> None:
    """It takes no new applications."""
    await tx.execute(delete(bundle_members).where(bundle_members.c.bundle_id == bundle.id))
    reviews, spans = bundle_reviews.c, bundle_spans.c
    await tx.execute(
        update(bundle_reviews)
        .where(reviews.bundle_id == bundle.id, reviews.settled_at.is_(None))
        .values(settled_at=tx.now)
    )
    today = local_date(tx.now)
    await tx.execute(
        update(bundle_spans)
        .where(spans.bundle_id == bundle.id, spans.valid_to.is_(None))
        .values(valid_to=func.greatest(spans.valid_from, today))
    )


def add_bundle_step(tx: Transaction, bundle: Bundle, *, step: str, reason: str) -> None:
    row = step_row(tx, of={"bundle_id": bundle.id}, step=step, state=bundle.state, reason=reason)
    tx.insert(bundle_steps, **row)

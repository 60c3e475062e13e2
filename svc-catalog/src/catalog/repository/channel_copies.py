"""What channels show of items, as they report it: in their own words, or as the version of the guide. Never commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from catalog.domain.consistency import Content, conditions_digest, content_of, materials_digest
from catalog.domain.drafts import VersionState
from catalog.tables.audit import channel_copies, item_facts
from catalog.tables.items import item_versions
from chassis.clock import local_date
from chassis.transaction import Transaction

Columns = dict[str, Any]
Shown = tuple[UUID, int]
"""An item and the number of a version."""


@dataclass(frozen=True, kw_only=True)
class Digests:
    materials: str
    conditions: str

    @classmethod
    def of(cls, content: Content) -> "Digests":
        return cls(
            materials=materials_digest(content.materials),
            conditions=conditions_digest(content.conditions),
        )


def copy_columns(
    tx: Transaction,
    item_id: UUID,
    channel: str,
    digests: Digests,
    *,
    content: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> Columns:
    """The row of a copy: its own content, or the version that it shows."""
    return {
        "item_id": item_id,
        "channel": channel,
        "content": content or {},
        "shown_version": version,
        "materials_digest": digests.materials,
        "conditions_digest": digests.conditions,
        "reported_by": tx.principal.subject,
        "reporter_kind": tx.principal.kind,
        "first_reported_on": local_date(tx.now),
        "reported_at": tx.now,
    }


async def keep_copies(tx: Transaction, rows: Sequence[Columns]) -> None:
    """What channels show now, instead of what they reported before; the day of the first report stays."""
    await tx.insert_many(
        channel_copies, rows, keys=("item_id", "channel"), kept=("first_reported_on",)
    )


async def digests_of_versions(tx: Transaction, wanted: Iterable[Shown]) -> dict[Shown, Digests]:
    """Of published versions; those in force are laid out already, the others are read. What is not there is left out."""
    asked = set(wanted)
    if not asked:
        return {}
    f = item_facts.c
    laid_out = await tx.all(
        select(f.item_id, f.number, f.materials_digest, f.conditions_digest).where(
            f.item_id == func.any(_ids(item_id for item_id, _ in asked))
        )
    )
    found = {
        (row.item_id, row.number): Digests(
            materials=row.materials_digest, conditions=row.conditions_digest
        )
        for row in laid_out
        if (row.item_id, row.number) in asked
    }
    older = await _contents_of_versions(tx, asked - found.keys())
    return found | {key: Digests.of(content) for key, content in older.items()}


async def _contents_of_versions(tx: Transaction, wanted: set[Shown]) -> dict[Shown, Content]:
    if not wanted:
        return {}
    v = item_versions.c
    statement = select(
        v.item_id,
        v.number,
        v.guide["materials"].label("materials"),
        v.guide["conditions"].label("conditions"),
    ).where(
        tuple_(v.item_id, v.number).in_(sorted(wanted)),
        v.state == VersionState.PUBLISHED.value,
    )
    return {
        (row.item_id, row.number): content_of(row._mapping)  # type: ignore[arg-type]  # a row reads as a mapping by name
        for row in await tx.all(statement)
    }


async def contents_of(
    tx: Transaction, copies: Sequence[Row[Any]]
) -> dict[tuple[UUID, str], Content]:
    """What each copy says, by item and channel: its own content, or that of the version which it shows."""
    shown = {(row.item_id, row.shown_version) for row in copies if row.shown_version is not None}
    versions = await _contents_of_versions(tx, shown)
    return {
        (row.item_id, row.channel): content_of(row.content)
        if row.shown_version is None
        else versions[(row.item_id, row.shown_version)]
        for row in copies
    }


async def copies_among(tx: Transaction, item_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """What channels last reported of these items."""
    return await tx.all(_copies(item_ids))


def _copies(item_ids: Sequence[UUID]) -> Select[Any]:
    return select(channel_copies).where(channel_copies.c.item_id == func.any(_ids(item_ids)))


def _ids(item_ids: Iterable[UUID]) -> Any:
    return bindparam(None, list(set(item_ids)), type_=ARRAY(Uuid()), unique=True)

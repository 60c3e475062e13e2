"""The same item in several divisions and on several channels, compared in the database by digest."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    Select,
    Subquery,
    Text,
    Uuid,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from catalog.domain.publishing_rules import RuleKind
from catalog.tables.audit import channel_copies, item_facts, standard_digests
from chassis.transaction import Transaction

CONSISTENCY_KINDS = (RuleKind.DIVISIONS, RuleKind.CHANNELS)
CONSISTENCY_RULES = ("same-materials", "same-conditions", "same-on-channels")
DIGESTS = {"/materials": "materials_digest", "/conditions": "conditions_digest"}


def references(digest: str, group_keys: Any = None) -> Subquery:
    """For each group that disagrees: which digest holds, and one item that has it.

    Among the implementations at the highest level the majority counts, then the digest itself, so that the answer
    is the same each time.
    """
    f = item_facts.c
    kept = f[digest]
    groups = (
        select(f.group_key)
        .where(f.group_key.is_not(None))
        .group_by(f.group_key)
        .having(func.min(kept) != func.max(kept))
    )
    if group_keys is not None:
        groups = groups.where(f.group_key.in_(group_keys))
    disagreeing = groups.subquery()
    counted = (
        select(
            f.group_key,
            f.level,
            kept.label("digest"),
            func.count().label("held_by"),
            func.min(f.item_id.cast(Text)).label("item_id"),
        )
        .join(disagreeing, disagreeing.c.group_key == f.group_key)
        .group_by(f.group_key, f.level, kept)
        .subquery()
    )
    c = counted.c
    return (
        select(c.group_key, c.digest, c.item_id.cast(Uuid()).label("item_id"))
        .ext(distinct_on(c.group_key))
        .order_by(c.group_key, c.level, c.held_by.desc(), c.digest)
        .subquery()
    )


def unlike_others(digest: str, group_keys: Any = None) -> Select[Any]:
    """Items whose content is not the reference's: item_id, place, reference_item_id.

    What the basic item says holds before any implementation; then reference_item_id is null.
    """
    f, reference, standard = item_facts.c, references(digest, group_keys), standard_digests.c
    said = standard[digest]
    statement = (
        select(
            f.item_id,
            literal("").label("place"),
            case((said.is_(None), reference.c.item_id)).label("reference_item_id"),
        )
        .join(reference, reference.c.group_key == f.group_key, isouter=True)
        .join(standard_digests, standard.group_key == f.group_key, isouter=True)
        .where(f.group_key.is_not(None), func.coalesce(said, reference.c.digest) != f[digest])
    )
    return statement if group_keys is None else statement.where(f.group_key.in_(group_keys))


def unlike_channels() -> Select[Any]:
    """Items that a channel shows otherwise than they are in force: item_id, place (the channel), nothing."""
    f, copy = item_facts.c, channel_copies.c
    return (
        select(
            f.item_id, copy.channel.label("place"), literal(None, Uuid()).label("reference_item_id")
        )
        .join(channel_copies, copy.item_id == f.item_id)
        .where(
            or_(
                copy.materials_digest != f.materials_digest,
                copy.conditions_digest != f.conditions_digest,
                copy.shown_version < f.number,
            )
        )
    )


async def still_inconsistent(tx: Transaction, open_ones: Sequence[Row[Any]]) -> set[UUID]:
    """Which of these consistency findings are still so."""
    items = bindparam("items", [row.item_id for row in open_ones], type_=ARRAY(Uuid()))
    f = item_facts.c
    keys = select(f.group_key).where(f.item_id == func.any(items))
    found: set[tuple[str, UUID, str]] = set()
    for pointer, digest in DIGESTS.items():
        unlike = unlike_others(digest, keys).where(f.item_id == func.any(items))
        found |= {(pointer, row.item_id, "") for row in await tx.all(unlike)}
    shown = unlike_channels().where(f.item_id == func.any(items))
    found |= {("channel", row.item_id, row.place) for row in await tx.all(shown)}
    return {
        row.id
        for row in open_ones
        if ("channel" if row.place else row.fields[0], row.item_id, row.place) in found
    }

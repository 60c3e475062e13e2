"""Where items can be handed in elsewhere, agreements between cities, and faults of guides by both."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.cross_region import faults, needs_agreement, places_of
from catalog.domain.item import Item, ItemVersion
from catalog.tables.channels import agreements, channel_steps, cross_region_places
from chassis.clock import local_date
from chassis.errors import FieldFault, NotFoundError
from chassis.identity import subtree_prefix
from chassis.steps import add_step
from chassis.transaction import Transaction
from contracts.guide import Guide


async def cross_region_faults(
    tx: Transaction, guides: Sequence[Guide]
) -> list[tuple[FieldFault, ...]]:
    """For each guide, in order, what is wrong with its declared modes, agreements in force included."""
    named = {
        mode.agreement for guide in guides for mode in guide.cross_region_modes if mode.agreement
    }
    known = await _agreements_named(tx, named) if named else {}
    today = local_date(tx.now)
    return [
        (*faults(guide), *_agreement_faults(guide, known, guide.effective_from or today))
        for guide in guides
    ]


async def keep_places(tx: Transaction, entered: Sequence[tuple[Item, ItemVersion]]) -> None:
    """Lay out where versions that enter into force may be handed in; they stay, as the version does."""
    rows = [
        {
            "item_id": item.id,
            "number": version.number,
            "position": place,
            "division": division,
            "place_prefix": subtree_prefix(division),
            "scope": mode.scope,
            "mode": mode.mode,
            "agreement": mode.agreement,
        }
        for item, version in entered
        for place, mode, division in places_of(version.guide)
    ]
    if rows:
        await tx.execute(upsert(cross_region_places).on_conflict_do_nothing(), rows)


async def get_agreement(tx: Transaction, agreement_id: UUID) -> Row[Any]:
    """An agreement, locked until the end; raises NotFoundError."""
    statement = select(agreements).where(agreements.c.id == agreement_id).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    return row


def add_agreement_row(tx: Transaction, values: Mapping[str, Any], *, reason: str) -> None:
    tx.insert(agreements, **values, version=1, changed_at=tx.now)
    _step(tx, values["id"], "registered", reason)


def store_agreement(
    tx: Transaction, agreement_id: UUID, values: Mapping[str, Any], *, seen: int, reason: str
) -> None:
    match = {"id": agreement_id, "version": seen}
    tx.update(agreements, match=match, **values, version=seen + 1, changed_at=tx.now)
    _step(tx, agreement_id, "changed", reason)


def _step(tx: Transaction, agreement_id: UUID, step: str, reason: str) -> None:
    of = {"kind": "agreement", "of_id": str(agreement_id)}
    add_step(tx, channel_steps, of=of, step=step, state="registered", reason=reason)


async def _agreements_named(tx: Transaction, names: set[str]) -> dict[str, Row[Any]]:
    t = agreements.c
    statement = select(agreements).where(t.code.in_(names) | t.document.in_(names)).order_by(t.id)
    known: dict[str, Row[Any]] = {}
    for row in await tx.all(statement):
        known[row.document] = row
        known[row.code] = row
    return known


def _agreement_faults(
    guide: Guide, known: Mapping[str, Row[Any]], day: date
) -> Iterator[FieldFault]:
    for place, mode in enumerate(guide.cross_region_modes):
        if not needs_agreement(mode):
            continue
        pointer = f"/guide/cross_region_modes/{place}/agreement"
        row = known.get(mode.agreement)
        if row is None:
            yield FieldFault(
                pointer=pointer,
                code="agreement-unknown",
                zh="跨市通办须写明已登记的合作协议（编号或文号）；请先登记协议，或核对编号",
                en="Name a registered agreement by its code or document; register it first, or check the code",
            )
        elif not is_in_force(row, day):
            yield FieldFault(
                pointer=pointer,
                code="agreement-not-in-force",
                zh=f"协议 {row.code} 在 {day} 不在有效期内；请续签登记后再发布，或删去此通办方式",
                en=f"The agreement {row.code} is not in force on {day}; renew it, or take this mode out",
            )
        elif not _reaches(row, mode.divisions):
            yield FieldFault(
                pointer=pointer,
                code="agreement-with-another",
                zh=f"协议 {row.code} 是与{row.partner_city}签订的，不含所写的区划；请核对",
                en=f"The agreement {row.code} is with another city than these divisions; check it",
            )


def is_in_force(agreement: Any, day: date) -> bool:
    """Whether an agreement holds on a day; its last day counts."""
    return bool(
        agreement.valid_from <= day
        and (agreement.valid_until is None or day <= agreement.valid_until)
    )


def _reaches(agreement: Any, divisions: Sequence[str]) -> bool:
    prefix = subtree_prefix(agreement.partner_division)
    return all(division.startswith(prefix) for division in divisions)

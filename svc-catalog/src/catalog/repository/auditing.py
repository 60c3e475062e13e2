"""The steps of an audit over all items in force, each set-based. Never commits."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    case,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    update,
    values,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.consistency import Content, conditions_digest, content_of, materials_digest
from catalog.domain.guide_facts import mask_of
from catalog.domain.publishing_rules import PublishingRule, RuleKind
from catalog.repository.audit import ACCEPTED
from catalog.repository.cancelled_proofs import asking_cancelled
from catalog.repository.rule_sql import broken
from catalog.repository.same_items import DIGESTS, unlike_channels, unlike_others
from catalog.tables.audit import (
    audit_candidates,
    audit_nights,
    audit_tallies,
    audits,
    findings,
    item_facts,
    standard_digests,
)
from catalog.tables.standards import basic_items
from chassis.clock import local_date
from chassis.transaction import Transaction

COMMON = "*"
AUDIT = "audit-items"
"""The kind of the job."""


async def take_night(tx: Transaction, night: date, audit_id: UUID) -> bool:
    """Whether this process starts the night's audit; another that asks later is told no."""
    statement = upsert(audit_nights).values(night=night, audit_id=audit_id)
    added = await tx.all(statement.on_conflict_do_nothing().returning(audit_nights.c.night))
    return bool(added)


async def begin_audit(tx: Transaction, audit_id: UUID) -> None:
    """Its row, once; what an earlier run of the same audit left undone is found again."""
    row = {"id": audit_id, "started_at": tx.now, "items": 0, "opened": 0, "closed": 0}
    await tx.execute(upsert(audits).values(**row, open_findings=0).on_conflict_do_nothing())
    await tx.execute(delete(audit_candidates).where(audit_candidates.c.audit_id == audit_id))


async def read_standards(tx: Transaction, today: date) -> None:
    """What basic items in force say of materials and conditions, as digests to compare by."""
    b = basic_items.c
    said = await tx.all(
        select(b.code, b.materials, b.conditions).where(
            or_(b.materials.is_not(None), b.conditions.is_not(None)),
            b.in_force_from <= today,
            or_(b.in_force_until.is_(None), b.in_force_until > today),
        )
    )
    await tx.execute(delete(standard_digests))
    await tx.insert_many(standard_digests, [_standard(row) for row in said])


def _standard(row: Row[Any]) -> dict[str, Any]:
    content = standard_content(row)
    return {
        "group_key": row.code,
        "materials_digest": None if row.materials is None else materials_digest(content.materials),
        "conditions_digest": None
        if row.conditions is None
        else conditions_digest(content.conditions),
    }


def standard_content(row: Row[Any]) -> Content:
    """What a basic item says, to be compared with."""
    return content_of({"materials": row.materials, "conditions": row.conditions})


async def standards_of(tx: Transaction, codes: Sequence[str]) -> dict[str, Content]:
    """What these basic items say, by code."""
    t = basic_items.c
    rows = await tx.all(select(t.code, t.materials, t.conditions).where(t.code.in_(codes)))
    return {row.code: standard_content(row) for row in rows}


def compared_by(rule: PublishingRule, day: date) -> Select[Any]:
    """What a comparison finds: item_id, place, reference_item_id."""
    if rule.kind is RuleKind.PROOFS:
        return asking_cancelled(day)
    if rule.kind is RuleKind.CHANNELS:
        return unlike_channels()
    return unlike_others(DIGESTS[rule.pointers[0]])


async def gather_compared(tx: Transaction, audit_id: UUID, rule: PublishingRule) -> None:
    """Lay out everything that a comparison finds, known or not: it is made once, over all items."""
    found = compared_by(rule, local_date(tx.now)).subquery()
    rows = select(
        literal(audit_id, Uuid()),
        literal(rule.code),
        found.c.item_id,
        found.c.place,
        found.c.reference_item_id,
    )
    columns = ["audit_id", "rule", "item_id", "place", "reference_item_id"]
    await tx.execute(insert(audit_candidates).from_select(columns, rows))


async def gather_broken(tx: Transaction, audit_id: UUID, rules: Sequence[PublishingRule]) -> None:
    """Lay out which guides break which rule, known or not: one look at each guide for all rules."""
    if not rules:
        return
    conditions = {rule.code: broken(rule) for rule in rules}
    asked = values(column("rule", Text()), column("is_broken", Boolean()), name="asked")
    each = asked.data(list(conditions.items())).lateral()
    rows = (
        select(literal(audit_id, Uuid()), each.c.rule, item_facts.c.item_id, literal(""))
        .select_from(item_facts)
        .join(each, true())
        .where(or_(*conditions.values()), each.c.is_broken)
    )
    columns = ["audit_id", "rule", "item_id", "place"]
    await tx.execute(insert(audit_candidates).from_select(columns, rows))


async def look_at_sizes(tx: Transaction) -> None:
    """Tell the planner how much there is: what was laid out just now is unknown to it, and it would guess one row."""
    await tx.execute(text("ANALYZE audit_candidates"))
    await tx.execute(text("ANALYZE findings"))


async def gone(tx: Transaction, audit_id: UUID, code: str, *, limit: int) -> Sequence[Row[Any]]:
    """Open findings of a rule that the audit did not find again, locked."""
    t, c = findings.c, audit_candidates.c
    again = (
        select(c.item_id)
        .where(
            c.audit_id == audit_id,
            c.rule == code,
            c.item_id == t.item_id,
            c.place == t.place,
        )
        .exists()
    )
    statement = select(findings).where(t.rule == code, t.closed_at.is_(None), ~again)
    return await tx.all(statement.order_by(t.id).limit(limit).with_for_update())


async def drop_known(tx: Transaction, audit_id: UUID, code: str, today: date) -> None:
    """What is open already, or accepted for now, is not opened again."""
    t, c = findings.c, audit_candidates.c
    is_accepted = and_(t.outcome == ACCEPTED, t.accepted_until >= today)
    for known in (t.closed_at.is_(None), is_accepted):
        await tx.execute(
            delete(audit_candidates).where(
                c.audit_id == audit_id,
                c.rule == code,
                t.rule == code,
                t.item_id == c.item_id,
                t.place == c.place,
                known,
            )
        )


async def take_candidates(
    tx: Transaction, audit_id: UUID, code: str, *, limit: int
) -> Sequence[Row[Any]]:
    """The next piece of what a rule found; it is taken off the list in the same commit that opens it."""
    t = audit_candidates.c
    row: ColumnElement[Any] = literal_column("audit_candidates.ctid")
    piece = (
        select(row)
        .where(t.audit_id == audit_id, t.rule == code)
        .order_by(t.item_id)
        .limit(limit)
        .scalar_subquery()
    )
    return await tx.all(
        delete(audit_candidates)
        .where(row == func.any(func.array(piece)))
        .returning(t.item_id, t.place, t.reference_item_id)
    )


async def codes_with_open(tx: Transaction) -> list[str]:
    statement = select(findings.c.rule).where(findings.c.closed_at.is_(None)).distinct()
    return [row.rule for row in await tx.all(statement)]


async def count_fields(
    tx: Transaction, audit_id: UUID, mandatory: Mapping[str, Sequence[str]]
) -> None:
    """Mandatory fields and filled ones, by department, as they are now."""
    f = item_facts.c
    common = mandatory.get(COMMON, ())
    masks = {code: mask_of([*common, *names]) for code, names in mandatory.items()}
    mask = case(
        *((f.task_type == code, literal(bits, BigInteger())) for code, bits in masks.items()),
        else_=literal(masks.get(COMMON, mask_of(common)), BigInteger()),
    )
    rows = select(
        literal(audit_id, Uuid()),
        f.division,
        f.department,
        func.count(),
        func.sum(_bits(f.filled_mask.op("&")(mask))),
        func.sum(_bits(mask)),
    ).group_by(f.division, f.department)
    await tx.execute(delete(audit_tallies).where(audit_tallies.c.audit_id == audit_id))
    columns = ["audit_id", "division", "department", "items", "filled", "mandatory"]
    await tx.execute(insert(audit_tallies).from_select(columns, rows))


def _bits(mask: Any) -> Any:
    return func.bit_count(sql_cast(mask, BIT(64)), type_=Integer())


async def count_piece(tx: Transaction, audit_id: UUID, *, opened: int = 0, closed: int = 0) -> None:
    """Kept in the commit that opens or closes, so that a killed audit miscounts nothing."""
    await tx.execute(
        update(audits)
        .where(audits.c.id == audit_id)
        .values(opened=audits.c.opened + opened, closed=audits.c.closed + closed)
    )


async def end_audit(tx: Transaction, audit_id: UUID) -> None:
    items = await tx.scalar(select(func.count()).select_from(item_facts))
    standing = await tx.scalar(
        select(func.count()).select_from(findings).where(findings.c.closed_at.is_(None))
    )
    await tx.execute(
        update(audits)
        .where(audits.c.id == audit_id)
        .values(
            finished_at=tx.now,
            finished_on=local_date(tx.now),
            items=items,
            open_findings=standing,
        )
    )

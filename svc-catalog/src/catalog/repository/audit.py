"""Publishing rules, facts of guides in force, and findings, in and out of PostgreSQL. Never commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from catalog.domain.consistency import (
    conditions_digest,
    group_key,
    level_of,
    materials_digest,
)
from catalog.domain.guide_facts import facts_of, filled_fields, mask_of
from catalog.domain.item import Item, ItemVersion
from catalog.domain.publishing_rules import PublishingRule, RuleKind, Severity
from catalog.repository.cancelled_proofs import still_asking
from catalog.repository.same_items import CONSISTENCY_KINDS, still_inconsistent
from catalog.repository.themes import theme_lists
from catalog.tables.audit import (
    finding_steps,
    findings,
    item_facts,
    publishing_rule_versions,
    publishing_rules,
)
from catalog.tables.items import item_versions, published_items
from chassis.clock import local_date
from chassis.errors import FieldFault, NotFoundError
from chassis.ids import new_id
from chassis.steps import step_row
from chassis.transaction import Transaction
from contracts.events.catalog import FindingClosed, FindingOpened
from contracts.guide import Guide

Columns = dict[str, Any]

OPEN, CLOSED = "open", "closed"
_OPENING = 5929105
"""The advisory lock under which findings are opened."""
MENDED, ACCEPTED, WITHDRAWN = "mended", "accepted", "withdrawn"
_CLOSING_WORDS = {
    MENDED: "复查已不再存在",
    ACCEPTED: "认可为合法差异",
    WITHDRAWN: "事项已停办或规则已停用",
}


async def rule_faults(tx: Transaction, guides: Sequence[Guide]) -> list[tuple[FieldFault, ...]]:
    """For each guide, in order, what publishing rules forbid."""
    rules = [rule for rule in await rules_in_use(tx) if rule.severity is Severity.REFUSE]
    # Of ten thousand guides many break the same few rules: a rule's words are put together once.
    faults = {rule.code: rule.fault() for rule in rules}
    found = []
    for guide in guides:
        facts = facts_of(guide)
        found.append(tuple(faults[rule.code] for rule in rules if rule.is_broken_by(facts)))
    return found


async def rules_in_use(tx: Transaction) -> list[PublishingRule]:
    """The enabled rules, in the order of their codes."""
    t = publishing_rules.c
    statement = select(publishing_rules).where(t.is_enabled, ~t.is_retired)
    rules = [rule_of(row) for row in await tx.all(statement.order_by(t.code))]
    return await with_lists(tx, rules)


async def with_lists(tx: Transaction, rules: Sequence[PublishingRule]) -> list[PublishingRule]:
    """The rules with what the city's lists hold now, where their parameters name one."""
    if not any(rule.names_lists() for rule in rules):
        return list(rules)
    lists = await theme_lists(tx)
    return [rule.with_lists(lists) for rule in rules]


async def get_rule(tx: Transaction, code: str) -> PublishingRule:
    """A rule, locked until the end; raises NotFoundError, PreconditionError."""
    statement = select(publishing_rules).where(publishing_rules.c.code == code).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError("没有这条发布规则", "There is no such publishing rule")
    tx.expect(row.version)
    return rule_of(row)


async def is_rule_there(tx: Transaction, code: str) -> bool:
    statement = select(publishing_rules.c.code).where(publishing_rules.c.code == code)
    return await tx.one_or_none(statement) is not None


def add_rule(tx: Transaction, code: str, content: Columns, *, reason: str) -> None:
    """A rule that was not there, as its first version; a second one of this code breaks the key."""
    tx.insert(publishing_rules, code=code, version=1, changed_at=tx.now, **content)
    _add_rule_version(tx, code, 1, content, reason=reason)


def rule_of(row: Row[Any]) -> PublishingRule:
    return PublishingRule(
        code=row.code,
        version=row.version,
        kind=RuleKind(row.kind),
        expression=row.expression,
        parameters=row.parameters,
        pointers=tuple(row.pointers),
        message_zh=row.message_zh,
        message_en=row.message_en,
        how_to_mend_zh=row.how_to_mend_zh,
        how_to_mend_en=row.how_to_mend_en,
        severity=Severity(row.severity),
        is_enabled=row.is_enabled,
        is_retired=row.is_retired,
        applies_to=tuple(row.applies_to),
    )


def store_rule(tx: Transaction, code: str, seen: int, content: Columns, *, reason: str) -> None:
    """The next version of a rule, with who made it and why."""
    tx.update(
        publishing_rules,
        match={"code": code, "version": seen},
        version=seen + 1,
        changed_at=tx.now,
        **content,
    )
    _add_rule_version(tx, code, seen + 1, content, reason=reason)


def _add_rule_version(
    tx: Transaction, code: str, version: int, content: Columns, *, reason: str
) -> None:
    tx.insert(
        publishing_rule_versions,
        code=code,
        version=version,
        content={"code": code, **content},
        actor_kind=tx.principal.kind,
        changed_by=tx.principal.subject,
        reason=reason,
        changed_at=tx.now,
    )


def fact_columns(item_id: UUID, number: int, guide: Guide) -> Columns:
    """The row of `item_facts` of a guide in force."""
    return {
        "item_id": item_id,
        "number": number,
        "division": guide.division,
        "department": guide.department,
        "level": level_of(guide.division),
        "group_key": group_key(guide),
        "basic_code": guide.basic_code,
        "materials_digest": materials_digest(guide.materials),
        "conditions_digest": conditions_digest(guide.conditions),
        "filled_mask": mask_of(filled_fields(guide)),
        **facts_of(guide),
    }


async def keep_facts(tx: Transaction, entered: Sequence[tuple[Item, ItemVersion]]) -> None:
    """Lay out the facts of guides that enter into force, and close what they mended."""
    rows = [fact_columns(item.id, version.number, version.guide) for item, version in entered]
    if not rows:
        return
    await tx.insert_many(item_facts, rows, keys=("item_id",), is_awaited=False)
    older = [item.id for item, version in entered if version.number > 1]
    if older:
        await close_mended(tx, older)


async def drop_facts(tx: Transaction, item_ids: Sequence[UUID]) -> None:
    """These items are in force no longer: nothing is asked of them, and nothing is to be mended."""
    await tx.execute(delete(item_facts).where(item_facts.c.item_id == func.any(_ids(item_ids))))
    await close_findings(tx, await _open_of(tx, item_ids), outcome=WITHDRAWN)


async def close_mended(tx: Transaction, item_ids: Sequence[UUID]) -> int:
    """Look again at what is open of these items, and close what is so no longer; returns how many."""
    open_ones = await _open_of(tx, item_ids)
    if not open_ones:
        return 0
    rules = {rule.code: rule for rule in await rules_in_use(tx)}
    rows = await tx.all(select(item_facts).where(item_facts.c.item_id == func.any(_ids(item_ids))))
    facts = {row.item_id: dict(row._mapping) for row in rows}
    compared = [each for each in open_ones if _kind(rules, each) in CONSISTENCY_KINDS]
    unlike = await still_inconsistent(tx, compared) if compared else set()
    asked = [each for each in open_ones if _kind(rules, each) is RuleKind.PROOFS]
    unlike |= await still_asking(tx, asked, local_date(tx.now)) if asked else set()
    mended = [
        each
        for each in open_ones
        if not _is_still_so(rules.get(each.rule), each, facts.get(each.item_id), unlike)
    ]
    await close_findings(tx, mended, outcome=MENDED)
    return len(mended)


def _kind(rules: Mapping[str, PublishingRule], finding: Row[Any]) -> RuleKind | None:
    rule = rules.get(finding.rule)
    return rule.kind if rule is not None else None


def _is_still_so(
    rule: PublishingRule | None,
    finding: Row[Any],
    facts: Mapping[str, Any] | None,
    unlike: set[UUID],
) -> bool:
    if rule is None or facts is None:
        return False
    if rule.kind is not RuleKind.GUIDE:
        return finding.id in unlike
    return rule.is_broken_by(facts)


async def _open_of(tx: Transaction, item_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    statement = select(findings).where(
        findings.c.item_id == func.any(_ids(item_ids)), findings.c.closed_at.is_(None)
    )
    return await tx.all(statement.order_by(findings.c.id).with_for_update())


def _ids(item_ids: Iterable[UUID]) -> Any:
    return bindparam(None, list(item_ids), type_=ARRAY(Uuid()), unique=True)


async def get_finding(tx: Transaction, finding_id: UUID) -> Row[Any]:
    """A finding within reach, locked until the end; raises NotFoundError, PreconditionError."""
    statement = select(findings).where(findings.c.id == finding_id).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError(
            "没有这个问题，或不在您的权限范围内", "There is no such finding in reach"
        )
    tx.expect(row.version)
    return row


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing that an audit found, to be opened."""

    rule: PublishingRule
    item: Row[Any]
    place: str = ""
    fields: tuple[str, ...]
    what: str
    how_to_mend: str = ""
    """Empty: as the rule says."""
    differences: tuple[Mapping[str, Any], ...] = ()
    reference_item_id: UUID | None = None


async def open_findings(tx: Transaction, found: Sequence[Found], *, due_on: date) -> int:
    """Open what is not open yet, and tell it; returns how many. One at a time: the next waits for this commit."""
    if not found:
        return 0
    await tx.execute(select(func.pg_advisory_xact_lock(_OPENING)))
    known = await _open_among(tx, found)
    rows = {
        new_id(): each for each in found if (each.rule.code, each.item.id, each.place) not in known
    }
    await tx.insert_many(findings, [_opened(tx, id, each, due_on) for id, each in rows.items()])
    for id, each in rows.items():
        _add_step(tx, id, step="opened", state=OPEN, reason=f"审计发现：{each.rule.code}")
        _tell_opened(tx, id, each, due_on)
    return len(rows)


async def _open_among(tx: Transaction, found: Sequence[Found]) -> set[tuple[str, UUID, str]]:
    t = findings.c
    statement = select(t.rule, t.item_id, t.place).where(
        t.item_id == func.any(_ids({each.item.id for each in found})),
        t.rule.in_({each.rule.code for each in found}),
        t.closed_at.is_(None),
    )
    return {(row.rule, row.item_id, row.place) for row in await tx.all(statement)}


def _opened(tx: Transaction, id: UUID, found: Found, due_on: date) -> Columns:
    item = found.item
    return {
        "id": id,
        "rule": found.rule.code,
        "rule_version": found.rule.version,
        "item_id": item.id,
        "item_code": item.item_code,
        "item_name": item.name,
        "division": item.division,
        "department": item.department,
        "fields": list(found.fields),
        "place": found.place,
        "what": found.what,
        "how_to_mend": found.how_to_mend or found.rule.mending()[0],
        "differences": list(found.differences),
        "reference_item_id": found.reference_item_id,
        "due_on": due_on,
        "state": OPEN,
        "opened_at": tx.now,
        "opened_on": local_date(tx.now),
        "basis": "",
        "version": 1,
    }


def _tell_opened(tx: Transaction, id: UUID, found: Found, due_on: date) -> None:
    item = found.item
    fact = FindingOpened(
        finding_id=id,
        rule=found.rule.code,
        item_id=item.id,
        item_code=item.item_code,
        item_name=item.name,
        division=item.division,
        department=item.department,
        fields=found.fields,
        what=found.what,
        how_to_mend=found.how_to_mend or found.rule.mending()[0],
        due_on=due_on,
        opened_at=tx.now,
    )
    tx.tell(fact, aggregate_id=id, sequence=1, division=item.division, department=item.department)


async def close_findings(
    tx: Transaction,
    rows: Sequence[Row[Any]],
    *,
    outcome: str,
    reason: str = "",
    accepted_until: date | None = None,
    basis: str = "",
) -> None:
    """Close open findings that are held locked, and tell it."""
    if not rows:
        return
    ids = _ids(row.id for row in rows)
    await tx.execute(
        update(findings)
        .where(findings.c.id == func.any(ids))
        .values(
            state=CLOSED,
            outcome=outcome,
            closed_at=tx.now,
            closed_on=local_date(tx.now),
            accepted_until=accepted_until,
            basis=basis,
            version=findings.c.version + 1,
        )
    )
    for row in rows:
        _add_step(tx, row.id, step=outcome, state=CLOSED, reason=reason or _CLOSING_WORDS[outcome])
        fact = FindingClosed(
            finding_id=row.id,
            rule=row.rule,
            item_id=row.item_id,
            outcome=outcome,
            closed_at=tx.now,
        )
        tx.tell(
            fact,
            aggregate_id=row.id,
            sequence=row.version + 1,
            division=row.division,
            department=row.department,
        )


async def end_acceptance(tx: Transaction, row: Row[Any], *, last_day: date, reason: str) -> None:
    """An acceptance holds no longer; the next audit finds it again if it is still so."""
    tx.update(
        findings,
        match={"id": row.id, "version": row.version},
        accepted_until=last_day,
        version=row.version + 1,
    )
    _add_step(tx, row.id, step="acceptance-ended", state=CLOSED, reason=reason)


def _add_step(tx: Transaction, finding_id: UUID, *, step: str, state: str, reason: str) -> None:
    of = {"finding_id": finding_id}
    tx.insert(finding_steps, **step_row(tx, of=of, step=step, state=state, reason=reason))


async def headings_of(tx: Transaction, item_ids: Sequence[UUID]) -> Mapping[UUID, Row[Any]]:
    """Items in force by id: id, item_code, name, division, department."""
    p = published_items.c
    statement = select(p.id, p.item_code, p.name, p.division, p.department)
    rows = await tx.all(statement.where(p.id == func.any(_ids(item_ids))))
    return {row.id: row for row in rows}


async def guides_of(tx: Transaction, item_ids: Sequence[UUID]) -> Mapping[UUID, Row[Any]]:
    """Items in force with their guides, by id: id, number, item_code, name, division, department, guide."""
    p = published_items.c
    statement = (
        select(p.id, p.number, p.item_code, p.name, p.division, p.department, item_versions.c.guide)
        .join(
            item_versions, and_(item_versions.c.item_id == p.id, item_versions.c.number == p.number)
        )
        .where(p.id == func.any(_ids(item_ids)))
    )
    return {row.id: row for row in await tx.all(statement)}

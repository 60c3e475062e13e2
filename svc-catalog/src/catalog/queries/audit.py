"""Reads of publishing rules, findings, audits and consistency; they never write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from catalog.domain.measures import on_channel
from catalog.domain.publishing_rules import PublishingRule
from catalog.queries.history import in_force_on, measured
from catalog.repository.cancelled_proofs import NO_CANCELLED_PROOF
from catalog.repository.rule_sql import broken
from catalog.repository.same_items import CONSISTENCY_RULES, DIGESTS, unlike_others
from catalog.tables.audit import (
    audit_tallies,
    audits,
    channel_copies,
    findings,
    item_facts,
    publishing_rules,
)
from catalog.tables.history import item_spans
from catalog.tables.items import published_items
from chassis.clock import local_date
from chassis.identity import subtree_prefix
from chassis.indicators import LAST_DAY, Period
from chassis.transaction import Transaction

TRIAL_EXAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class FindingFilter:
    """Which findings; what is left out filters nothing."""

    rule: str = ""
    state: str = ""
    outcome: str = ""
    item_id: UUID | None = None
    is_overdue: bool | None = None
    is_consistency: bool | None = None
    is_open: bool | None = None
    """At the end of the period's last day, or now."""
    proof: str = ""
    """A cancelled proof that the guide still asks for, by its code."""
    asks_cancelled_proof: bool | None = None
    place: str = ""
    """Where within the rule: a channel's code, a proof's code."""
    item_code: str = ""
    reference_item_id: UUID | None = None
    due: tuple[date | None, date | None] = (None, None)
    closed: tuple[date | None, date | None] = (None, None)
    accepted_until: tuple[date | None, date | None] = (None, None)
    """Days from and to, both included."""
    is_each_item_once: bool = False
    """One row an item: the oldest of its findings that match."""
    period: Period
    """`first_day`: opened on it or after; `last_day`: opened by its end."""


def findings_where(wanted: FindingFilter, *, today: date) -> Select[Any]:
    t = findings.c
    found: list[ColumnElement[bool]] = list(_within(wanted.period))
    if wanted.period.last_day is not None:
        found.append(t.opened_on <= min(wanted.period.last_day, LAST_DAY))
    if wanted.is_open is not None:
        standing = _standing_open(wanted.period)
        found.append(standing if wanted.is_open else ~standing)
    if wanted.period.first_day is not None:
        found.append(t.opened_on >= wanted.period.first_day)
    named = (
        (t.rule, wanted.rule),
        (t.state, wanted.state),
        (t.outcome, wanted.outcome),
        (t.item_id, wanted.item_id),
        (t.place, wanted.place),
        (t.item_code, wanted.item_code),
        (t.reference_item_id, wanted.reference_item_id),
    )
    found += [column == value for column, value in named if value]
    found += _on_days(wanted)
    if wanted.is_overdue is not None:
        late = and_(t.closed_at.is_(None), t.due_on < today)
        found.append(late if wanted.is_overdue else ~late)
    if wanted.is_consistency is not None:
        same = t.rule.in_(CONSISTENCY_RULES)
        found.append(same if wanted.is_consistency else ~same)
    found += _about_proofs(wanted)
    if not wanted.is_each_item_once:
        return select(findings).where(*found)
    oldest = select(t.id).where(*found).ext(distinct_on(t.item_id)).order_by(t.item_id, t.id)
    return select(findings).where(t.id.in_(oldest))


def _on_days(wanted: FindingFilter) -> list[ColumnElement[bool]]:
    t = findings.c
    spans = (
        (t.due_on, wanted.due),
        (t.closed_on, wanted.closed),
        (t.accepted_until, wanted.accepted_until),
    )
    found: list[ColumnElement[bool]] = []
    for column, (first, last) in spans:
        found += [column >= first] if first is not None else []
        found += [column <= last] if last is not None else []
    return found


def _about_proofs(wanted: FindingFilter) -> list[ColumnElement[bool]]:
    t = findings.c
    asks = t.rule == NO_CANCELLED_PROOF
    found = [asks, t.place == wanted.proof] if wanted.proof else []
    if wanted.asks_cancelled_proof is not None:
        found.append(asks if wanted.asks_cancelled_proof else ~asks)
    return found


async def findings_count(tx: Transaction, wanted: FindingFilter) -> int:
    """As many as the list of the same filter has rows."""
    listed = findings_where(wanted, today=local_date(tx.now)).subquery()
    return int(await tx.scalar(select(func.count()).select_from(listed)) or 0)


def _standing_open(period: Period) -> ColumnElement[bool]:
    if period.last_day is None:
        return findings.c.closed_at.is_(None)
    return and_(*open_at(period.last_day))


def open_at(day: date) -> list[ColumnElement[bool]]:
    """Open at the end of a day: what was closed on it was open no longer."""
    t, last = findings.c, min(day, LAST_DAY)
    return [t.opened_on <= last, or_(t.closed_on.is_(None), t.closed_on > last)]


def _within(period: Period) -> list[ColumnElement[bool]]:
    t = findings.c
    found: list[ColumnElement[bool]] = []
    if period.division:
        found.append(t.division.startswith(subtree_prefix(period.division), autoescape=True))
    if period.department:
        found.append(t.department == period.department)
    return found


async def open_findings_count(
    tx: Transaction, period: Period, *, by_item: bool = False, only: Sequence[str] = ()
) -> int:
    """Findings, or items with any, that were open at the end of the period's last day, or are."""
    counted = func.count(findings.c.item_id.distinct()) if by_item else func.count()
    conditions = [*_within(period), _standing_open(period)]
    if only:
        conditions.append(findings.c.rule.in_(only))
    return int(await tx.scalar(select(counted).select_from(findings).where(*conditions)) or 0)


async def counts_open(tx: Transaction, period: Period, today: date) -> Sequence[Row[Any]]:
    """Open findings by department and rule."""
    t = findings.c
    late = func.count().filter(t.due_on < today)
    statement = (
        select(t.department, t.rule, func.count().label("open"), late.label("overdue"))
        .where(t.closed_at.is_(None), *_within(period))
        .group_by(t.department, t.rule)
        .order_by(func.count().desc(), t.department, t.rule)
    )
    return await tx.all(statement)


async def history(
    tx: Transaction, period: Period, *, days: int, today: date
) -> list[dict[str, Any]]:
    """Opened, closed and open at the end of each of the last days."""
    t = findings.c
    opened, closed = [
        {
            row.day: row.many
            for row in await tx.all(
                select(column.label("day"), func.count().label("many"))
                .where(column.is_not(None), *_within(period))
                .group_by(column)
            )
        }
        for column in (t.opened_on, t.closed_on)
    ]
    first = today - timedelta(days=days - 1)
    standing = sum(n for day, n in opened.items() if day < first)
    standing -= sum(n for day, n in closed.items() if day < first)
    found = []
    for place in range(days):
        day = first + timedelta(days=place)
        standing += opened.get(day, 0) - closed.get(day, 0)
        found.append(
            {
                "day": day,
                "opened": opened.get(day, 0),
                "closed": closed.get(day, 0),
                "open": standing,
            }
        )
    return found


async def last_audit(tx: Transaction, day: date | None = None) -> Row[Any] | None:
    """The last audit that was finished by the end of a day."""
    statement = select(audits).where(audits.c.finished_at.is_not(None))
    if day is not None:
        statement = statement.where(audits.c.finished_on <= min(day, LAST_DAY))
    return await tx.one_or_none(
        statement.order_by(audits.c.finished_on.desc(), audits.c.id.desc()).limit(1)
    )


async def tallies(tx: Transaction, audit_id: UUID, period: Period) -> tuple[int, int]:
    """Mandatory fields that are filled, and all of them, as an audit counted."""
    t = audit_tallies.c
    conditions = [t.audit_id == audit_id]
    if period.division:
        conditions.append(t.division.startswith(subtree_prefix(period.division), autoescape=True))
    if period.department:
        conditions.append(t.department == period.department)
    sums = select(func.sum(t.filled).label("filled"), func.sum(t.mandatory).label("mandatory"))
    row = (await tx.all(sums.where(*conditions)))[0]
    return int(row.filled or 0), int(row.mandatory or 0)


def rules(
    *, severity: str = "", enabled: bool | None = None, retired: bool | None = None
) -> Select[Any]:
    t = publishing_rules.c
    statement = select(publishing_rules)
    if severity:
        statement = statement.where(t.severity == severity)
    if retired is not None:
        statement = statement.where(t.is_retired.is_(retired))
    return statement if enabled is None else statement.where(t.is_enabled.is_(enabled))


async def tried(tx: Transaction, rule: PublishingRule) -> tuple[int, int, Sequence[Row[Any]]]:
    """How many items in force there are, how many a rule would find, and some of them."""
    condition = broken(rule)
    counted = select(func.count().label("items"), func.count().filter(condition).label("found"))
    row = (await tx.all(counted.select_from(item_facts)))[0]
    examples = (
        select(
            item_facts.c.item_id,
            published_items.c.item_code,
            published_items.c.name,
            item_facts.c.department,
            item_facts.c.division,
        )
        .join(published_items, published_items.c.id == item_facts.c.item_id)
        .where(condition)
        .order_by(item_facts.c.item_id)
        .limit(TRIAL_EXAMPLES)
    )
    return int(row.items), int(row.found), await tx.all(examples)


async def divisions_with(tx: Transaction, facts: Row[Any]) -> list[dict[str, Any]]:
    """The implementations of the same item, each against the reference of their group."""
    if facts.group_key is None:
        return []
    rows = await tx.all(
        select(item_facts).where(item_facts.c.group_key == facts.group_key).limit(500)
    )
    unlike: set[UUID] = set()
    for digest in DIGESTS.values():
        found = await tx.all(unlike_others(digest, [facts.group_key]))
        unlike |= {row.item_id for row in found}
    return [
        {
            "item_id": row.item_id,
            "division": row.division,
            "department": row.department,
            "standing": "differs" if row.item_id in unlike else "consistent",
        }
        for row in rows
    ]


def copies_of(item_id: UUID) -> Select[Any]:
    return select(channel_copies).where(channel_copies.c.item_id == item_id)


async def unknown_on_channels(tx: Transaction, channels: Sequence[str], period: Period) -> int:
    """Items in force at the end of the period's last day that one of these channels is to show, of which it had not
    said what it shows; those that an open finding names anyway are left out.

    With one channel they are counted as what guides claim less what was reported: few rows are read.
    """
    if not channels:
        return 0
    day = min(period.last_day or local_date(tx.now), LAST_DAY)
    if len(channels) > 1:
        either = or_(*(_is_unknown(channel, day) for channel in channels))
        listed = _claiming_items(period, day).where(either, ~_has_finding(day))
        return await _count(tx, listed)
    [channel] = channels
    measure = on_channel(channel)
    claimed = (await measured(tx, period, measure))[measure]
    copy, f, s = channel_copies.c, findings.c, item_spans.c
    here = _claiming_items(period, day).where(s.channels.contains([channel]))
    reported = await _count(
        tx,
        here.join(channel_copies, and_(copy.item_id == s.item_id, copy.channel == channel)).where(
            copy.first_reported_on <= day
        ),
    )
    found_anyway = await _count(
        tx,
        here.join(findings, f.item_id == s.item_id)
        .where(f.rule.in_(CONSISTENCY_RULES), *open_at(day), _is_unknown(channel, day))
        .distinct(),
    )
    return max(claimed - reported - found_anyway, 0)


def unknown_items(channel: str, period: Period, day: date) -> Select[Any]:
    """Items in force at the end of a day whose guides claim a channel that had not said what it shows of them."""
    p = published_items.c
    return (
        select(
            p.id,
            p.name,
            p.item_code,
            p.department,
            p.department_name,
            p.division,
            literal("shown-unknown").label("kind"),
        )
        .join(item_spans, item_spans.c.item_id == p.id)
        .where(*_in_force_within(period, day), _is_unknown(channel, day))
    )


def _claiming_items(period: Period, day: date) -> Select[Any]:
    return select(item_spans.c.item_id).where(*_in_force_within(period, day))


def _in_force_within(period: Period, day: date) -> list[ColumnElement[bool]]:
    s = item_spans.c
    found = [in_force_on(day)]
    if period.division:
        found.append(s.division.startswith(subtree_prefix(period.division), autoescape=True))
    if period.department:
        found.append(s.department == period.department)
    return found


def _is_unknown(channel: str, day: date) -> ColumnElement[bool]:
    copy, s = channel_copies.c, item_spans.c
    is_told = (
        select(copy.item_id)
        .where(copy.item_id == s.item_id, copy.channel == channel, copy.first_reported_on <= day)
        .exists()
    )
    return and_(s.channels.contains([channel]), ~is_told)


def _has_finding(day: date) -> ColumnElement[bool]:
    return (
        select(findings.c.item_id)
        .where(
            findings.c.item_id == item_spans.c.item_id,
            findings.c.rule.in_(CONSISTENCY_RULES),
            *open_at(day),
        )
        .exists()
    )


async def _count(tx: Transaction, listed: Select[Any]) -> int:
    return int(await tx.scalar(select(func.count()).select_from(listed.subquery())) or 0)


def facts_row(item_id: UUID) -> Select[Any]:
    return select(item_facts).where(item_facts.c.item_id == item_id)


def completeness_by_department(audit_id: UUID, period: Period) -> Select[Any]:
    t = audit_tallies.c
    statement = select(audit_tallies).where(t.audit_id == audit_id)
    if period.division:
        prefix = subtree_prefix(period.division)
        statement = statement.where(t.division.startswith(prefix, autoescape=True))
    return statement.where(t.department == period.department) if period.department else statement

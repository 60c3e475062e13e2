"""Reads of policies for enterprises; they never write."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from catalog.tables.enterprise_policies import (
    enterprise_matches,
    enterprise_policies,
    enterprise_policy_versions,
    policy_spans,
)
from chassis.identity import subtree_prefix
from chassis.indicators import Period


@dataclass(frozen=True, kw_only=True)
class PolicyFilter:
    """Which public policies; what is left out filters nothing."""

    period: Period
    words: str = ""
    is_open: bool | None = None


def public_on(day: date) -> list[ColumnElement[bool]]:
    """Public at the end of a day."""
    t = policy_spans.c
    return [t.opened_on <= day, or_(t.closed_on.is_(None), t.closed_on > day)]


def open_on(day: date) -> ColumnElement[bool]:
    """May be applied for on a day: within its period, with budget left."""
    t = policy_spans.c
    return and_(
        t.starts_on <= day,
        or_(t.ends_on.is_(None), t.ends_on >= day),
        or_(t.exhausted_on.is_(None), t.exhausted_on > day),
    )


def policies_on(wanted: PolicyFilter, day: date) -> Select[Any]:
    """Policies public at the end of a day, each in the version that was."""
    t = policy_spans.c
    found = public_on(day)
    if wanted.period.division:
        prefix = subtree_prefix(wanted.period.division)
        found.append(t.division.startswith(prefix, autoescape=True))
    if wanted.period.department:
        found.append(t.department == wanted.period.department)
    if wanted.words:
        found.append(
            or_(
                t.title.contains(wanted.words, autoescape=True),
                t.content["summary"].astext.contains(wanted.words, autoescape=True),
            )
        )
    if wanted.is_open is not None:
        found.append(open_on(day) if wanted.is_open else ~open_on(day))
    return select(policy_spans, open_on(day).label("is_open")).where(*found)


def public_policy(policy_id: UUID, number: int | None, day: date) -> Select[Any]:
    """The newest public version of a policy, withdrawn or not, or the one that is named."""
    t = policy_spans.c
    statement = (
        select(
            policy_spans,
            open_on(day).label("is_open"),
            enterprise_policies.c.version.label("policy_version"),
        )
        .join(enterprise_policies, enterprise_policies.c.id == t.policy_id)
        .where(t.policy_id == policy_id)
        .order_by(t.id.desc())
        .limit(1)
    )
    return statement if number is None else statement.where(t.number == number)


def public_versions(policy_id: UUID) -> Select[Any]:
    return select(policy_spans).where(policy_spans.c.policy_id == policy_id)


def drafts_of(policy_id: UUID) -> Select[Any]:
    t = enterprise_policy_versions.c
    return select(enterprise_policy_versions).where(t.policy_id == policy_id, t.state == "draft")


def one_draft(policy_id: UUID, number: int) -> Select[Any]:
    """A draft within reach, a discarded one too."""
    t = enterprise_policy_versions.c
    return select(enterprise_policy_versions).where(
        t.policy_id == policy_id, t.number == number, t.state.in_(("draft", "discarded"))
    )


def own_policies() -> Select[Any]:
    """Policies within reach with their newest version, drafts included; none of which everything was discarded."""
    v, p = enterprise_policy_versions.c, enterprise_policies.c
    other = enterprise_policy_versions.alias()
    newest = (
        select(func.max(other.c.number))
        .where(other.c.policy_id == p.id, other.c.state != "discarded")
        .correlate(enterprise_policies)
        .scalar_subquery()
    )
    columns = (enterprise_policies, v.content, v.number, v.state.label("version_state"))
    both = enterprise_policies.join(
        enterprise_policy_versions, and_(v.policy_id == p.id, v.number == newest)
    )
    return select(*columns).select_from(both)


def own_matches() -> Select[Any]:
    """Matches within reach: the caller's own, each with the policy as it is public now, or was last."""
    m, t = enterprise_matches.c, policy_spans.c
    newest = (
        select(t.id)
        .where(t.policy_id == m.policy_id)
        .order_by(t.id.desc())
        .limit(1)
        .correlate(enterprise_matches)
        .scalar_subquery()
    )
    return select(
        enterprise_matches, t.title, t.content, t.closed_on, t.starts_on, t.ends_on, t.is_exhausted
    ).join(policy_spans, t.id == newest)

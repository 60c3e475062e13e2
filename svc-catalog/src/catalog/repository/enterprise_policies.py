"""Policies for enterprises, kept profiles and matches, in and out of PostgreSQL. Never commits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.drafts import ENDED, VersionState
from catalog.domain.enterprise_policies import Policy, PolicyState, PolicyVersion
from catalog.tables.enterprise_policies import (
    enterprise_matches,
    enterprise_policies,
    enterprise_policy_steps,
    enterprise_policy_versions,
    enterprise_profiles,
    policy_spans,
)
from chassis.encryption import Keyring
from chassis.errors import NotFoundError
from chassis.ids import new_id
from chassis.steps import add_step
from chassis.transaction import Transaction

PROFILE_CONTEXT = "enterprise_profiles.sealed"
MATCHING = "match-enterprise-policies"
"""The job that holds policies against kept profiles."""


async def get_policy(tx: Transaction, policy_id: UUID) -> Policy:
    """A policy within reach, locked until the end; raises NotFoundError."""
    t = enterprise_policies
    row = await tx.one_or_none(select(t).where(t.c.id == policy_id).with_for_update())
    if row is None:
        raise NotFoundError
    return _policy(row)


async def discarded_policy(tx: Transaction, code: str) -> Policy | None:
    """The policy within reach that has this code, when its drafts were all discarded; locked until the end."""
    t = enterprise_policies
    given_up = select(t).where(t.c.code == code, t.c.state == PolicyState.DISCARDED)
    row = await tx.one_or_none(given_up.with_for_update())
    return None if row is None else _policy(row)


def _policy(row: Row[Any]) -> Policy:
    return Policy(
        id=row.id,
        code=row.code,
        division=row.division,
        department=row.department,
        state=PolicyState(row.state),
        published_number=row.published_number,
        latest_number=row.latest_number,
        is_exhausted=row.is_exhausted,
        created_at=row.created_at,
        version=row.version,
    )


async def get_policy_version(tx: Transaction, policy_id: UUID, number: int) -> PolicyVersion:
    """A version within reach, locked until the end; raises NotFoundError, PreconditionError."""
    t = enterprise_policy_versions
    statement = select(t).where(t.c.policy_id == policy_id, t.c.number == number)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    return PolicyVersion(
        id=row.id,
        policy_id=row.policy_id,
        number=row.number,
        state=VersionState(row.state),
        content=row.content,
        drafters=tuple(row.drafters),
        drafted_at=row.drafted_at,
        published_by=row.published_by,
        published_at=row.published_at,
        version=row.version,
    )


async def has_other_policy_drafts(tx: Transaction, draft: PolicyVersion) -> bool:
    """Whether another version of the same policy waits to be published."""
    t = enterprise_policy_versions.c
    other = (t.policy_id == draft.policy_id, t.number != draft.number, t.state.not_in(ENDED))
    return bool(await tx.scalar(select(exists().where(*other))))


def add_policy(tx: Transaction, policy: Policy) -> None:
    tx.insert(
        enterprise_policies,
        id=policy.id,
        code=policy.code,
        division=policy.division,
        department=policy.department,
        state=policy.state,
        published_number=policy.published_number,
        latest_number=policy.latest_number,
        is_exhausted=policy.is_exhausted,
        created_at=policy.created_at,
        version=policy.version,
    )


def store_policy(tx: Transaction, policy: Policy) -> None:
    """Raises PreconditionError at the end when somebody was faster."""
    tx.update(
        enterprise_policies,
        match={"id": policy.id, "version": policy.version - 1},
        state=policy.state,
        published_number=policy.published_number,
        latest_number=policy.latest_number,
        is_exhausted=policy.is_exhausted,
        version=policy.version,
    )


def add_policy_version(tx: Transaction, policy: Policy, draft: PolicyVersion) -> None:
    tx.insert(
        enterprise_policy_versions,
        id=draft.id,
        policy_id=draft.policy_id,
        number=draft.number,
        department=policy.department,
        state=draft.state,
        content=draft.content,
        drafters=list(draft.drafters),
        drafted_at=draft.drafted_at,
        published_by=draft.published_by,
        published_at=draft.published_at,
        version=draft.version,
    )


def store_policy_version(tx: Transaction, draft: PolicyVersion) -> None:
    tx.update(
        enterprise_policy_versions,
        match={"id": draft.id, "version": draft.version - 1},
        state=draft.state,
        content=draft.content,
        drafters=list(draft.drafters),
        published_by=draft.published_by,
        published_at=draft.published_at,
        version=draft.version,
    )


def add_policy_step(tx: Transaction, policy: Policy, *, step: str, reason: str) -> None:
    of = {"kind": "policy", "of_id": str(policy.id)}
    add_step(tx, enterprise_policy_steps, of=of, step=step, state=policy.state, reason=reason)


async def open_span(tx: Transaction, policy: Policy, version: PolicyVersion, today: date) -> None:
    """From today this version is what everybody reads; what was public before is no longer."""
    await close_span(tx, policy.id, today)
    content = version.content
    tx.insert(
        policy_spans,
        id=new_id(),
        policy_id=policy.id,
        number=version.number,
        code=policy.code,
        title=content["title"],
        division=policy.division,
        department=policy.department,
        department_name=content["department_name"],
        content=content,
        opened_on=today,
        closed_on=None,
        starts_on=date.fromisoformat(content["valid_from"]),
        ends_on=date.fromisoformat(content["valid_until"]) if content["valid_until"] else None,
        is_exhausted=policy.is_exhausted,
        exhausted_on=today if policy.is_exhausted else None,
        published_at=tx.now,
    )


async def close_span(tx: Transaction, policy_id: UUID, today: date) -> None:
    t = policy_spans.c
    await tx.execute(
        update(policy_spans)
        .where(t.policy_id == policy_id, t.closed_on.is_(None))
        # A clock that was put back must not end a span before it began.
        .values(closed_on=func.greatest(t.opened_on, today))
    )


async def mark_span(tx: Transaction, policy_id: UUID, *, is_exhausted: bool, today: date) -> None:
    t = policy_spans.c
    await tx.execute(
        update(policy_spans)
        .where(t.policy_id == policy_id, t.closed_on.is_(None))
        .values(is_exhausted=is_exhausted, exhausted_on=today if is_exhausted else None)
    )


async def open_policies(
    tx: Transaction, today: date, *, policy_id: UUID | None = None
) -> Sequence[Row[Any]]:
    """Policies that may be applied for today or later, and whose budget is not used up."""
    t = policy_spans.c
    statement = select(policy_spans).where(
        t.closed_on.is_(None),
        t.is_exhausted.is_(False),
        or_(t.ends_on.is_(None), t.ends_on >= today),
    )
    if policy_id is not None:
        statement = statement.where(t.policy_id == policy_id)
    return await tx.all(statement.order_by(t.policy_id))


@dataclass(frozen=True, kw_only=True)
class KeptProfile:
    """An enterprise's profile, opened."""

    id: UUID
    owner_id: str
    said: Mapping[str, Any]
    wants_to_be_told: bool
    kept_at: Any
    version: int


async def own_profile(tx: Transaction, *, lock: bool = False) -> KeptProfile | None:
    """The caller's own profile; nobody else's is within reach."""
    t = enterprise_profiles
    statement = select(t).where(t.c.owner_id == tx.principal.owner_id)
    row = await tx.one_or_none(statement.with_for_update() if lock else statement)
    return None if row is None else _opened(row, tx.keyring)


async def profiles_after(
    tx: Transaction, last: UUID | None, *, limit: int, owner_id: str = ""
) -> list[KeptProfile]:
    """Profiles of enterprises that want to be told, in the order of their ids, after the one last seen."""
    t = enterprise_profiles
    statement = select(t).where(t.c.wants_to_be_told).order_by(t.c.id).limit(limit)
    if last is not None:
        statement = statement.where(t.c.id > last)
    if owner_id:
        statement = statement.where(t.c.owner_id == owner_id)
    return [_opened(row, tx.keyring) for row in await tx.all(statement)]


def keep_profile(
    tx: Transaction, said: Mapping[str, Any], *, wants: bool, before: KeptProfile | None
) -> UUID:
    """Seal and keep the caller's profile; returns its id."""
    text = json.dumps(dict(said), ensure_ascii=False, sort_keys=True)
    sealed = tx.keyring.encrypt(text, context=PROFILE_CONTEXT)
    profile_id = new_id() if before is None else before.id
    if before is None:
        tx.insert(
            enterprise_profiles,
            id=profile_id,
            owner_id=tx.principal.owner_id,
            sealed=sealed,
            wants_to_be_told=wants,
            kept_at=tx.now,
            version=1,
        )
    else:
        tx.update(
            enterprise_profiles,
            match={"id": before.id, "version": before.version},
            sealed=sealed,
            wants_to_be_told=wants,
            kept_at=tx.now,
            version=before.version + 1,
        )
    add_profile_step(tx, profile_id, "kept" if before is None else "changed", "企业自行填报")
    return profile_id


async def remove_profile(tx: Transaction, profile: KeptProfile, *, reason: str) -> None:
    """The profile goes, and what it was matched with; that it was there and went stays on record."""
    t = enterprise_profiles
    await tx.execute(t.delete().where(t.c.id == profile.id))
    matches = enterprise_matches
    await tx.execute(matches.delete().where(matches.c.owner_id == profile.owner_id))
    add_profile_step(tx, profile.id, "removed", reason)


def add_profile_step(tx: Transaction, profile_id: UUID, step: str, reason: str) -> None:
    of = {"kind": "profile", "of_id": str(profile_id)}
    state = "removed" if step == "removed" else "kept"
    add_step(tx, enterprise_policy_steps, of=of, step=step, state=state, reason=reason)


async def add_matches(
    tx: Transaction, found: Sequence[tuple[KeptProfile, Row[Any]]]
) -> Sequence[Row[Any]]:
    """Keep matches that are new; a policy is told to an enterprise once. Returns those that are new."""
    if not found:
        return []
    rows = [
        {
            "id": new_id(),
            "owner_id": profile.owner_id,
            "policy_id": policy.policy_id,
            "number": policy.number,
            "policy_code": policy.code,
            "matched_at": tx.now,
        }
        for profile, policy in found
    ]
    statement = upsert(enterprise_matches).values(rows).on_conflict_do_nothing()
    return await tx.all(statement.returning(enterprise_matches))


def _opened(row: Row[Any], keyring: Keyring) -> KeptProfile:
    return KeptProfile(
        id=row.id,
        owner_id=row.owner_id,
        said=json.loads(keyring.decrypt(row.sealed, context=PROFILE_CONTEXT)),
        wants_to_be_told=row.wants_to_be_told,
        kept_at=row.kept_at,
        version=row.version,
    )

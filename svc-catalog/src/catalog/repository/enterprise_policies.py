"""Policies for enterprises, kept profiles and matches, in and out of PostgreSQL. Never commits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.enterprise_policies import PolicyState
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

Content = Mapping[str, Any]
PROFILE_CONTEXT = "enterprise_profiles.sealed"


async def get_policy(tx: Transaction, policy_id: UUID) -> Row[Any]:
    """A policy within reach, locked until the end; raises NotFoundError."""
    t = enterprise_policies
    row = await tx.one_or_none(select(t).where(t.c.id == policy_id).with_for_update())
    if row is None:
        raise NotFoundError
    return row


async def get_policy_version(tx: Transaction, policy_id: UUID, number: int) -> Row[Any]:
    """A version within reach, locked until the end; raises NotFoundError."""
    t = enterprise_policy_versions
    statement = select(t).where(t.c.policy_id == policy_id, t.c.number == number)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    return row


def add_policy(tx: Transaction, policy_id: UUID, content: Content) -> None:
    tx.insert(
        enterprise_policies,
        id=policy_id,
        code=content["code"],
        division=content["division"],
        department=content["department"],
        state=PolicyState.DRAFT,
        published_number=None,
        latest_number=1,
        is_exhausted=False,
        created_at=tx.now,
        version=1,
    )


def store_policy(tx: Transaction, policy: Row[Any], **values: Any) -> None:
    """Raises PreconditionError at the end when somebody was faster."""
    match = {"id": policy.id, "version": policy.version}
    tx.update(enterprise_policies, match=match, version=policy.version + 1, **values)


def add_policy_version(tx: Transaction, policy_id: UUID, content: Content, number: int) -> None:
    tx.insert(
        enterprise_policy_versions,
        id=new_id(),
        policy_id=policy_id,
        number=number,
        department=content["department"],
        state=PolicyState.DRAFT,
        content=dict(content),
        drafters=[tx.principal.subject],
        drafted_at=tx.now,
        published_by=None,
        published_at=None,
        version=1,
    )


def store_policy_version(tx: Transaction, version: Row[Any], **values: Any) -> None:
    match = {"id": version.id, "version": version.version}
    tx.update(enterprise_policy_versions, match=match, version=version.version + 1, **values)


def add_policy_step(
    tx: Transaction, policy_id: UUID, *, step: str, state: str, reason: str
) -> None:
    of = {"kind": "policy", "of_id": str(policy_id)}
    add_step(tx, enterprise_policy_steps, of=of, step=step, state=state, reason=reason)


async def open_span(tx: Transaction, policy: Row[Any], version: Row[Any], today: date) -> None:
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

"""Resources, requests, grants and partners in and out of PostgreSQL. Never commits; never returns a row."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.encryption import Keyring
from chassis.errors import NotFoundError
from chassis.steps import step_row
from chassis.transaction import Transaction
from datashare.domain.grant import Grant, GrantState
from datashare.domain.grant_request import GrantRequest, GrantRequestState
from datashare.domain.partner import Partner, PartnerState
from datashare.domain.resource import (
    Field,
    FieldLevel,
    Resource,
    ResourceState,
    ResourceUnknownError,
    ShareType,
)
from datashare.tables import data_resources, grant_requests, grants, partners, records, steps

SUBJECT_CONTEXT = "records.subject"
RECORD_CONTEXT = "records.payload"
DELIVERY_CONTEXT = "deliveries.payload"
FEED_LOCK = 4451008
"""The advisory lock that orders writers of the feed; any number that nothing else here uses."""


def row_columns(row: Row[Any]) -> dict[str, Any]:
    """A row's values by column name."""
    return {str(name): value for name, value in row._mapping.items()}


def resource_of(row: Row[Any]) -> Resource:
    return Resource(
        code=row.code,
        name=row.name,
        provider_department=row.provider_department,
        division=row.division,
        fields=tuple(
            Field(name=field["name"], label=field["label"], level=FieldLevel(field["level"]))
            for field in row.fields
        ),
        share_type=ShareType(row.share_type),
        conditions=row.conditions,
        law=row.law,
        update_cycle=row.update_cycle,
        state=ResourceState(row.state),
    )


def resource_columns(resource: Resource) -> dict[str, Any]:
    return {
        "code": resource.code,
        "name": resource.name,
        "provider_department": resource.provider_department,
        "division": resource.division,
        "fields": [
            {"name": field.name, "label": field.label, "level": field.level.value}
            for field in resource.fields
        ],
        "share_type": resource.share_type.value,
        "conditions": resource.conditions,
        "law": resource.law,
        "update_cycle": resource.update_cycle,
        "state": resource.state.value,
    }


async def get_resource(tx: Transaction, code: str) -> Resource:
    """The resource under a code; raises ResourceUnknownError."""
    row = await tx.one_or_none(select(data_resources).where(data_resources.c.code == code))
    if row is None:
        raise ResourceUnknownError
    return resource_of(row)


async def resources_by_code(
    tx: Transaction, codes: Sequence[str]
) -> dict[str, tuple[Resource, int]]:
    """Those of these resources that exist, with their versions."""
    rows = await tx.all(select(data_resources).where(data_resources.c.code.in_(sorted(codes))))
    return {row.code: (resource_of(row), row.version) for row in rows}


def subject_key(keyring: Keyring, subject_id: UUID) -> bytes:
    return keyring.blind_index(str(subject_id), context=SUBJECT_CONTEXT)


async def put_record_rows(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    """Keep records, each in place of what the resource held of that subject before."""
    statement = upsert(records)
    await tx.execute(
        statement.values(rows).on_conflict_do_update(
            constraint="records_subject",
            set_={
                "payload_encrypted": statement.excluded.payload_encrypted,
                "updated_at": statement.excluded.updated_at,
            },
        )
    )


async def records_of(
    tx: Transaction, subject_id: UUID, codes: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What these resources hold of a subject, by resource code."""
    rows = await tx.all(
        select(records.c.resource_code, records.c.payload_encrypted).where(
            records.c.subject_key == subject_key(tx.keyring, subject_id),
            records.c.resource_code.in_(sorted(codes)),
        )
    )
    return {
        row.resource_code: json.loads(
            tx.keyring.decrypt(row.payload_encrypted, context=RECORD_CONTEXT)
        )
        for row in rows
    }


def add_grant_request(tx: Transaction, request: GrantRequest) -> None:
    tx.insert(grant_requests, **_request_columns(request), id=request.id, version=request.version)


async def get_grant_request(tx: Transaction, request_id: UUID) -> GrantRequest:
    """A request within reach, locked until the end; raises NotFoundError."""
    statement = select(grant_requests).where(grant_requests.c.id == request_id)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    columns = row_columns(row)
    columns["state"] = GrantRequestState(row.state)
    columns["share_type"] = ShareType(row.share_type)
    columns["fields"] = tuple(row.fields)
    return GrantRequest(**columns)


def store_grant_request(tx: Transaction, request: GrantRequest) -> None:
    tx.update(
        grant_requests,
        match={"id": request.id, "version": request.version - 1},
        state=request.state.value,
        decided_by=request.decided_by,
        decided_at=request.decided_at,
        decision_reason=request.decision_reason,
        decision_basis=request.decision_basis,
        version=request.version,
    )


def _request_columns(request: GrantRequest) -> dict[str, Any]:
    return {
        "number": request.number,
        "resource_code": request.resource_code,
        "provider_department": request.provider_department,
        "requester_department": request.requester_department,
        "requested_by": request.requested_by,
        "division": request.division,
        "item_code": request.item_code,
        "fields": list(request.fields),
        "purpose": request.purpose,
        "legal_basis": request.legal_basis,
        "share_type": request.share_type.value,
        "state": request.state.value,
        "submitted_at": request.submitted_at,
        "due_on": request.due_on,
        "decided_by": request.decided_by,
        "decided_at": request.decided_at,
        "decision_reason": request.decision_reason,
        "decision_basis": request.decision_basis,
    }


def add_grant(tx: Transaction, grant: Grant) -> None:
    tx.insert(
        grants,
        id=grant.id,
        request_id=grant.request_id,
        resource_code=grant.resource_code,
        requester_department=grant.requester_department,
        provider_department=grant.provider_department,
        division=grant.division,
        item_code=grant.item_code,
        fields=list(grant.fields),
        purpose=grant.purpose,
        legal_basis=grant.legal_basis,
        state=grant.state.value,
        given_at=grant.given_at,
        valid_until=grant.valid_until,
        version=grant.version,
    )


async def get_grant(tx: Transaction, grant_id: UUID) -> Grant:
    """A grant within reach, locked until the end; raises NotFoundError."""
    row = await tx.one_or_none(select(grants).where(grants.c.id == grant_id).with_for_update())
    if row is None:
        raise NotFoundError
    return _grant(row)


async def grants_held(
    tx: Transaction, department: str, codes: Sequence[str]
) -> dict[str, tuple[Grant, ...]]:
    """A department's active grants on these resources, by resource code."""
    rows = await tx.all(_active_grants(department, codes))
    held: dict[str, tuple[Grant, ...]] = {}
    for row in rows:
        held[row.resource_code] = (*held.get(row.resource_code, ()), _grant(row))
    return held


def _active_grants(department: str, codes: Sequence[str]) -> Select[Any]:
    return select(grants).where(
        grants.c.requester_department == department,
        grants.c.resource_code.in_(sorted(codes)),
        grants.c.state == GrantState.ACTIVE.value,
    )


def store_grant(tx: Transaction, grant: Grant) -> None:
    tx.update(
        grants,
        match={"id": grant.id, "version": grant.version - 1},
        state=grant.state.value,
        version=grant.version,
    )


def _grant(row: Row[Any]) -> Grant:
    columns = row_columns(row)
    columns["state"] = GrantState(row.state)
    columns["fields"] = tuple(row.fields)
    return Grant(**columns)


def add_partner(tx: Transaction, partner: Partner) -> None:
    tx.insert(
        partners,
        id=partner.id,
        client_id=partner.client_id,
        name=partner.name,
        secret_hash=partner.secret_hash,
        scopes=list(partner.scopes),
        types=list(partner.types),
        divisions=list(partner.divisions),
        departments=list(partner.departments),
        valid_from=partner.valid_from,
        valid_until=partner.valid_until,
        legal_basis=partner.legal_basis,
        state=partner.state.value,
        created_at=tx.now,
        version=partner.version,
    )


async def find_partner(tx: Transaction, client_id: str) -> Partner | None:
    row = await tx.one_or_none(select(partners).where(partners.c.client_id == client_id))
    return _partner(row) if row is not None else None


async def partner_of_token(tx: Transaction, *, client_id: str, subject: str) -> Partner | None:
    """The partner behind a token: by its client id, else by the id it was registered under."""
    if client_id:
        return await find_partner(tx, client_id)
    row = await tx.one_or_none(select(partners).where(partners.c.id == UUID(subject)))
    return _partner(row) if row is not None else None


async def get_partner(tx: Transaction, partner_id: UUID) -> Partner:
    """A partner, locked until the end; raises NotFoundError."""
    statement = select(partners).where(partners.c.id == partner_id)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    return _partner(row)


def store_secret(tx: Transaction, partner: Partner, secret_hash: str) -> int:
    """Put a new secret in the place of the old one; returns the partner's new version."""
    tx.update(
        partners,
        match={"id": partner.id, "version": partner.version},
        secret_hash=secret_hash,
        version=partner.version + 1,
    )
    return partner.version + 1


def store_partner_state(tx: Transaction, partner: Partner) -> None:
    tx.update(
        partners,
        match={"id": partner.id, "version": partner.version - 1},
        state=partner.state.value,
        version=partner.version,
    )


def _partner(row: Row[Any]) -> Partner:
    return Partner(
        id=row.id,
        client_id=row.client_id,
        name=row.name,
        secret_hash=row.secret_hash,
        scopes=tuple(row.scopes),
        types=tuple(row.types),
        divisions=tuple(row.divisions),
        departments=tuple(row.departments),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        legal_basis=row.legal_basis,
        state=PartnerState(row.state),
        version=row.version,
    )


def add_step(
    tx: Transaction, kind: str, of_id: UUID | str, *, step: str, state: str, reason: str
) -> None:
    """One row of history: who, when, why, from which channel."""
    of = {"kind": kind, "of_id": str(of_id)}
    tx.insert(steps, **step_row(tx, of=of, step=step, state=state, reason=reason))


_HOLD_FEED = select(func.pg_advisory_xact_lock(FEED_LOCK))


async def hold_feed_order(tx: Transaction) -> None:
    """One writer of the feed at a time, from here to the commit: positions become visible in their order."""
    await tx.execute(_HOLD_FEED)

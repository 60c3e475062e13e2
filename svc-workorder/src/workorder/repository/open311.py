"""Open311's services, clients and requests in and out of PostgreSQL."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from chassis.ids import code_hash, new_id, new_secret_code
from chassis.masking import mask_text
from chassis.steps import add_step, step_row
from chassis.transaction import Transaction
from workorder.domain.open311 import Report, Service, Update
from workorder.domain.work_order import WorkOrder
from workorder.tables import (
    open311_clients,
    open311_notes,
    open311_requests,
    open311_services,
    open311_steps,
    work_order_steps,
)

ACCOUNT_CONTEXT = "open311_requests.account"
UPDATE_CONTEXT = "open311_notes.digest"


async def client_of(tx: Transaction, key: str) -> Row[Any] | None:
    """The client whose key this is; None when there is none, or it was shut out."""
    t = open311_clients
    return await tx.one_or_none(select(t).where(t.c.key_hash == code_hash(key), t.c.is_enabled))


def add_client(tx: Transaction, *, name: str, division: str) -> tuple[UUID, str]:
    """A new client; returns its id and its key, which stands nowhere else."""
    client_id, key = new_id(), new_secret_code(24)
    tx.insert(
        open311_clients,
        id=client_id,
        name=name,
        key_hash=code_hash(key),
        division=division,
        is_enabled=True,
        registered_at=tx.now,
        version=1,
    )
    add_step(
        tx,
        open311_steps,
        of={"kind": "client", "of_id": str(client_id)},
        step="registered",
        state="enabled",
        reason=name,
    )
    return client_id, key


def set_enabled(tx: Transaction, client: Row[Any], *, is_enabled: bool, reason: str) -> None:
    """Shut a client out, or let it in again."""
    tx.update(
        open311_clients,
        match={"id": client.id, "version": client.version},
        is_enabled=is_enabled,
        version=client.version + 1,
    )
    add_step(
        tx,
        open311_steps,
        of={"kind": "client", "of_id": str(client.id)},
        step="resumed" if is_enabled else "suspended",
        state="enabled" if is_enabled else "disabled",
        reason=reason,
    )


def service_of(row: Row[Any]) -> Service:
    return Service(
        code=row.code,
        name=row.name,
        description=row.description,
        group=row.group_name,
        keywords=row.keywords,
        type=row.type,
        category=row.category,
        attributes=row.attributes,
    )


async def offered_services(tx: Transaction) -> list[Service]:
    t = open311_services
    statement = select(t).where(t.c.is_offered).order_by(t.c.position, t.c.code)
    return [service_of(row) for row in await tx.all(statement)]


async def find_service(tx: Transaction, code: str) -> Service | None:
    t = open311_services
    row = await tx.one_or_none(select(t).where(t.c.code == code, t.c.is_offered))
    return None if row is None else service_of(row)


def add_request(tx: Transaction, order: WorkOrder, report: Report, client_id: UUID | None) -> None:
    """What came with an order through Open311; who asked is encrypted."""
    account = json.dumps(dict(report.account), ensure_ascii=False)
    tx.insert(
        open311_requests,
        work_order_id=order.id,
        client_id=client_id,
        service_code=report.service_code,
        address_id=report.address_id,
        media_url=report.media_url,
        account_encrypted=tx.keyring.encrypt(account, context=ACCOUNT_CONTEXT)
        if report.account
        else None,
        requested_at=order.opened_at,
    )


def add_note(tx: Transaction, order: WorkOrder, *, step: str, said: str) -> UUID:
    """What a reporter says more, masked, in the order's history; returns its id, by which it is told as an update."""
    row = step_row(
        tx,
        of={"work_order_id": order.id},
        step=step,
        state=order.state,
        reason=mask_text(said),
        round=order.round,
        due_on=order.due_on,
        department=order.department,
    )
    tx.insert(work_order_steps, **row)
    note_id: UUID = row["id"]
    return note_id


def update_digest(tx: Transaction, update: Update) -> bytes:
    """The same for the same update of the same sender: by what was sent, not by what is kept of it."""
    said = [tx.principal.kind, tx.principal.subject, update.sender, update.note]
    return tx.keyring.blind_index(json.dumps(said, ensure_ascii=False), context=UPDATE_CONTEXT)


async def first_note(
    tx: Transaction, order: WorkOrder, digest: bytes, *, minutes: int
) -> UUID | None:
    """The note that such an update was kept as in the last minutes; relies on the order being locked."""
    t = open311_notes.c
    statement = select(t.note_id).where(
        t.work_order_id == order.id,
        t.digest == digest,
        t.noted_at > tx.now - timedelta(minutes=minutes),
    )
    found: UUID | None = await tx.scalar(statement)
    return found


async def keep_digest(tx: Transaction, order: WorkOrder, digest: bytes, note_id: UUID) -> None:
    """Remember as which note an update was kept, for who sends it again."""
    row = {"work_order_id": order.id, "digest": digest, "note_id": note_id, "noted_at": tx.now}
    keys = ("work_order_id", "digest")
    await tx.insert_many(open311_notes, [row], keys=keys)


async def services_changed_at(tx: Transaction) -> datetime | None:
    """When a service was last added, changed or taken from the list; None: never since the books were opened."""
    t = open311_steps.c
    found: datetime | None = await tx.scalar(
        select(func.max(t.taken_at)).where(t.kind == "service")
    )
    return found

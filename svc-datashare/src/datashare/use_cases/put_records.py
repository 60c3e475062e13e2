import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.encryption import Keyring
from chassis.ids import new_id
from chassis.transaction import Transaction
from datashare.domain.resource import Resource
from datashare.repository import RECORD_CONTEXT, put_record_rows, subject_key


@dataclass(frozen=True, kw_only=True)
class SealedRecord:
    """A record ready to be kept: whose it is and what it says are both unreadable without the keys."""

    subject_key: bytes
    payload_encrypted: str


def seal_records(
    resource: Resource, rows: Sequence[tuple[UUID, dict[str, Any]]], *, keyring: Keyring
) -> list[SealedRecord]:
    """Check and encrypt rows; done before a transaction is open. The last row of a subject holds."""
    sealed: dict[bytes, SealedRecord] = {}
    for number, (subject_id, values) in enumerate(rows):
        resource.check_values(values, row=number)
        key = subject_key(keyring, subject_id)
        payload = keyring.encrypt(json.dumps(values, ensure_ascii=False), context=RECORD_CONTEXT)
        sealed[key] = SealedRecord(subject_key=key, payload_encrypted=payload)
    # In one order for everybody, so that two batches never wait for each other in a ring.
    return [sealed[key] for key in sorted(sealed)]


async def put_records(resource: Resource, sealed: Sequence[SealedRecord], tx: Transaction) -> int:
    """Keep what a provider holds on its subjects (the example city's stand-in for its own system)."""
    rows = [
        {
            "id": new_id(),
            "resource_code": resource.code,
            "provider_department": resource.provider_department,
            "subject_key": record.subject_key,
            "payload_encrypted": record.payload_encrypted,
            "updated_at": tx.now,
        }
        for record in sealed
    ]
    if rows:
        await put_record_rows(tx, rows)
    return len(rows)

"""From rows to what a caller may see of them: the holder everything, everybody else masked."""

import json
from typing import Any

from certificate.domain.certificate import CertificateState, shown_state
from certificate.repository.certificates import FIELDS_CONTEXT, VERIFY_CODE_CONTEXT, holder_of
from certificate.schemas import CertificateOut
from chassis.encryption import mask_id_number, mask_name
from chassis.transaction import Transaction

_SAME = (
    "id",
    "identifier",
    "number",
    "type_code",
    "type_name",
    "holder_id",
    "division",
    "application_id",
    "issued_at",
    "valid_from",
    "valid_until",
    "pdf_sha256",
    "make_fault",
    "version",
)


def certificate_out(row: Any, tx: Transaction) -> CertificateOut:
    """A certificate for this transaction's caller."""
    own = str(row.holder_id) == tx.principal.owner_id
    name, number = holder_shown(row, tx, masked=not own)
    status = shown_state(CertificateState(row.status), row.valid_until, tx.now)
    return CertificateOut(
        **{column: getattr(row, column) for column in _SAME},
        status=status,
        holder_name=name,
        holder_number=number,
        fields=fields_of(row, tx) if own else {},
        issuing_department=row.department,
        issuing_department_name=row.department_name,
        kept_by=row.keeper,
        kept_by_name=row.keeper_name,
        verify_code=_verify_code(row, tx) if own and row.issued_at else None,
    )


def holder_shown(row: Any, tx: Transaction, *, masked: bool) -> tuple[str | None, str | None]:
    holder = holder_of(row, tx.keyring)
    if holder is None:
        return None, None
    if not masked:
        return holder.name, holder.number
    return mask_name(holder.name), mask_id_number(holder.number)


def fields_of(row: Any, tx: Transaction) -> dict[str, str]:
    opened = tx.keyring.decrypt(row.fields_encrypted, context=FIELDS_CONTEXT)
    fields: dict[str, str] = json.loads(opened)
    return fields


def _verify_code(row: Any, tx: Transaction) -> str:
    return tx.keyring.decrypt(row.verify_code_encrypted, context=VERIFY_CODE_CONTEXT)

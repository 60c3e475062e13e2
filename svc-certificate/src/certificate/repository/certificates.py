"""Certificates, presentations and revocations in and out of PostgreSQL. Never commits; never returns a row."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.dialects.postgresql import insert as upsert

from certificate.domain.certificate import (
    Certificate,
    CertificateState,
    CertificateType,
    Holder,
    shown_state,
)
from certificate.domain.codes import new_short_code
from certificate.domain.identifier import CertificateIdentifier
from certificate.domain.presentation import (
    Presentation,
    PresentationState,
    PresentationUnknownError,
)
from certificate.domain.revocation import Revocation, RevocationState
from certificate.tables import (
    certificate_steps,
    certificate_types,
    certificate_uses,
    certificates,
    presentations,
    revocations,
    seal_uses,
    seals,
)
from chassis.encryption import Keyring
from chassis.errors import NotFoundError
from chassis.ids import code_hash, new_id
from chassis.steps import add_step
from chassis.transaction import Transaction

NAME_CONTEXT = "certificates.holder_name"
NUMBER_CONTEXT = "certificates.holder_number"
FIELDS_CONTEXT = "certificates.fields"
VERIFY_CODE_CONTEXT = "certificates.verify_code"


class TypeUnknownError(NotFoundError):
    code = "certificate-type-unknown"
    title_zh = "证照目录中没有此类证照，请先登记证照类型"
    title_en = "The directory has no such type of certificate; register it first"


def verify_code_index(keyring: Keyring, code: str) -> bytes:
    """A short code is guessable from a plain hash; a keyed one needs the key as well."""
    return keyring.blind_index(code, context=VERIFY_CODE_CONTEXT)


async def get_type(tx: Transaction, code: str) -> CertificateType:
    """A type of the directory; raises TypeUnknownError."""
    row = await tx.one_or_none(select(certificate_types).where(certificate_types.c.code == code))
    if row is None:
        raise TypeUnknownError
    return type_of(row)


def type_of(row: Row[Any]) -> CertificateType:
    return CertificateType(
        code=row.code,
        name=row.name,
        type_identifier=row.type_identifier,
        department=row.department,
        department_name=row.department_name,
        division=row.division,
        holder_kind=row.holder_kind,
        validity_years=row.validity_years,
        fields=tuple((field["name"], field["label"]) for field in row.fields),
    )


def add_certificate(tx: Transaction, certificate: Certificate) -> None:
    """Keep a new draft, with a fresh code to verify it by."""
    verify_code = new_short_code()
    fields = json.dumps(certificate.fields, ensure_ascii=False)
    tx.insert(
        certificates,
        id=certificate.id,
        identifier=str(certificate.identifier),
        number=certificate.number,
        type_code=certificate.type_code,
        holder_id=certificate.holder_id,
        **_holder_columns(tx.keyring, certificate.holder),
        fields_encrypted=tx.keyring.encrypt(fields, context=FIELDS_CONTEXT),
        department=certificate.department,
        department_name=certificate.department_name,
        division=certificate.division,
        status=certificate.state,
        verify_code_index=verify_code_index(tx.keyring, verify_code),
        verify_code_encrypted=tx.keyring.encrypt(verify_code, context=VERIFY_CODE_CONTEXT),
        application_id=certificate.application_id,
        created_at=tx.now,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        make_after=tx.now,
        version=certificate.version,
        keeper=certificate.keeper,
        keeper_name=certificate.keeper_name,
        keepers=certificate.keepers,
    )


def _holder_columns(keyring: Keyring, holder: Holder | None) -> dict[str, Any]:
    if holder is None:
        return {}
    return {
        "holder_name_encrypted": keyring.encrypt(holder.name, context=NAME_CONTEXT),
        "holder_number_encrypted": keyring.encrypt(holder.number, context=NUMBER_CONTEXT),
        "holder_number_index": keyring.blind_index(holder.number, context=NUMBER_CONTEXT),
    }


async def get_certificate(tx: Transaction, certificate_id: UUID) -> Certificate:
    """A certificate within reach, locked until the end; raises NotFoundError."""
    statement = select(certificates).where(certificates.c.id == certificate_id)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    return certificate_of(row, tx.keyring)


async def has_certificate(tx: Transaction, application_id: UUID, type_code: str) -> bool:
    """Whether an application's result of this type exists already."""
    found = await tx.scalar(
        select(certificates.c.id).where(
            certificates.c.application_id == application_id,
            certificates.c.type_code == type_code,
        )
    )
    return found is not None


async def valid_certificates(
    tx: Transaction,
    holder_id: UUID,
    *,
    ids: Sequence[UUID] | None = None,
    types: Sequence[str] | None = None,
) -> list[Certificate]:
    """The valid ones a holder has, newest first, among some ids or types."""
    statement = select(certificates).where(
        certificates.c.holder_id == holder_id,
        certificates.c.status == CertificateState.VALID,
    )
    if ids is not None:
        statement = statement.where(certificates.c.id.in_(list(ids)))
    if types is not None:
        statement = statement.where(certificates.c.type_code.in_(list(types)))
    rows = await tx.all(statement.order_by(certificates.c.id.desc()).limit(200))
    return [
        certificate_of(row, tx.keyring)
        for row in rows
        if shown_state(CertificateState(row.status), row.valid_until, tx.now)
        is CertificateState.VALID
    ]


def drafts_due(at: datetime, limit: int) -> Select[Any]:
    """Drafts whose document is to be made now, taken by nobody else, with their types."""
    return (
        select(certificates)
        .where(
            certificates.c.status == CertificateState.DRAFT,
            certificates.c.make_after <= at,
        )
        .order_by(certificates.c.make_after)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def store_certificate(tx: Transaction, certificate: Certificate) -> None:
    """Keep a changed certificate; raises PreconditionError at the end when somebody was faster."""
    ended = certificate.state in {CertificateState.REVOKED, CertificateState.CANCELLED}
    tx.update(
        certificates,
        match={"id": certificate.id, "version": certificate.version - 1},
        status=certificate.state,
        **_holder_columns(tx.keyring, certificate.holder),
        pdf_sha256=certificate.pdf_sha256,
        issued_at=certificate.issued_at,
        ended_at=tx.now if ended else None,
        keeper=certificate.keeper,
        keeper_name=certificate.keeper_name,
        keepers=certificate.keepers,
        version=certificate.version,
    )


def add_certificate_step(
    tx: Transaction, certificate: Certificate, *, step: str, reason: str
) -> None:
    """One row of history: who, when, why, from which channel."""
    of = {"certificate_id": certificate.id}
    add_step(tx, certificate_steps, of=of, step=step, state=certificate.state, reason=reason)


def certificate_of(row: Row[Any], keyring: Keyring) -> Certificate:
    """A row with its personal data opened."""
    return Certificate(
        id=row.id,
        identifier=CertificateIdentifier.parse(row.identifier),
        number=row.number,
        type_code=row.type_code,
        holder_id=row.holder_id,
        holder=holder_of(row, keyring),
        fields=json.loads(keyring.decrypt(row.fields_encrypted, context=FIELDS_CONTEXT)),
        department=row.department,
        department_name=row.department_name,
        division=row.division,
        state=CertificateState(row.status),
        application_id=row.application_id,
        status_index=row.status_index,
        pdf_sha256=row.pdf_sha256,
        issued_at=row.issued_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        version=row.version,
        keeper=row.keeper,
        keeper_name=row.keeper_name,
        keepers=list(row.keepers),
    )


def holder_of(row: Row[Any], keyring: Keyring) -> Holder | None:
    if row.holder_name_encrypted is None:
        return None
    return Holder(
        name=keyring.decrypt(row.holder_name_encrypted, context=NAME_CONTEXT),
        number=keyring.decrypt(row.holder_number_encrypted, context=NUMBER_CONTEXT),
    )


def add_presentation(tx: Transaction, presentation: Presentation, *, code: str) -> None:
    tx.insert(
        presentations,
        id=presentation.id,
        code_hash=code_hash(code),
        holder_id=presentation.holder_id,
        purpose=presentation.purpose,
        item_code=presentation.item_code,
        certificate_ids=list(presentation.certificate_ids),
        state=presentation.state,
        created_at=presentation.created_at,
        expires_at=presentation.expires_at,
        version=presentation.version,
    )


async def find_presentation(tx: Transaction, presentation_id: UUID) -> Presentation | None:
    """A presentation within reach, locked until the end."""
    statement = select(presentations).where(presentations.c.id == presentation_id)
    row = await tx.one_or_none(statement.with_for_update())
    return presentation_of(row) if row is not None else None


async def get_presentation_by_code(tx: Transaction, code: str) -> Presentation:
    """The presentation behind a code, locked until the end; raises PresentationUnknownError."""
    statement = select(presentations).where(presentations.c.code_hash == code_hash(code))
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise PresentationUnknownError
    return presentation_of(row)


def store_presentation(tx: Transaction, presentation: Presentation) -> None:
    tx.update(
        presentations,
        match={"id": presentation.id, "version": presentation.version - 1},
        state=presentation.state,
        application_id=presentation.application_id,
        settled_at=tx.now,
        version=presentation.version,
    )


def presentation_of(row: Row[Any]) -> Presentation:
    return Presentation(
        id=row.id,
        holder_id=row.holder_id,
        purpose=row.purpose,
        item_code=row.item_code,
        certificate_ids=tuple(row.certificate_ids),
        state=PresentationState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        application_id=row.application_id,
        version=row.version,
    )


def add_use(
    tx: Transaction,
    *,
    certificate_id: UUID | None,
    certificate_name: str,
    holder_id: UUID,
    department: str | None,
    way: str,
    used_by_department: str,
    purpose: str,
    fields: Sequence[str],
    keepers: Sequence[str] = (),
    item_code: str | None = None,
    item_name: str | None = None,
    application_id: UUID | None = None,
) -> None:
    """One row of "who looked": names of fields, never their values."""
    tx.insert(
        certificate_uses,
        id=new_id(),
        certificate_id=certificate_id,
        certificate_name=certificate_name,
        holder_id=holder_id,
        department=department,
        way=way,
        used_by_department=used_by_department,
        purpose=purpose,
        item_code=item_code,
        item_name=item_name,
        application_id=application_id,
        fields=list(fields),
        keepers=list(keepers),
        used_at=tx.now,
    )


def add_revocation(tx: Transaction, revocation: Revocation) -> None:
    tx.insert(
        revocations,
        id=revocation.id,
        certificate_id=revocation.certificate_id,
        kind=revocation.kind,
        reason_code=revocation.reason_code,
        reason=revocation.reason,
        legal_basis=revocation.legal_basis,
        proposed_by=revocation.proposed_by,
        proposed_at=revocation.proposed_at,
        state=revocation.state,
        version=revocation.version,
    )


async def has_pending_revocation(tx: Transaction, certificate_id: UUID) -> bool:
    found = await tx.scalar(
        select(revocations.c.id).where(
            revocations.c.certificate_id == certificate_id,
            revocations.c.state == RevocationState.PENDING,
        )
    )
    return found is not None


async def get_revocation(tx: Transaction, certificate_id: UUID, revocation_id: UUID) -> Revocation:
    """A proposal of a certificate that was found within reach, locked; raises NotFoundError."""
    row = await tx.one_or_none(
        select(revocations)
        .where(revocations.c.id == revocation_id, revocations.c.certificate_id == certificate_id)
        .with_for_update()
    )
    if row is None:
        raise NotFoundError
    return Revocation(
        id=row.id,
        certificate_id=row.certificate_id,
        kind=row.kind,
        reason_code=row.reason_code,
        reason=row.reason,
        legal_basis=row.legal_basis,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        state=RevocationState(row.state),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
    )


def store_revocation(tx: Transaction, revocation: Revocation) -> None:
    tx.update(
        revocations,
        match={"id": revocation.id, "version": revocation.version - 1},
        state=revocation.state,
        decided_by=revocation.decided_by,
        decided_at=revocation.decided_at,
        version=revocation.version,
    )


async def keep_seal(tx: Transaction, department: str, department_name: str) -> None:
    """The seal with which a department issues, once."""
    await tx.execute(
        upsert(seals)
        .values(
            id=new_id(),
            department=department,
            name=f"{department_name}电子证照专用章",
            created_at=tx.now,
        )
        .on_conflict_do_nothing()
    )


async def seal_id_of(tx: Transaction, department: str) -> UUID:
    """The department's seal; every department that issues has one. Raises NotFoundError."""
    found = await tx.scalar(select(seals.c.id).where(seals.c.department == department))
    if found is None:
        raise NotFoundError
    return UUID(str(found))


def add_seal_use(
    tx: Transaction, *, id: UUID, seal_id: UUID, certificate_id: UUID, sha256: str, purpose: str
) -> None:
    tx.insert(
        seal_uses,
        id=id,
        seal_id=seal_id,
        certificate_id=certificate_id,
        document_sha256=sha256,
        purpose=purpose,
        used_at=tx.now,
    )

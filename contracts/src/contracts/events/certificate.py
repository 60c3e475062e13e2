"""Facts that svc-certificate tells."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.envelope import Fact
from contracts.vocabulary import CertificateStatus


class Claim(BaseModel):
    """One material that a shown certificate stands in for; names of fields, never their values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    material_code: str
    certificate_id: UUID
    certificate_type: str
    fields: tuple[str, ...]


class CertificateIssued(Fact):
    """签发: sealed, signed and valid from now on."""

    TYPE: ClassVar[str] = "certificate.certificate.issued.v1"

    certificate_id: UUID
    type_code: str
    holder_id: UUID
    application_id: UUID | None = None
    issued_at: datetime
    valid_until: date | None = None


class CertificateRevoked(Fact):
    """吊销/撤销: presenting it fails from this moment on."""

    TYPE: ClassVar[str] = "certificate.certificate.revoked.v1"

    certificate_id: UUID
    type_code: str
    holder_id: UUID
    application_id: UUID | None = None
    status: CertificateStatus
    reason_code: str
    revoked_at: datetime


class PresentationConsented(Fact):
    """亮证: the holder consented to one purpose, for one item, for a short time."""

    TYPE: ClassVar[str] = "certificate.presentation.consented.v1"

    presentation_id: UUID
    holder_id: UUID
    purpose: str
    item_code: str
    expires_at: datetime


class PresentationClaimed(Fact):
    """用证: the shown certificates stand in for these materials; used once, and now used up."""

    TYPE: ClassVar[str] = "certificate.presentation.claimed.v1"

    presentation_id: UUID
    application_id: UUID
    holder_id: UUID
    purpose: str
    item_code: str
    claims: tuple[Claim, ...]
    claimed_at: datetime


class PresentationRefused(Fact):
    """The certificates could not stand in; these materials are still missing, and why."""

    TYPE: ClassVar[str] = "certificate.presentation.refused.v1"

    presentation_id: UUID | None = None
    application_id: UUID
    item_code: str
    material_codes: tuple[str, ...]
    reason: Literal[
        "no-presentation",
        "unknown",
        "expired",
        "used",
        "other-holder",
        "other-item",
        "no-certificate",
    ]
    refused_at: datetime


class SealUsed(Fact):
    """用印: which seal, on which document, why."""

    TYPE: ClassVar[str] = "certificate.seal.used.v1"

    seal_id: UUID
    document_sha256: str
    purpose: str
    certificate_id: UUID | None = None
    used_at: datetime

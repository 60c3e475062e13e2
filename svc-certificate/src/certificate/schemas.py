"""What comes in and goes out through the HTTP door of svc-certificate."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from certificate.domain.certificate import CertificateState
from certificate.domain.identifier import ISSUER_PATTERN, TYPE_PATTERN
from certificate.domain.presentation import CERTIFICATES_MAX, PresentationState
from certificate.domain.revocation import RevocationState
from certificate.domain.verdicts import Verdict
from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.vocabulary import DivisionCode

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,40}$")]
UseWay = Literal["application", "scan", "data-look-up", "verification", "document"]

BATCH_MAX = 200
FIELDS_MAX = 60
TYPES_MAX = 200


class TypeFieldModel(In):
    name: Code
    label: ShortText


class CertificateTypeIn(In):
    code: Code
    name: ShortText
    type_identifier: Annotated[str, StringConstraints(pattern=TYPE_PATTERN)] | None = None
    """21 signs: definer's code (18) and its number there (3). Left out: the department's next number."""
    department: Annotated[str, StringConstraints(pattern=ISSUER_PATTERN)] | None = None
    """The issuing department's unified social credit code. Left out: the caller's department."""
    department_name: ShortText
    division: DivisionCode | None = None
    holder_kind: Literal["person", "enterprise"] = "person"
    validity_years: int | None = Field(default=None, ge=1, le=99)
    item_codes: tuple[Code, ...] = Field(default=(), max_length=1_000)
    fields: tuple[TypeFieldModel, ...] = Field(default=(), max_length=FIELDS_MAX)
    template: Literal["standard"] = "standard"


class CertificateTypesIn(In):
    certificate_types: tuple[CertificateTypeIn, ...] = Field(min_length=1, max_length=TYPES_MAX)


class TypeFieldOut(Out):
    name: str
    label: str


class CertificateTypeOut(Out):
    code: str
    name: str
    type_identifier: str
    department: str
    department_name: str
    division: str
    holder_kind: str
    validity_years: int | None
    item_codes: list[str]
    fields: list[TypeFieldOut]
    template: str
    version: int


class CertificateIn(In):
    """An existing certificate to take into the books."""

    type_code: Code
    holder_id: UUID
    holder_name: ShortText
    holder_number: ShortText
    fields: dict[Code, Annotated[str, StringConstraints(max_length=2_000)]] = Field(
        default_factory=dict, max_length=FIELDS_MAX
    )
    valid_until: date | None = None


class CertificateBatchIn(In):
    certificates: tuple[CertificateIn, ...] = Field(min_length=1, max_length=BATCH_MAX)


class HolderIn(In):
    holder_name: ShortText
    holder_number: ShortText


class CertificateOut(Out):
    """A certificate. Its holder sees it whole; everybody else sees the holder masked and no fields."""

    id: UUID
    identifier: str
    number: str
    type_code: str
    type_name: str
    status: CertificateState
    holder_id: UUID
    holder_name: str | None
    holder_number: str | None
    fields: dict[str, str]
    issuing_department: str
    issuing_department_name: str
    kept_by: str
    """Who changes and ends it now: the issuer, until the power behind it moved (职权调整)."""
    kept_by_name: str
    division: str
    application_id: UUID | None
    issued_at: datetime | None
    valid_from: date | None
    valid_until: date | None
    verify_code: str | None
    """Only for its holder, once it is issued."""
    pdf_sha256: str | None
    make_fault: str | None
    version: int


class CertificateDocumentOut(Out):
    """A certificate as data (format=json), with the signed code that proves it."""

    identifier: str
    number: str
    type_code: str
    type_name: str
    status: CertificateState
    holder_name: str | None
    holder_number: str | None
    fields: dict[str, str]
    issuing_department: str
    issuing_department_name: str
    issued_at: datetime
    valid_from: date | None
    valid_until: date | None
    signed_code: str
    pdf_sha256: str


class CertificateStepOut(StepOut):
    state: CertificateState


class CertificateUseOut(Out):
    """Who looked: department, purpose, item and the names of what they saw."""

    id: UUID
    certificate_id: UUID | None
    certificate_name: str
    way: str
    used_by_department: str
    purpose: str
    item_code: str | None
    item_name: str | None
    application_id: UUID | None
    fields: list[str]
    used_at: datetime


class PresentationIn(In):
    certificate_types: tuple[Code, ...] = Field(default=(), max_length=CERTIFICATES_MAX)
    certificate_ids: tuple[UUID, ...] = Field(default=(), max_length=CERTIFICATES_MAX)
    purpose: ShortText
    item_code: Code


class PresentationOut(Out):
    id: UUID
    purpose: str
    item_code: str
    certificate_ids: list[UUID]
    state: PresentationState
    created_at: datetime
    expires_at: datetime
    application_id: UUID | None


class PresentationCreatedOut(PresentationOut):
    """The code is shown this once; in the QR code stands nothing but the code."""

    code: str
    qr_svg: str


class ScanIn(In):
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


class ScannedCertificateOut(Out):
    type_code: str
    type_name: str
    number: str
    holder_name: str | None
    holder_number: str | None
    issuing_department_name: str
    valid_until: date | None


class ScanOut(Out):
    presentation_id: UUID
    purpose: str
    item_code: str
    certificates: list[ScannedCertificateOut]


class HandOverIn(In):
    """To which department that received the power, or back to which it came from."""

    department: Annotated[str, StringConstraints(pattern=ISSUER_PATTERN)]
    reason: ShortText


class RevocationIn(In):
    kind: Literal["revoked", "cancelled"] = "revoked"
    reason_code: ReasonCode
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    legal_basis: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class RevocationDecisionIn(In):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1_000)] | None = None


class RevocationOut(Out):
    id: UUID
    certificate_id: UUID
    kind: str
    reason_code: str
    reason: str
    legal_basis: str
    state: RevocationState
    proposed_at: datetime
    decided_at: datetime | None


class VerificationIn(In):
    code: Annotated[str, StringConstraints(min_length=1, max_length=6_000)]
    """The signed code of the QR code (or the address it opens), or the short code."""


class ReasonOut(Out):
    code: str
    words: str
    words_en: str


class VerifiedCertificateOut(Out):
    """What everybody may know of a certificate: no holder."""

    type_code: str
    type_name: str
    number: str
    identifier: str
    issuing_department_name: str
    issued_on: date | None
    valid_until: date | None
    status: CertificateState
    status_as_of: datetime


class VerificationOut(Out):
    verdict: Verdict
    reasons: list[ReasonOut]
    certificate: VerifiedCertificateOut | None
    checked_at: datetime


class SealOut(Out):
    id: UUID
    department: str
    name: str
    created_at: datetime


class SealUseOut(Out):
    id: UUID
    certificate_id: UUID
    document_sha256: str
    purpose: str
    used_at: datetime


class StatusListOut(Out):
    bits: int
    lst: str
    sub: str
    iat: int
    exp: int
    ttl: int


class IssuerKeysOut(Out):
    """Enough to verify codes, status lists and seals without a network."""

    keys: list[dict[str, object]]
    seal_certificate_pem: str
    root_certificate_pem: str

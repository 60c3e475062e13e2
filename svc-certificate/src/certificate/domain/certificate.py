"""An electronic certificate (电子证照): made from a decision or an import, sealed, shown, and one day ended.

needs-holder ── name holder ──▶ draft ── issue ──▶ valid ── revoke ──▶ revoked | cancelled
                                                     └── time ──▶ expired
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from certificate.domain.identifier import CertificateIdentifier
from certificate.domain.keeping import Keeper, KeptByOtherError
from chassis.clock import CITY_ZONE
from chassis.errors import ConflictError

HolderKind = Literal["person", "enterprise"]


class CertificateState(StrEnum):
    """The contracts' CertificateStatus, and the two states before it."""

    NEEDS_HOLDER = "needs-holder"
    DRAFT = "draft"
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REPLACED = "replaced"


class CertificateNotDraftError(ConflictError):
    code = "certificate-not-draft"
    title_zh = "该证照已签发，不能再次签发"
    title_en = "This certificate has been issued; it is issued once"


class HolderKnownError(ConflictError):
    code = "holder-known"
    title_zh = "该证照的持有人信息已齐全，无需补录"
    title_en = "The holder of this certificate is known already; there is nothing to add"


class CertificateNotValidError(ConflictError):
    code = "certificate-not-valid"
    title_zh = "该证照当前不是有效状态，不能办理此步骤"
    title_en = "This certificate is not valid at present; the step is not possible"


@dataclass(frozen=True, kw_only=True)
class CertificateType:
    """A kind of certificate as the directory (证照目录) has it."""

    code: str
    name: str
    type_identifier: str
    department: str
    department_name: str
    division: str
    holder_kind: HolderKind
    validity_years: int | None
    fields: tuple[tuple[str, str], ...]
    """Name and label of each field it shows."""


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The department in whose name a certificate is issued (签发机关)."""

    department: str
    department_name: str


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whose certificate it is, as it is printed. Never in an event or a log."""

    name: str = field(repr=False)
    number: str = field(repr=False)


@dataclass(kw_only=True)
class Certificate:
    """One certificate. Its document is made after the draft, outside any transaction."""

    id: UUID
    identifier: CertificateIdentifier
    number: str
    type_code: str
    holder_id: UUID
    holder: Holder | None
    fields: dict[str, str]
    department: str
    department_name: str
    division: str
    state: CertificateState
    application_id: UUID | None
    status_index: int | None
    pdf_sha256: str | None
    issued_at: datetime | None
    valid_from: date | None
    valid_until: date | None
    version: int
    keeper: str
    """Who changes and ends it: its issuer, until the power moves (domain/keeping.py)."""
    keeper_name: str
    keepers: list[str] = field(default_factory=list)
    """All who came to keep it by a move of powers, in order."""

    @classmethod
    def draft(
        cls,
        type: CertificateType,
        *,
        id: UUID,
        number: str,
        holder_id: UUID,
        holder: Holder | None,
        fields: dict[str, str],
        at: datetime,
        division: str = "",
        application_id: UUID | None = None,
        valid_until: date | None = None,
        validity_years: int | None = None,
        issuer: Issuer | None = None,
    ) -> Self:
        """Prepare one; without a holder's name it waits until somebody adds it. `issuer`: not the type's department."""
        today = at.astimezone(CITY_ZONE).date()
        by = issuer or Issuer(department=type.department, department_name=type.department_name)
        years = validity_years or type.validity_years
        return cls(
            id=id,
            identifier=CertificateIdentifier.new(
                type_identifier=type.type_identifier, issuer=by.department
            ),
            number=number,
            type_code=type.code,
            holder_id=holder_id,
            holder=holder,
            fields=fields,
            department=by.department,
            department_name=by.department_name,
            division=division or type.division,
            state=CertificateState.NEEDS_HOLDER if holder is None else CertificateState.DRAFT,
            application_id=application_id,
            status_index=None,
            pdf_sha256=None,
            issued_at=None,
            valid_from=today,
            valid_until=valid_until or (last_day(today, years) if years else None),
            version=1,
            keeper=by.department,
            keeper_name=by.department_name,
        )

    def require_kept_by(self, department: str) -> None:
        """Raise KeptByOtherError, which says who keeps it, unless this department does."""
        if self.keeper != department:
            raise KeptByOtherError(
                f"该证照由{self.keeper_name}管理，请由其办理",
                f"{self.keeper_name} keeps this certificate; ask that department",
            )

    def pass_to(self, keeper: Keeper) -> None:
        """Another department keeps it from now on; in whose name it was issued stays."""
        self.keeper, self.keeper_name = keeper.department, keeper.department_name
        others = [each for each in self.keepers if each != keeper.department]
        self.keepers = [*others, keeper.department]

    def hand_over(self, keeper: Keeper, at: datetime) -> None:
        """移交: only what is in force passes; raises CertificateNotValidError."""
        self.require_valid(at)
        self.pass_to(keeper)
        self.version += 1

    def name_holder(self, holder: Holder) -> None:
        """Add whose it is (补录持有人); raises HolderKnownError."""
        if self.state is not CertificateState.NEEDS_HOLDER:
            raise HolderKnownError
        self.holder = holder
        self.state = CertificateState.DRAFT
        self.version += 1

    def issue(self, *, pdf_sha256: str, at: datetime) -> None:
        """签发: from now on it is valid, with this document; raises CertificateNotDraftError."""
        if self.state is not CertificateState.DRAFT:
            raise CertificateNotDraftError
        self.state = CertificateState.VALID
        self.pdf_sha256 = pdf_sha256
        self.issued_at = at
        self.version += 1

    def state_at(self, at: datetime) -> CertificateState:
        """The state as a reader should see it: a valid one past its last day is expired."""
        return shown_state(self.state, self.valid_until, at)

    def require_valid(self, at: datetime) -> None:
        """Raise CertificateNotValidError unless it may be shown or revoked now."""
        if self.state_at(at) is not CertificateState.VALID:
            raise CertificateNotValidError

    def end(self, state: CertificateState) -> None:
        """吊销/撤销 (revoked) or 注销 (cancelled): it never returns; raises CertificateNotValidError."""
        if self.state not in {CertificateState.VALID, CertificateState.SUSPENDED}:
            raise CertificateNotValidError
        self.state = state
        self.version += 1


def shown_state(
    state: CertificateState, valid_until: date | None, at: datetime
) -> CertificateState:
    """A valid certificate past its last day (of the city) is expired, whoever asks."""
    past = valid_until is not None and at.astimezone(CITY_ZONE).date() > valid_until
    return CertificateState.EXPIRED if past and state is CertificateState.VALID else state


def last_day(first: date, years: int) -> date:
    """The last valid day of a certificate of so many years: 2026-03-02 and 5 give 2031-03-01."""
    try:
        same_day = first.replace(year=first.year + years)
    except ValueError:  # 29 February
        same_day = date(first.year + years, 3, 1)
    return same_day - timedelta(days=1)

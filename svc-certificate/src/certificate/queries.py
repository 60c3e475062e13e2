"""Reads for screens and figures; they never write. Reach is applied by the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from certificate.domain.certificate import CertificateState
from certificate.domain.status_list import LIST_SIZE, place_in_list, status_value
from certificate.repository.certificates import verify_code_index
from certificate.tables import (
    certificate_types,
    certificate_uses,
    certificates,
    presentations,
    revocations,
    seal_uses,
    seals,
)
from chassis.clock import CITY_ZONE
from chassis.errors import NotFoundError
from chassis.indicators import Figure, Indicator, Period, count_figure
from chassis.transaction import Transaction

_ENDED = (CertificateState.REVOKED, CertificateState.CANCELLED)
_BEFORE = (CertificateState.DRAFT, CertificateState.NEEDS_HOLDER)


@dataclass(frozen=True, kw_only=True)
class CertificateFilter:
    type: str = ""
    statuses: tuple[CertificateState, ...] = ()
    issued: bool | None = None
    application_id: UUID | None = None
    holder_id: UUID | None = None
    kept_by: str = ""
    period: Period = field(default_factory=Period)
    """Of the day of issue, or of the end when only ended ones are asked for."""


def certificates_like(wanted: CertificateFilter, at: datetime) -> Select[Any]:
    """Certificates with the names of their types."""
    statement = with_types()
    if wanted.type:
        statement = statement.where(certificates.c.type_code == wanted.type)
    if wanted.application_id is not None:
        statement = statement.where(certificates.c.application_id == wanted.application_id)
    if wanted.holder_id is not None:
        statement = statement.where(certificates.c.holder_id == wanted.holder_id)
    if wanted.kept_by:
        statement = statement.where(certificates.c.keeper == wanted.kept_by)
    if wanted.statuses:
        statement = statement.where(or_(*(_shown_as(status, at) for status in wanted.statuses)))
    if wanted.issued is not None:
        statement = statement.where(certificates.c.issued_at.is_not(None) == wanted.issued)
    ended = bool(wanted.statuses) and set(wanted.statuses) <= set(_ENDED)
    moment = certificates.c.ended_at if ended else certificates.c.issued_at
    t = certificates.c
    within = wanted.period.conditions(at=moment, division=t.division, department=t.department)
    return statement.where(*within)


def with_types() -> Select[Any]:
    return select(
        certificates,
        certificate_types.c.name.label("type_name"),
        certificate_types.c.fields.label("type_fields"),
        certificate_types.c.holder_kind.label("holder_kind"),
    ).join(certificate_types, certificate_types.c.code == certificates.c.type_code)


def _shown_as(status: CertificateState, at: datetime) -> ColumnElement[bool]:
    """As `shown_state` of the domain: a valid one past its last day is expired."""
    today = at.astimezone(CITY_ZONE).date()
    past = certificates.c.valid_until < today
    if status is CertificateState.EXPIRED:
        return or_(
            certificates.c.status == CertificateState.EXPIRED,
            and_(certificates.c.status == CertificateState.VALID, past),
        )
    if status is CertificateState.VALID:
        return and_(
            certificates.c.status == status,
            or_(certificates.c.valid_until.is_(None), certificates.c.valid_until >= today),
        )
    return certificates.c.status == status


async def certificate_row(tx: Transaction, certificate_id: UUID) -> Row[Any]:
    row = await tx.one_or_none(with_types().where(certificates.c.id == certificate_id))
    if row is None:
        raise NotFoundError
    return row


async def find_by_identifier(tx: Transaction, identifier: str) -> Row[Any] | None:
    return await tx.one_or_none(with_types().where(certificates.c.identifier == identifier))


async def find_by_verify_code(tx: Transaction, code: str) -> Row[Any] | None:
    index = verify_code_index(tx.keyring, code)
    return await tx.one_or_none(with_types().where(certificates.c.verify_code_index == index))


async def find_by_document(tx: Transaction, sha256: str) -> Row[Any] | None:
    return await tx.one_or_none(with_types().where(certificates.c.pdf_sha256 == sha256))


def types_like(q: str) -> Select[Any]:
    statement = select(certificate_types)
    if q:
        statement = statement.where(certificate_types.c.name.contains(q, autoescape=True))
    return statement


def uses_of(certificate_id: UUID) -> Select[Any]:
    return select(certificate_uses).where(certificate_uses.c.certificate_id == certificate_id)


@dataclass(frozen=True, kw_only=True)
class UseFilter:
    way: str = ""
    period: Period = field(default_factory=Period)
    """Its department is the one that looked."""


def uses_like(wanted: UseFilter) -> Select[Any]:
    """Uses of certificates and data, whoever's; the caller's reach makes them their own."""
    statement = select(certificate_uses)
    if wanted.way:
        statement = statement.where(certificate_uses.c.way == wanted.way)
    t = certificate_uses.c
    return statement.where(*wanted.period.conditions(at=t.used_at, department=t.used_by_department))


def presentations_of(holder_id: str) -> Select[Any]:
    return select(presentations).where(presentations.c.holder_id == UUID(holder_id))


def revocations_of(certificate_id: UUID) -> Select[Any]:
    return select(revocations).where(revocations.c.certificate_id == certificate_id)


async def seal_row(tx: Transaction, seal_id: UUID) -> Row[Any]:
    row = await tx.one_or_none(select(seals).where(seals.c.id == seal_id))
    if row is None:
        raise NotFoundError
    return row


def uses_of_seal(seal_id: UUID) -> Select[Any]:
    return select(seal_uses).where(seal_uses.c.seal_id == seal_id)


async def status_values(tx: Transaction, number: int) -> dict[int, int]:
    """Place to value of everything in one status list that is not valid; NotFoundError past the last list."""
    first = (number - 1) * LIST_SIZE
    top = int(await tx.scalar(select(func.max(certificates.c.status_index))) or 0)
    if number < 1 or first > top:
        raise NotFoundError
    rows = await tx.all(
        select(certificates.c.status_index, certificates.c.status).where(
            certificates.c.status_index >= first,
            certificates.c.status_index < first + LIST_SIZE,
            certificates.c.status.not_in([CertificateState.VALID, *_BEFORE]),
        )
    )
    return {
        place_in_list(row.status_index): status_value(CertificateState(row.status)) for row in rows
    }


async def _counted(tx: Transaction, wanted: CertificateFilter) -> Figure:
    found = certificates_like(wanted, tx.now).subquery()
    return count_figure(int(await tx.scalar(select(func.count()).select_from(found)) or 0))


async def certificates_valid(tx: Transaction, period: Period) -> Figure:
    valid = (CertificateState.VALID,)
    return await _counted(tx, CertificateFilter(statuses=valid, period=period))


async def certificates_issued(tx: Transaction, period: Period) -> Figure:
    return await _counted(tx, CertificateFilter(issued=True, period=period))


async def certificates_revoked(tx: Transaction, period: Period) -> Figure:
    return await _counted(tx, CertificateFilter(statuses=_ENDED, period=period))


async def presentation_row(tx: Transaction, holder_id: str, presentation_id: UUID) -> Row[Any]:
    """One presentation of this holder; raises NotFoundError."""
    statement = presentations_of(holder_id).where(presentations.c.id == presentation_id)
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    return row


async def presentations_claimed(tx: Transaction, period: Period) -> Figure:
    found = uses_like(UseFilter(way="application", period=period)).subquery()
    distinct = select(func.count(found.c.application_id.distinct()))
    return count_figure(int(await tx.scalar(distinct) or 0))


INDICATORS = (
    Indicator(
        code="certificates_valid",
        name_zh="有效电子证照数",
        definition_zh="期内签发、此刻仍有效的电子证照",
        definition_en="Certificates issued in the period that are valid now",
        unit="份",
        compute=certificates_valid,
        records="/certificate/v1/certificates?status=valid",
    ),
    Indicator(
        code="certificates_issued",
        name_zh="签发电子证照数",
        definition_zh="期内签发的电子证照，含其后已吊销、注销或过期的",
        definition_en="Certificates issued in the period, whatever became of them",
        unit="份",
        compute=certificates_issued,
        records="/certificate/v1/certificates?issued=true",
    ),
    Indicator(
        code="certificates_revoked",
        name_zh="吊销注销电子证照数",
        definition_zh="期内吊销、撤销或注销的电子证照",
        definition_en="Certificates revoked or cancelled in the period",
        unit="份",
        compute=certificates_revoked,
        records="/certificate/v1/certificates?status=revoked&status=cancelled",
    ),
    Indicator(
        code="presentations_claimed",
        name_zh="亮证办件数",
        definition_zh="期内以出示的电子证照抵免材料的办件；按用证部门可筛选",
        definition_en="Applications of the period in which shown certificates stood in for materials; by the department that used them",
        unit="件",
        compute=presentations_claimed,
        records="/certificate/v1/uses?way=application",
    ),
)

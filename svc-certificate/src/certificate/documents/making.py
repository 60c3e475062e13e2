"""From a draft to its sealed PDF: the page's lines, the signed code, the seal. Blocking; run in a thread."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stdnum.cn import ric

from certificate.documents.pki import IssuerKeys
from certificate.documents.rendering import CertificatePage, Row, render_page
from certificate.documents.sealing import seal_pdf
from certificate.domain.certificate import Certificate, CertificateType
from certificate.domain.codes import PublicFields, sign_code
from certificate.domain.status_list import list_of, place_in_list
from chassis.clock import CITY_ZONE

LABELS = {"item_name": "办理事项", "application_number": "申请编号"}
HOLDER_LABELS = {"person": ("姓名", "证件号码"), "enterprise": ("名称", "统一社会信用代码")}
IDENTITY_LABELS = ("姓名", "公民身份号码")


@dataclass(frozen=True, kw_only=True)
class Making:
    """Everything that a document is made from."""

    certificate: Certificate
    type: CertificateType
    verify_code: str
    public_url: str
    at: datetime


def make_document(making: Making, keys: IssuerKeys) -> bytes:
    """The sealed PDF/A. About 60 ms of one core."""
    page = _page(making, signed_code(making, keys))
    reason = f"签发电子证照 {making.certificate.number}"
    return seal_pdf(
        render_page(page), keys, reason=reason, location=making.certificate.department_name
    )


def public_fields(making: Making) -> PublicFields:
    return PublicFields(
        identifier=str(making.certificate.identifier),
        number=making.certificate.number,
        type_code=making.type.code,
        type_name=making.type.name,
        issuer_name=making.certificate.department_name,
        issued_on=making.at.astimezone(CITY_ZONE).date(),
        valid_until=making.certificate.valid_until,
    )


def signed_code(making: Making, keys: IssuerKeys) -> str:
    index = making.certificate.status_index
    assert index is not None, "the database gives every certificate its place"
    return sign_code(
        public_fields(making),
        keys.codes,
        issuer=making.public_url,
        status_uri=status_list_uri(making.public_url, list_of(index)),
        status_index=place_in_list(index),
        at=making.at,
    )


def status_list_uri(public_url: str, number: int) -> str:
    return f"{public_url}/certificate/v1/status-lists/{number}"


def verify_uri(public_url: str, code: str) -> str:
    """Behind `#`, so that no server log sees the code."""
    return f"{public_url}/certificate/v1/verify#{code}"


def _page(making: Making, code: str) -> CertificatePage:
    certificate = making.certificate
    return CertificatePage(
        type_name=making.type.name,
        identifier=str(certificate.identifier),
        rows=_rows(making),
        issuer_name=certificate.department_name,
        seal_name=certificate.department_name,
        issued_on=_day(making.at.astimezone(CITY_ZONE).date()),
        verify_code=making.verify_code,
        verify_url=f"{making.public_url}/certificate/v1/verify",
        qr_text=verify_uri(making.public_url, code),
        made_at=making.at,
    )


def _rows(making: Making) -> tuple[Row, ...]:
    certificate = making.certificate
    holder = certificate.holder
    assert holder is not None, "a draft has a holder"
    name_label, number_label = _holder_labels(holder.number, making.type.holder_kind)
    labels = {**LABELS, **dict(making.type.fields)}
    until = _day(certificate.valid_until) if certificate.valid_until else "长期"
    since = _day(certificate.valid_from) if certificate.valid_from else ""
    return (
        Row(label="证照编号", value=certificate.number),
        Row(label=name_label, value=holder.name),
        Row(label=number_label, value=holder.number),
        *(
            Row(label=labels.get(name, name), value=value)
            for name, value in certificate.fields.items()
        ),
        Row(label="有效期", value=f"{since} 至 {until}"),
    )


def _day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _holder_labels(number: str, kind: str) -> tuple[str, str]:
    """What the holder's lines are called. A sole trader may hold what a type is made for companies for: the number says who."""
    return IDENTITY_LABELS if ric.is_valid(number) else HOLDER_LABELS[kind]

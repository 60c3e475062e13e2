from datetime import UTC, date, datetime, timedelta

import pytest

from certificate.domain.certificate import (
    Certificate,
    CertificateNotDraftError,
    CertificateNotValidError,
    CertificateState,
    CertificateType,
    Holder,
    HolderKnownError,
    last_day,
)
from chassis.ids import new_id

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TYPE = CertificateType(
    code="food-business-permit",
    name="食品经营许可证",
    type_identifier="11445100MB2X00012X001",
    department="11445100MB2X00012X",
    department_name="潮州市市场监督管理局",
    division="445100",
    holder_kind="person",
    validity_years=5,
    fields=(),
)
HOLDER = Holder(name="王小敏", number="44510219900307002X")


def draft(**more):
    values = {
        "id": new_id(),
        "number": "ZZ-260302-00000001-A",
        "holder_id": new_id(),
        "holder": HOLDER,
        "fields": {},
        "at": NOW,
    }
    return Certificate.draft(TYPE, **{**values, **more})


def issued(**more):
    certificate = draft(**more)
    certificate.issue(pdf_sha256="0" * 64, at=NOW)
    return certificate


def test_a_draft_without_a_holder_waits_until_somebody_adds_it():
    certificate = draft(holder=None)
    assert certificate.state is CertificateState.NEEDS_HOLDER
    with pytest.raises(CertificateNotDraftError):
        certificate.issue(pdf_sha256="0" * 64, at=NOW)
    certificate.name_holder(HOLDER)
    assert certificate.state is CertificateState.DRAFT
    with pytest.raises(HolderKnownError):
        certificate.name_holder(HOLDER)


def test_it_is_issued_once():
    certificate = issued()
    assert (certificate.state, certificate.version) == (CertificateState.VALID, 2)
    with pytest.raises(CertificateNotDraftError):
        certificate.issue(pdf_sha256="0" * 64, at=NOW)


@pytest.mark.parametrize(
    ("first", "years", "last"),
    [
        (date(2026, 3, 2), 5, date(2031, 3, 1)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 28)),
        (date(2026, 1, 1), 1, date(2026, 12, 31)),
    ],
)
def test_the_last_day_is_the_day_before_the_same_day(first, years, last):
    assert last_day(first, years) == last


def test_the_years_of_the_decision_go_before_those_of_the_type():
    assert draft(validity_years=3).valid_until == date(2029, 3, 1)
    assert draft(valid_until=date(2026, 12, 31)).valid_until == date(2026, 12, 31)


def test_it_expires_when_its_last_day_has_passed_in_the_city():
    certificate = issued(valid_until=date(2026, 3, 2))
    last_minute = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
    assert certificate.state_at(last_minute) is CertificateState.VALID
    assert certificate.state_at(last_minute + timedelta(minutes=1)) is CertificateState.EXPIRED


@pytest.mark.parametrize("end", [CertificateState.REVOKED, CertificateState.CANCELLED])
def test_an_ended_certificate_never_returns(end):
    certificate = issued()
    certificate.end(end)
    for again in (CertificateState.REVOKED, CertificateState.CANCELLED):
        with pytest.raises(CertificateNotValidError):
            certificate.end(again)
    with pytest.raises(CertificateNotValidError):
        certificate.require_valid(NOW)


def test_a_draft_cannot_be_revoked():
    with pytest.raises(CertificateNotValidError):
        draft().end(CertificateState.REVOKED)


def test_a_holder_does_not_show_in_a_repr():
    assert "王小敏" not in repr(draft())
    assert HOLDER.number not in repr(draft())

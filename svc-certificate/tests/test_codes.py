from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, KeySet

from certificate.domain.certificate import CertificateState
from certificate.domain.codes import (
    CodeUnsoundError,
    PublicFields,
    new_short_code,
    read_code,
    sign_code,
    tidy_short_code,
)
from certificate.domain.status_list import (
    INVALID,
    LIST_SIZE,
    SUSPENDED,
    VALID,
    list_of,
    pack,
    place_in_list,
    read_place,
    status_value,
)
from certificate.domain.verdicts import Verdict, verdict_on_state

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PUBLIC = PublicFields(
    identifier="1.2.156.3005.2.11445100MB2X00012X001.11445100MB2X00012X.2023000000001.001.4",
    number="ZZ-260302-00000001-A",
    type_code="food-business-permit",
    type_name="食品经营许可证",
    issuer_name="潮州市市场监督管理局",
    issued_on=date(2026, 3, 2),
    valid_until=date(2031, 3, 1),
)


@pytest.fixture(scope="module")
def key():
    key = ECKey.generate_key("P-256")
    key.ensure_kid()
    return key


def signed(key):
    return sign_code(
        PUBLIC, key, issuer="http://city", status_uri="http://city/1", status_index=7, at=NOW
    )


def public(key):
    return KeySet([ECKey.import_key(key.as_dict(private=False))])


def test_a_signed_code_says_what_was_signed(key):
    told = read_code(signed(key), public(key))
    assert (told.identifier, told.digest) == (PUBLIC.identifier, PUBLIC.digest())
    assert (told.status_uri, told.status_index) == ("http://city/1", 7)
    last_moment = datetime(2031, 3, 1, 16, 0, tzinfo=UTC)
    assert told.expires_at == int(last_moment.timestamp())


def test_no_sign_of_it_can_be_changed(key):
    code = signed(key)
    head, body, signature = code.split(".")
    touched = [
        f"{head[:-2]}AA.{body}.{signature}",
        f"{head}.{body[:-2]}AA.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        f"{head}.{body}",
        "e30.e30.e30",
        "食.品.证",
        "A" * 10_000,
    ]
    for text in touched:
        with pytest.raises(CodeUnsoundError):
            read_code(text, public(key))


def test_another_kind_of_token_with_the_same_key_is_no_code(key):
    """A status list is signed with the same key: it must not pass for a certificate."""
    payload = jws.extract_compact(signed(key).encode()).payload
    token = jws.serialize_compact(
        {"alg": "ES256", "kid": key.kid, "typ": "statuslist+jwt"}, payload, key
    )
    with pytest.raises(CodeUnsoundError):
        read_code(token, public(key))


def test_the_digest_follows_every_public_field():
    other = PublicFields(**{**PUBLIC.__dict__, "valid_until": None})
    assert other.digest() != PUBLIC.digest()


def test_a_short_code_is_read_as_people_type_it():
    code = new_short_code()
    assert tidy_short_code(code) == code
    assert tidy_short_code(f" {code.lower().replace('-', ' ')}") == code


def test_a_wrong_sign_or_two_swapped_in_a_short_code_are_found():
    code = new_short_code().replace("-", "")
    for place, sign in enumerate(code):
        wrong = code[:place] + ("A" if sign != "A" else "B") + code[place + 1 :]
        assert tidy_short_code(wrong) is None
    for place, (left, right) in enumerate(pairwise(code)):
        if left != right:
            swapped = code[:place] + right + left + code[place + 2 :]
            assert tidy_short_code(swapped) is None or "0" in (left, right)


@pytest.mark.parametrize("text", ["", "A", "----", "食品经营许可证", "A" * 100])
def test_what_is_no_short_code_is_none(text):
    assert tidy_short_code(text) is None


def test_a_status_list_holds_two_bits_for_each_and_nothing_else():
    values = {0: INVALID, 3: SUSPENDED, 4: INVALID, LIST_SIZE - 1: SUSPENDED}
    packed = pack(values)
    for place in (*range(10), LIST_SIZE - 2, LIST_SIZE - 1):
        assert read_place(packed, place) == values.get(place, VALID)
    assert len(packed) < 200


def test_every_index_has_one_list_and_one_place():
    assert [(list_of(n), place_in_list(n)) for n in (0, LIST_SIZE - 1, LIST_SIZE)] == [
        (1, 0),
        (1, LIST_SIZE - 1),
        (2, 0),
    ]


@pytest.mark.parametrize("state", list(CertificateState))
def test_only_a_valid_certificate_is_called_valid(state):
    verdict, reason = verdict_on_state(state)
    assert (verdict is Verdict.VALID) == (state is CertificateState.VALID)
    assert reason.zh
    assert status_value(state) in {VALID, INVALID, SUSPENDED}


def test_what_is_not_in_the_books_is_unknown():
    assert verdict_on_state(None)[0] is Verdict.UNKNOWN

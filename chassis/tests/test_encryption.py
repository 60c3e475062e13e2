import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.encryption import (
    DecryptionError,
    Keyring,
    KeyringError,
    mask_id_number,
    mask_name,
    mask_phone,
)

CONTEXT = "applications.contact_phone"


def b64(byte: int) -> str:
    return base64.b64encode(bytes([byte]) * 32).decode()


def ring(suite: str = "international", current: str = "k1", **keys: dict[str, str]) -> Keyring:
    keys = keys or {"k1": {"encrypt": b64(1), "index": b64(2)}}
    return Keyring.from_json(json.dumps({"suite": suite, "current": current, "keys": keys}))


K1 = {"encrypt": b64(1), "index": b64(2)}
K2 = {"encrypt": b64(3)}
TEXT = "13800138000"


@pytest.mark.parametrize("suite", ["international", "guomi"])
@given(text=st.text(), context=st.text(max_size=20))
def test_what_was_encrypted_is_decrypted(suite, text, context):
    keyring = ring(suite)
    value = keyring.encrypt(text, context=context)
    assert keyring.decrypt(value, context=context) == text
    assert value != keyring.encrypt(text, context=context)


def test_a_value_says_its_suite_and_key():
    assert ring().encrypt(TEXT, context=CONTEXT).startswith("aes.k1.")
    assert ring("guomi").encrypt(TEXT, context=CONTEXT).startswith("sm4.k1.")
    assert TEXT not in ring().encrypt(TEXT, context=CONTEXT)


@given(place=st.integers(0, 10_000), other=st.sampled_from("ABCDEFabcdef0189-_."))
def test_a_changed_value_does_not_open(place, other):
    keyring = ring()
    value = keyring.encrypt(TEXT, context=CONTEXT)
    index = place % len(value)
    changed = value[:index] + other + value[index + 1 :]
    if changed == value or index == len(value) - 1:
        return
    with pytest.raises(DecryptionError):
        keyring.decrypt(changed, context=CONTEXT)


def test_a_value_in_another_column_does_not_open():
    value = ring().encrypt(TEXT, context=CONTEXT)
    with pytest.raises(DecryptionError):
        ring().decrypt(value, context="applications.name")


@pytest.mark.parametrize(
    "value",
    ["", "x", "aes", "aes.k1", "aes.k1.", "aes.k9.AAAA", "des.k1.AAAA", "aes.k1.AAAA", "aes.k1.游"],
)
def test_what_was_never_encrypted_does_not_open(value):
    with pytest.raises(DecryptionError):
        ring().decrypt(value, context=CONTEXT)


def test_keys_rotate_and_look_ups_survive():
    old = ring(k1=K1)
    value = old.encrypt(TEXT, context=CONTEXT)
    new = ring(current="k2", k1=K1, k2=K2)
    assert not old.needs_rotation(value)
    assert new.needs_rotation(value)
    assert new.decrypt(value, context=CONTEXT) == TEXT
    rotated = new.rotate(value, context=CONTEXT)
    assert rotated.startswith("aes.k2.")
    assert new.rotate(rotated, context=CONTEXT) == rotated
    assert new.decrypt(rotated, context=CONTEXT) == TEXT
    assert new.blind_index(TEXT, context=CONTEXT) == old.blind_index(TEXT, context=CONTEXT)
    assert new.derive("cursors") == old.derive("cursors")
    with pytest.raises(DecryptionError):
        old.decrypt(rotated, context=CONTEXT)


def test_the_suite_changes_and_look_ups_survive():
    old = ring(k1=K1)
    value = old.encrypt(TEXT, context=CONTEXT)
    new = ring("guomi", current="k2", k1={**K1, "suite": "international"}, k2=K2)
    rotated = new.rotate(value, context=CONTEXT)
    assert rotated.startswith("sm4.k2.")
    assert new.decrypt(rotated, context=CONTEXT) == TEXT
    assert new.blind_index(TEXT, context=CONTEXT) == old.blind_index(TEXT, context=CONTEXT)


def test_a_blind_index_is_a_keyed_digest_of_context_and_text():
    keyring = ring()
    message = b"index\0" + CONTEXT.encode() + b"\0" + TEXT.encode()
    assert keyring.blind_index(TEXT, context=CONTEXT) == hmac.digest(
        b"\2" * 32, message, hashlib.sha256
    )
    others = {
        keyring.blind_index(TEXT, context="other"),
        keyring.blind_index(TEXT + " ", context=CONTEXT),
        ring(k1={**K1, "index": b64(9)}).blind_index(TEXT, context=CONTEXT),
        ring("guomi").blind_index(TEXT, context=CONTEXT),
        keyring.blind_index(TEXT, context=CONTEXT),
    }
    assert len(others) == 5
    assert {len(each) for each in others} == {32}


def test_derived_keys_differ_by_label():
    keyring = ring()
    assert len(keyring.derive("cursors")) == 32
    assert keyring.derive("cursors") == ring().derive("cursors")
    assert keyring.derive("cursors") != keyring.derive("codes")


def test_keys_are_never_shown():
    shown = repr(ring()) + str(vars(ring()))
    assert "\\x01" not in shown.split("_index")[0]
    assert repr(ring()) == "Keyring(current='k1', keys=['k1'])"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        "{}",
        json.dumps({"suite": "rot13", "current": "k1", "keys": {"k1": K1}}),
        json.dumps({"suite": "guomi", "current": "k2", "keys": {"k1": K1}}),
        json.dumps({"suite": "guomi", "current": "k1", "keys": {"k.1": K1}}),
        json.dumps({"suite": "guomi", "current": "k2", "keys": {"k2": K2}}),
        json.dumps({"suite": "guomi", "current": "k1", "keys": {"k1": {"encrypt": "c2hvcnQ=", "index": b64(1)}}}),
        json.dumps({"suite": "guomi", "current": "k1", "index_key": "k2", "keys": {"k1": K1, "k2": K2}}),
    ],
)  # fmt: skip
def test_a_malformed_keyring_is_refused_without_showing_it(content):
    with pytest.raises(KeyringError) as caught:
        Keyring.from_json(content)
    assert b64(1) not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_keyring_is_read_from_a_file(tmp_path):
    path = tmp_path / "keyring.json"
    path.write_text(json.dumps({"suite": "guomi", "current": "k1", "keys": {"k1": K1}}))
    value = ring("guomi").encrypt(TEXT, context=CONTEXT)
    assert Keyring.from_file(path).decrypt(value, context=CONTEXT) == TEXT
    with pytest.raises(KeyringError, match="cannot read"):
        Keyring.from_file(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("mask", "text", "masked"),
    [
        (mask_name, "王小敏", "王**"),
        (mask_name, "王", "王"),
        (mask_name, "", ""),
        (mask_phone, "13800138000", "138****8000"),
        (mask_phone, "2268888", "*****88"),
        (mask_phone, "110", "***"),
        (mask_id_number, "44510219900307123X", "445***********123X"),
        (mask_id_number, "12345678", "********"),
        (mask_id_number, "", ""),
    ],
)
def test_a_mask_shows_little(mask, text, masked):
    assert mask(text) == masked

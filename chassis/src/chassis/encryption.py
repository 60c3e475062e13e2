"""Field encryption: personal data is unreadable in the database, and still found by exact value.

A value reads `<suite>.<key id>.<base64url of nonce and ciphertext>`, so it says how and with which key it was
written. `context` (table and column) is authenticated with it: a value moved to another column does not open.

Rotation: add a key, make it `current`, run a job over `needs_rotation` and `rotate`, then remove the old key.
Blind indexes and derived keys hang on one index key, `index_key` in the file (default: the first key listed),
which stays when encrypt keys rotate; changing it means rebuilding every index. Its suite must stay too: before
`suite` of the ring changes, write the old suite into the old keys.
"""

import base64
import binascii
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)


class DecryptionError(Exception):
    """The value was changed, belongs to another context, or its key is not in the ring."""


class KeyringError(Exception):
    """The keyring cannot be read. The message never holds a key."""


@dataclass(frozen=True)
class _Suite:
    tag: str
    key_bytes: int
    cipher: Callable[[bytes], Any]
    digest: Callable[[], hashes.HashAlgorithm]


_AES_TAG = "aes"
_SUITES = {
    "international": _Suite(_AES_TAG, 32, algorithms.AES, hashes.SHA256),
    "guomi": _Suite("sm4", 16, algorithms.SM4, hashes.SM3),
}
_BY_TAG = {suite.tag: suite for suite in _SUITES.values()}


@dataclass(frozen=True)
class _Key:
    id: str
    suite: _Suite
    encrypt: dict[str, bytes] = field(repr=False)
    """By suite tag: both are derived, so a key opens whatever was written with it."""
    index: bytes | None = field(repr=False)


class Keyring:
    """The keys of one service. Read at start and never printed."""

    def __init__(self, *, current: str, index_key: str, keys: Mapping[str, _Key]) -> None:
        self._keys = dict(keys)
        self._current = self._keys[current]
        index = self._keys[index_key].index
        assert index is not None
        tag = self._current.suite.tag
        self._aes = AESGCM(self._current.encrypt[tag]) if tag == _AES_TAG else None
        self._index_suite, self._index = self._keys[index_key].suite, index

    @classmethod
    def from_file(cls, path: Path) -> "Keyring":
        """Read the ring; KeyringError names what is wrong, not what was there."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise KeyringError(f"cannot read the keyring {path}: {error.strerror}") from error

    @classmethod
    def from_json(cls, text: str) -> "Keyring":
        """`{"suite": ..., "current": "k1", "keys": {"k1": {"encrypt": b64, "index": b64}}}`."""
        try:
            content = json.loads(text)
            suite, current = str(content["suite"]), str(content["current"])
            keys = {str(id): _key(str(id), entry, suite) for id, entry in content["keys"].items()}
            index_key = content.get("index_key") or next(
                id for id, key in keys.items() if key.index is not None
            )
            return cls(current=current, index_key=str(index_key), keys=keys)
        except (KeyError, TypeError, AttributeError, StopIteration, AssertionError):
            # The cause is cut off: it would carry the file's content into the log.
            raise KeyringError("the keyring lacks a suite, a current key or an index key") from None
        except ValueError:
            raise KeyringError("the keyring is not well formed JSON with 32-byte keys") from None

    def encrypt(self, text: str, *, context: str) -> str:
        """Seal a text with the current key; the same text gives another value each time."""
        key, suite = self._current, self._current.suite
        nonce = os.urandom(_NONCE_BYTES)
        if self._aes is not None:
            # The hot path: one call instead of four; the bytes are the same.
            associated = _associated(suite.tag, key.id, context)
            sealed = self._aes.encrypt(nonce, text.encode(), associated)
            return _value(suite.tag, key.id, nonce + sealed)
        sealer = Cipher(suite.cipher(key.encrypt[suite.tag]), modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(_associated(suite.tag, key.id, context))
        sealed = sealer.update(text.encode()) + sealer.finalize() + sealer.tag
        return _value(suite.tag, key.id, nonce + sealed)

    def decrypt(self, value: str, *, context: str) -> str:
        """Open a value written with any key of the ring, under the same context; else DecryptionError."""
        suite, key, raw = self._taken_apart(value)
        nonce, sealed, tag = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:-_TAG_BYTES], raw[-_TAG_BYTES:]
        opener = Cipher(suite.cipher(key.encrypt[suite.tag]), modes.GCM(nonce, tag)).decryptor()
        opener.authenticate_additional_data(_associated(suite.tag, key.id, context))
        try:
            return (opener.update(sealed) + opener.finalize()).decode()
        except InvalidTag:
            raise DecryptionError("the value does not open in this context") from None

    def seal(self, data: bytes, *, context: str) -> bytes:
        """Bytes as `encrypt` does text: a head that names suite and key, then nonce and sealed bytes."""
        key, suite = self._current, self._current.suite
        nonce = os.urandom(_NONCE_BYTES)
        sealer = Cipher(suite.cipher(key.encrypt[suite.tag]), modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(_associated(suite.tag, key.id, context))
        head = f"{suite.tag}.{key.id}.".encode()
        return head + nonce + sealer.update(data) + sealer.finalize() + sealer.tag

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        """Open what `seal` made, with any key of the ring; else DecryptionError."""
        tag, key_id, raw = [*sealed.split(b".", 2), b"", b""][:3]
        suite, key = _BY_TAG.get(tag.decode("latin-1")), self._keys.get(key_id.decode("latin-1"))
        if suite is None or key is None or len(raw) < _NONCE_BYTES + _TAG_BYTES:
            raise DecryptionError(
                "the bytes name a suite or key that is not in the ring, or are cut off"
            )
        modes_gcm = modes.GCM(raw[:_NONCE_BYTES], raw[-_TAG_BYTES:])
        opener = Cipher(suite.cipher(key.encrypt[suite.tag]), modes_gcm).decryptor()
        opener.authenticate_additional_data(_associated(suite.tag, key.id, context))
        try:
            return opener.update(raw[_NONCE_BYTES:-_TAG_BYTES]) + opener.finalize()
        except InvalidTag:
            raise DecryptionError("the bytes do not open in this context") from None

    def blind_index(self, text: str, *, context: str) -> bytes:
        """32 bytes that are the same for the same text in the same context, for `WHERE ... = `.

        Exact: bring the text into one form (spaces, width, case) before asking.
        """
        mac = hmac.HMAC(self._index, self._index_suite.digest())
        mac.update(b"index\0" + context.encode() + b"\0" + text.encode())
        return mac.finalize()

    def needs_rotation(self, value: str) -> bool:
        """Whether the value was written with another key or suite than the current one."""
        return not value.startswith(f"{self._current.suite.tag}.{self._current.id}.")

    def rotate(self, value: str, *, context: str) -> str:
        """The same text under the current key; a value already there is given back as it is."""
        if not self.needs_rotation(value):
            return value
        return self.encrypt(self.decrypt(value, context=context), context=context)

    def derive(self, label: str) -> bytes:
        """A 32-byte key for another use (cursors, for one); stays when encrypt keys rotate."""
        return _derived(self._index, f"derive {label}", _KEY_BYTES, self._index_suite)

    def _taken_apart(self, value: str) -> tuple[_Suite, _Key, bytes]:
        tag, _, rest = value.partition(".")
        key_id, _, body = rest.partition(".")
        suite, key = _BY_TAG.get(tag), self._keys.get(key_id)
        if suite is None or key is None:
            raise DecryptionError("the value names a suite or key that is not in the ring")
        try:
            raw = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise DecryptionError("the value is not well formed") from None
        if len(raw) < _NONCE_BYTES + _TAG_BYTES:
            raise DecryptionError("the value is cut off")
        return suite, key, raw

    def __repr__(self) -> str:
        return f"Keyring(current={self._current.id!r}, keys={sorted(self._keys)})"


def _value(tag: str, key_id: str, raw: bytes) -> str:
    return f"{tag}.{key_id}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def _key(id: str, entry: Mapping[str, Any], ring_suite: str) -> _Key:
    if not _KEY_ID.fullmatch(id):
        raise ValueError("key id")
    suite = _SUITES[str(entry.get("suite", ring_suite))]
    secret = _key_bytes(entry["encrypt"])
    encrypt = {
        each.tag: _derived(secret, f"encrypt {each.tag}", each.key_bytes, each)
        for each in _SUITES.values()
    }
    index = _key_bytes(entry["index"]) if "index" in entry else None
    return _Key(id=id, suite=suite, encrypt=encrypt, index=index)


def _key_bytes(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("key length")
    return key


def _derived(secret: bytes, label: str, length: int, suite: _Suite) -> bytes:
    return HKDF(suite.digest(), length, salt=None, info=label.encode()).derive(secret)


def _associated(tag: str, key_id: str, context: str) -> bytes:
    return f"{tag}.{key_id}.{context}".encode()


def mask_name(name: str) -> str:
    """王小敏 -> 王**: the first character stays."""
    return name[:1] + "*" * (len(name) - 1)


def mask_phone(phone: str) -> str:
    """13800138000 -> 138****8000; a shorter number keeps its last two digits only."""
    return _masked(phone, 3, 4) if len(phone) >= 11 else _masked(phone, 0, 2)


def mask_id_number(number: str) -> str:
    """Three characters in front and four at the end stay; the day of birth does not show."""
    return _masked(number, 3, 4)


def _masked(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden < 3:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]

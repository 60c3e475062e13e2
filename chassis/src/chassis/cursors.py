"""Cursors of lists: where the next page begins, as text that callers hand back and cannot make up."""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence

from chassis.errors import BadRequestError

Value = str | int | None

_MAC_BYTES = 16
_CURSOR_CHARACTERS_MAX = 2_048
_KEY_BYTES_MIN = 16


class Cursors:
    """Seals and opens cursors with one key. The values inside are readable, only not forgeable."""

    def __init__(self, key: bytes) -> None:
        if len(key) < _KEY_BYTES_MIN:
            raise ValueError("the key of cursors is too short")
        self._key = key

    def seal(self, kind: str, values: Sequence[Value]) -> str:
        """Text for `next_cursor`. `kind` names the list and its order: a cursor of another is refused."""
        body = json.dumps([kind, *values], ensure_ascii=False, separators=(",", ":")).encode()
        text = _in_text(self._mac(body) + body)
        if len(text) > _CURSOR_CHARACTERS_MAX:
            raise ValueError("a cursor's values are too long")
        return text

    def open(self, kind: str, text: str) -> list[Value]:
        """The values sealed under this kind; BadRequestError for anything else, whatever is wrong with it."""
        sealed_kind, *values = json.loads(self._authentic(text))
        if sealed_kind != kind:
            raise bad_cursor()
        return list(values)

    def _authentic(self, text: str) -> bytes:
        if len(text) > _CURSOR_CHARACTERS_MAX:
            raise bad_cursor()
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise bad_cursor() from None
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        # One cursor, one spelling: spare bits at the end must be as we write them.
        if not hmac.compare_digest(mac, self._mac(body)) or _in_text(raw) != text:
            raise bad_cursor()
        return body

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_MAC_BYTES]

    def __repr__(self) -> str:
        return "Cursors(key=***)"


def _in_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bad_cursor() -> BadRequestError:
    """The one refusal for every fault, so that nothing is learned from which it was."""
    return BadRequestError(
        "翻页标记无效，请从第一页重新查询",
        "The cursor is not valid; start again from the first page",
        code="bad-cursor",
    )

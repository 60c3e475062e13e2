"""Identifiers: sortable ones for rows, readable ones for people, unguessable ones for secrets."""

import hashlib
import os
import re
import secrets
import threading
import time
from datetime import date, datetime
from uuid import UUID

from stdnum.iso7064 import mod_37_36

_RANDOM_BITS = 74
_STEP_BYTES = 4
_READABLE = re.compile(r"([A-Z0-9]{1,8})-([0-9]{6})-([0-9]{12})-([0-9A-Z])", re.ASCII)
_PREFIX = re.compile(r"[A-Z0-9]{1,8}", re.ASCII)


class _Sequence:
    """What UUIDv7 remembers between two ids, so that the second is always the larger."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.milliseconds = 0
        self.random = 0

    def next(self) -> tuple[int, int]:
        with self.lock:
            now = time.time_ns() // 1_000_000
            if now > self.milliseconds:
                self.milliseconds = now
                # The top bit is left free, so that counting up within a millisecond cannot run over.
                self.random = int.from_bytes(os.urandom(10), "big") >> 7
            else:
                self._count_up()
            return self.milliseconds, self.random

    def _count_up(self) -> None:
        """Same millisecond, or a clock set back: go on from the last id (RFC 9562, 6.2, method 2)."""
        self.random += 1 + int.from_bytes(os.urandom(_STEP_BYTES), "big")
        if self.random >> _RANDOM_BITS:
            self.milliseconds += 1
            self.random = int.from_bytes(os.urandom(10), "big") >> 7


_sequence = _Sequence()


def _start_anew() -> None:
    """A forked child must not count up from where its parent stands."""
    global _sequence  # noqa: PLW0603  the process's one sequence, replaced whole
    _sequence = _Sequence()


os.register_at_fork(after_in_child=_start_anew)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): ids made later in this process are larger, ids of other processes differ."""
    milliseconds, random = _sequence.next()
    high = (milliseconds << 16) | 0x7000 | (random >> 62)
    low = (0b10 << 62) | (random & ((1 << 62) - 1))
    return UUID(int=(high << 64) | low)


def readable_number(prefix: str, day: date) -> str:
    """A number to read out on the telephone, `SQ-261124-482109371234-K`.

    Prefix, day, twelve random digits (they tell nobody how many there are, and at ten
    thousand a day two of them meet once in some fifty years) and a check character
    (ISO 7064 MOD 37,36) that finds any one wrong character and nearly all neighbours swapped. Random,
    so the column that keeps it must be unique.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("a prefix is one to eight capital letters or digits")
    digits = f"{secrets.randbelow(10**12):012d}"
    stamp = f"{day:%y%m%d}"
    check = mod_37_36.calc_check_digit(prefix + stamp + digits)
    return f"{prefix}-{stamp}-{digits}-{check}"


def is_readable_number(text: str) -> bool:
    """Whether this could be one of our readable numbers: its shape, its day and its check character."""
    match = _READABLE.fullmatch(text)
    if match is None:
        return False
    try:
        datetime.strptime(match[2], "%y%m%d")  # noqa: DTZ007  only asked whether such a day exists
    except ValueError:
        return False
    return bool(mod_37_36.is_valid("".join(match.groups())))


def new_secret_code(bytes: int = 16) -> str:
    """An unguessable code for links and QR codes, base64url without padding."""
    return secrets.token_urlsafe(bytes)


def code_hash(code: str) -> bytes:
    """By what a secret code is looked up (SHA-256), so that the books alone can use it for nobody."""
    return hashlib.sha256(code.encode()).digest()

"""Numbers with check characters, made up but sound; and the dice that make the same city of the same seed."""

import hashlib
import random
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from stdnum.cn import uscc

_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_SEQUENCES = 999


def dice(*parts: object) -> random.Random:
    """Chance that is the same for the same parts, whatever else was made before."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311  an example city, not a secret


def luck(*parts: object) -> float:
    """One throw of such dice, between 0 and 1; much cheaper than the dice."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def organisation_code(body: str) -> str:
    """Eight characters with the check character of GB 11714."""
    values = (_ORGANISATION_ALPHABET.index(sign) for sign in body)
    total = sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return body + "0123456789X0"[11 - total % 11]


def credit_code(kind: str, division: str, body: str) -> str:
    """A unified social credit code (GB 32100): `kind` 11 an organ, 91 a company; `division` six digits."""
    text = f"{kind}{division}{organisation_code(body)}"
    return text + str(uscc.calc_check_digit(text))


def department_code(division: str, number: int) -> str:
    """The code of the city's department of this number: same number, same code, always."""
    return credit_code("11", division, f"MB2X{number:04d}")


def citizen_number(division: str, born: date, sequence: int) -> str:
    """A citizen's number (GB 11643); an odd sequence is a man's."""
    text = f"{division}{born:%Y%m%d}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(text, _CITIZEN_WEIGHTS, strict=True))
    return text + _CITIZEN_CHECKS[total % 11]


def citizen_numbers(seed: int, divisions: tuple[str, ...]) -> Iterator[str]:
    """Numbers of grown people, none twice, with no end."""
    chance = dice(seed, "citizen-numbers")
    seen: set[str] = set()
    first = date(1948, 1, 1)
    while True:
        born = first + timedelta(days=chance.randrange(57 * 365))
        number = citizen_number(chance.choice(divisions), born, chance.randint(1, _SEQUENCES))
        if number not in seen:
            seen.add(number)
            yield number


def subject_id(group: int, number: int) -> UUID:
    """The fixed identifier of an example person or company."""
    return UUID(f"019a0000-0000-7000-8000-{group:04d}{number:08d}")


def item_code(department: str, *, level: int, task_type: str, main: int, sub: int) -> str:
    """实施编码 (GB/T 39554): department 18, level 1, province 2, type 2, main item 5, sub-item 3."""
    return f"{department}{level}44{task_type}{main:05d}{sub:03d}"

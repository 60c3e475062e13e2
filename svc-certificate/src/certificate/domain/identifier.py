"""电子证照标识 (GB/T 36904): root . type (21) . issuer (18) . serial . version (3) . check character.

The check character is ISO 7064 MOD 37,36 over type, issuer, serial and version, without dots and root.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Self

from stdnum.iso7064 import mod_37_36

from chassis.errors import InvalidError

ROOT = "1.2.156.3005.2"
SERIAL_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SERIAL_CHARACTERS = 20
TYPE_PATTERN = r"^[0-9A-Z]{18}[0-9]{3}$"
ISSUER_PATTERN = r"^[0-9A-Z]{18}$"

_TYPE = re.compile(TYPE_PATTERN, re.ASCII)
_ISSUER = re.compile(ISSUER_PATTERN, re.ASCII)
_IDENTIFIER = re.compile(
    r"1\.2\.156\.3005\.2\.([0-9A-Z]{21})\.([0-9A-Z]{6,18})\.([0-9A-Z]{1,64})\.([0-9]{3})\.([0-9A-Z])",
    re.ASCII,
)


class IdentifierUnsoundError(InvalidError):
    code = "identifier-unsound"
    title_zh = "电子证照标识不符合 GB/T 36904，请核对各段与校验位"
    title_en = "The certificate identifier is not sound; check its parts and its check character"


@dataclass(frozen=True, kw_only=True)
class CertificateIdentifier:
    """The four parts that say which certificate; `str()` is the whole with its check character."""

    type_identifier: str
    issuer: str
    serial: str
    version: int

    @classmethod
    def new(cls, *, type_identifier: str, issuer: str) -> Self:
        """A fresh one with a random serial; raises IdentifierUnsoundError for a type or issuer of bad form.

        Old data has a division of six digits for the issuer: accepted by `parse`, never given anew.
        """
        if not _TYPE.match(type_identifier) or not _ISSUER.match(issuer):
            raise IdentifierUnsoundError
        serial = "".join(secrets.choice(SERIAL_ALPHABET) for _ in range(SERIAL_CHARACTERS))
        return cls(type_identifier=type_identifier, issuer=issuer, serial=serial, version=1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one from anywhere; raises IdentifierUnsoundError."""
        match = _IDENTIFIER.fullmatch(text)
        if match is None or not mod_37_36.is_valid("".join(match.groups())):
            raise IdentifierUnsoundError
        return cls(
            type_identifier=match[1], issuer=match[2], serial=match[3], version=int(match[4])
        )

    def __str__(self) -> str:
        parts = (self.type_identifier, self.issuer, self.serial, f"{self.version:03d}")
        check = mod_37_36.calc_check_digit("".join(parts))
        return ".".join((ROOT, *parts, check))

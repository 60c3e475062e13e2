"""The two codes that prove a certificate: the signed one in its QR code, and the short one to type in.

The signed code is a compact JWS (ES256) without personal data. Whoever has the issuer's public keys can check it
without a network: who signed, until when, and a digest of what is printed; the status needs the status list.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from stdnum.iso7064 import mod_37_36

from chassis.clock import CITY_ZONE

TYPE = "certificate-code+jwt"
SHORT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SHORT_CHARACTERS = 15
SIGNED_CHARACTERS_MAX = 4_000


class CodeUnsoundError(Exception):
    """The code is not one of ours, or was changed."""


@dataclass(frozen=True, kw_only=True)
class PublicFields:
    """What a certificate says of itself to everybody: no holder, no content."""

    identifier: str
    number: str
    type_code: str
    type_name: str
    issuer_name: str
    issued_on: date
    valid_until: date | None

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of these fields, base64url: printed and signed must agree."""
        plain = {
            "identifier": self.identifier,
            "number": self.number,
            "type_code": self.type_code,
            "type_name": self.type_name,
            "issuer_name": self.issuer_name,
            "issued_on": self.issued_on.isoformat(),
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
        }
        text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True)
class SignedCode:
    """What a verified signed code says."""

    identifier: str
    digest: str
    status_uri: str
    status_index: int
    issued_at: int
    expires_at: int | None


def end_of_day(day: date) -> datetime:
    """The moment after a day of the city has passed."""
    return datetime.combine(day + timedelta(days=1), time(), CITY_ZONE)


def sign_code(
    public: PublicFields,
    key: ECKey,
    *,
    issuer: str,
    status_uri: str,
    status_index: int,
    at: datetime,
) -> str:
    """The compact JWS for the QR code."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": public.identifier,
        "iat": int(at.timestamp()),
        "dig": public.digest(),
        "status": {"status_list": {"idx": status_index, "uri": status_uri}},
    }
    if public.valid_until is not None:
        claims["exp"] = int(end_of_day(public.valid_until).timestamp())
    header = {"alg": "ES256", "kid": key.kid, "typ": TYPE}
    return jws.serialize_compact(header, json.dumps(claims, separators=(",", ":")), key)


def read_code(text: str, keys: KeySet) -> SignedCode:
    """Verify a signed code with public keys alone; raises CodeUnsoundError."""
    if len(text) > SIGNED_CHARACTERS_MAX:
        raise CodeUnsoundError
    try:
        found = jws.deserialize_compact(text, keys, algorithms=["ES256"])
        if found.headers().get("typ") != TYPE:
            raise CodeUnsoundError
        return _signed_code(json.loads(found.payload))
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        raise CodeUnsoundError from None


def _signed_code(claims: Mapping[str, Any]) -> SignedCode:
    status = claims["status"]["status_list"]
    expires_at = claims.get("exp")
    return SignedCode(
        identifier=str(claims["sub"]),
        digest=str(claims["dig"]),
        status_uri=str(status["uri"]),
        status_index=int(status["idx"]),
        issued_at=int(claims["iat"]),
        expires_at=int(expires_at) if expires_at is not None else None,
    )


def new_short_code() -> str:
    """A code to type in, `AB3D-EF7H-JK9M-NPQC`: fifteen random signs (75 bits) and a check character."""
    body = "".join(secrets.choice(SHORT_ALPHABET) for _ in range(SHORT_CHARACTERS))
    return grouped(body + mod_37_36.calc_check_digit(body))


def tidy_short_code(text: str) -> str | None:
    """What somebody typed, in the one form it is kept in; None when it cannot be one of ours."""
    body = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    if len(body) != SHORT_CHARACTERS + 1 or not mod_37_36.is_valid(body):
        return None
    return grouped(body)


def grouped(body: str) -> str:
    return "-".join(body[start : start + 4] for start in range(0, len(body), 4))

"""From an Authorization header to a caller: the issuer's signature is checked once, then remembered a minute."""

import base64
import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from gateway.callers import NOBODY, Caller, caller_of
from gateway.issuer_keys import KeySource
from gateway.problems import bad_token

ALGORITHMS = ["ES256", "RS256"]
LEEWAY_SECONDS = 30
REMEMBERED_SECONDS = 60.0
REMEMBERED_MAX = 20_000
TOKEN_CHARACTERS_MAX = 8192
AUDIENCE = "yiwang"


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Whose tokens are taken, and what they may say."""

    name: str
    keys: KeySource
    kinds: frozenset[str]
    roles: frozenset[str]
    audience: str = AUDIENCE


class Authentication:
    """Knows the issuers by name. A token of none of them is refused whoever signed it."""

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._remembered: dict[bytes, tuple[Caller, float]] = {}

    def recall(self, authorization: bytes | None) -> Caller | None:
        """The caller if there is nothing to verify: no header at all, or a token verified lately."""
        if authorization is None:
            return NOBODY
        known = self._remembered.get(hashlib.sha256(authorization).digest())
        return known[0] if known is not None and known[1] > time.time() else None

    async def authenticate(self, authorization: bytes) -> Caller:
        """Verify afresh; raises UnauthenticatedError for a bad token, UnavailableError if keys cannot be read."""
        scheme, _, rest = authorization.partition(b" ")
        token = rest.strip()
        if scheme.lower() != b"bearer" or not token or len(token) > TOKEN_CHARACTERS_MAX:
            raise bad_token("a bearer token is expected")
        digest = hashlib.sha256(authorization).digest()
        caller = await self._verify(token, digest)
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        now = time.time()
        self._remembered[digest] = (caller, min(caller.expires_at, now + REMEMBERED_SECONDS))
        return caller

    async def _verify(self, token: bytes, digest: bytes) -> Caller:
        header, unverified = _peek(token)
        issuer = self._issuers.get(str(unverified.get("iss")))
        if issuer is None:
            raise bad_token("unknown issuer")
        if header.get("alg") not in ALGORITHMS:
            raise bad_token("alg is not allowed")
        kid = header.get("kid")
        key = await issuer.keys.find(kid if isinstance(kid, str) else None)
        if key is None:
            raise bad_token("unknown key")
        try:
            claims = jwt.decode(token, key, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, TypeError) as error:
            raise bad_token("the signature does not verify") from error
        _check_times(claims)
        _check_audience(claims, issuer)
        try:
            return caller_of(claims, cache_key=digest, kinds=issuer.kinds, roles=issuer.roles)
        except (ValueError, TypeError) as error:
            raise bad_token("a claim is not acceptable") from error


def _peek(token: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims before anything is verified: enough to choose the issuer's keys, for nothing else."""
    parts = token.split(b".")
    if len(parts) != 3:
        raise bad_token("not a signed JWT")
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
    except ValueError as error:
        raise bad_token("not a signed JWT") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise bad_token("not a signed JWT")
    return header, claims


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def _check_times(claims: Mapping[str, Any]) -> None:
    now = time.time()
    expires = _number(claims, "exp")
    if expires is None or expires <= now - LEEWAY_SECONDS:
        raise bad_token("expired")
    for name in ("nbf", "iat"):
        begins = _number(claims, name)
        if begins is not None and begins > now + LEEWAY_SECONDS:
            raise bad_token("not valid yet")


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    given = claims.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise bad_token(f"{name} is not a number")
    return float(given)


def _check_audience(claims: Mapping[str, Any], issuer: Issuer) -> None:
    if claims.get("iss") != issuer.name:
        raise bad_token("unknown issuer")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if issuer.audience not in named:
        raise bad_token("not for this audience")

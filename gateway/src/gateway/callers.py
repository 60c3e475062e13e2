"""Who is calling, as far as their token says and their issuer may say it."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.identity import ANONYMOUS, NOBODY_ID, SYSTEM
from contracts.vocabulary import PrincipalKind, Role

_CODE = re.compile(r"[0-9A-Za-z._:-]{1,64}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")
_KINDS = frozenset(str(kind) for kind in PrincipalKind)
_ROLES = frozenset(str(role) for role in Role)
ASSURANCE_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Cached per token. `claims` is what the internal token says; `key` names the caller to the rate limits."""

    kind: str
    key: str
    claims: Mapping[str, Any]
    cache_key: bytes
    expires_at: float

    @property
    def is_anonymous(self) -> bool:
        return self.kind == ANONYMOUS


def caller_of(
    claims: Mapping[str, Any],
    *,
    cache_key: bytes,
    kinds: frozenset[str],
    roles: frozenset[str],
) -> Caller:
    """The caller behind verified claims; raises ValueError when they say what this issuer may not say.

    Unknown roles are left out; a malformed code refuses the token, since half an identity is none.
    """
    kind = str(claims.get("kind", PrincipalKind.PERSON.value))
    if kind not in _KINDS or kind not in kinds:
        raise ValueError("kind is not this issuer's to give")
    subject = _subject(claims)
    passed: dict[str, Any] = {
        "sub": subject,
        "kind": kind,
        "roles": sorted(_strings(claims, "roles") & roles & _ROLES),
        "assurance": _assurance(claims.get("assurance", 0)),
    }
    for name in ("division", "department", "place", "channel", "client_id"):
        if code := _code(claims, name):
            passed[name] = code
    if scope := claims.get("scope"):
        if not isinstance(scope, str) or len(scope) > 1024 or not _SCOPE.fullmatch(scope):
            raise ValueError("scope is malformed")
        passed["scope"] = scope
    if claims.get("on_behalf_of"):
        passed["on_behalf_of"] = str(uuid.UUID(str(claims["on_behalf_of"])))
    return Caller(
        kind=kind,
        key=passed.get("client_id") or subject,
        claims=passed,
        cache_key=cache_key,
        expires_at=float(claims["exp"]),
    )


def _subject(claims: Mapping[str, Any]) -> str:
    """A UUID: the issuer's own, or one that follows from issuer and subject when theirs is another kind of name."""
    given = claims.get("sub")
    if not isinstance(given, str) or not 1 <= len(given) <= 255:
        raise ValueError("sub is missing")
    try:
        subject = str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{claims['iss']}#{given}"))
    if subject == NOBODY_ID:
        raise ValueError("sub is nobody")
    return subject


def _strings(claims: Mapping[str, Any], name: str) -> set[str]:
    given = claims.get(name, ())
    if isinstance(given, str):
        given = given.split()
    if not isinstance(given, list | tuple):
        raise ValueError(f"{name} is malformed")
    return {entry for entry in given if isinstance(entry, str)}


def _code(claims: Mapping[str, Any], name: str) -> str:
    given = claims.get(name)
    if given is None or given == "":
        return ""
    if not isinstance(given, str) or not _CODE.fullmatch(given):
        raise ValueError(f"{name} is malformed")
    return given


def _assurance(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise ValueError("assurance is malformed")
    return min(given, ASSURANCE_MAX)


NOBODY = Caller(
    kind=ANONYMOUS,
    key="",
    claims={"sub": NOBODY_ID, "kind": ANONYMOUS, "roles": [], "assurance": 0},
    cache_key=b"anonymous",
    expires_at=float("inf"),
)
"""A caller without a token; the rate limits know them by address."""

GATEWAY = Caller(
    kind=SYSTEM,
    key="gateway",
    claims={"sub": NOBODY_ID, "kind": SYSTEM, "roles": ["gateway"], "assurance": 4},
    cache_key=b"gateway",
    expires_at=float("inf"),
)
"""The gateway itself, for its own calls. No token from outside can become this."""

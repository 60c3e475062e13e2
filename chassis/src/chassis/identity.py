"""Who is asking (principal), what a route lets them do (policy), and how far they reach.

The gateway's signed token is the only source: a header from outside says nothing.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.errors import ForbiddenError, UnauthenticatedError

INTERNAL_ISSUER = "yiwang-gateway"
ANONYMOUS = "anonymous"
SYSTEM = "system"
NOBODY_ID = "00000000-0000-0000-0000-000000000000"
TOKENS_CACHED_MAX = 10_000


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Somebody who calls: ids and roles only, never a name."""

    subject: str
    kind: str
    roles: frozenset[str] = frozenset()
    assurance: int = 0
    """Real-name level that the identity provider vouches for, 0 to 4."""
    division: str = ""
    department: str = ""
    place: str = ""
    scopes: frozenset[str] = frozenset()
    channel: str = "web"
    client_id: str = ""
    on_behalf_of: str = ""
    expires_at: float = field(default=0.0, compare=False)

    @property
    def owner_id(self) -> str:
        """Whose things these are: the one represented, else the caller."""
        return self.on_behalf_of or self.subject

    @property
    def is_anonymous(self) -> bool:
        return self.kind == ANONYMOUS


def system_principal(name: str) -> Principal:
    """The principal of work that nobody asked for: consumers, relays, jobs, timers."""
    return Principal(subject=NOBODY_ID, kind=SYSTEM, roles=frozenset({name}), assurance=4)


class Reach(StrEnum):
    """How far a role sees (roles.md). Applied in the database, by row level security."""

    NOTHING = "nothing"
    """May take the step; sees no protected row."""
    OWN = "own"
    PLACE = "place"
    DEPARTMENT = "department"
    DIVISION = "division"
    """The caller's division and all below it."""
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The rows within reach, as the union over the caller's roles. Empty: none."""

    own: str = ""
    place: str = ""
    department: str = ""
    division: str = ""
    everything: bool = False


EVERYTHING = Scope(everything=True)


def subtree_prefix(division: str) -> str:
    """Codes of a division's subtree begin with this: 445100 -> 4451, 445102 -> 445102 (GB/T 2260)."""
    if len(division) > 6:
        return division
    while division.endswith("00") and len(division) > 2:
        division = division[:-2]
    return division


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One route's rule: which roles, at which assurance, within which reach. `anyone` needs no sign-in."""

    roles: Mapping[str, Reach] = field(default_factory=dict)
    anyone: Reach | None = None
    assurance: int = 1

    def admit(self, principal: Principal) -> Scope:
        """The caller's scope on this route; raises UnauthenticatedError or ForbiddenError."""
        granted = {reach for role, reach in self.roles.items() if role in principal.roles}
        if self.anyone is not None:
            granted.add(self.anyone)
        if not granted:
            if principal.is_anonymous:
                raise UnauthenticatedError(
                    "此操作需要登录，请先登录再试",
                    "This step needs a sign-in; sign in and try again",
                    headers={"WWW-Authenticate": "Bearer"},
                )
            raise ForbiddenError(
                "您的角色不能办理此步骤；如确需办理，请联系本单位系统管理员授权",
                "Your roles do not include this step; ask your administrator for a grant if you need it",
            )
        if self.anyone is None and principal.assurance < self.assurance:
            raise ForbiddenError(
                f"此操作需要实名等级 {self.assurance} 及以上，请先提升实名等级",
                f"This step needs real-name level {self.assurance}; raise yours first",
                code="assurance-too-low",
            )
        return _scope(principal, granted)

    def described(self) -> dict[str, Any]:
        """For OpenAPI (`x-policy`) and the tests that try every route as every caller."""
        return {
            "anyone": self.anyone.value if self.anyone is not None else None,
            "assurance": self.assurance,
            "roles": {str(role): reach.value for role, reach in sorted(self.roles.items())},
        }


def _scope(principal: Principal, granted: set[Reach]) -> Scope:
    if Reach.ALL in granted:
        return EVERYTHING
    return Scope(
        own=principal.owner_id if Reach.OWN in granted else "",
        place=principal.place if Reach.PLACE in granted else "",
        department=principal.department if Reach.DEPARTMENT in granted else "",
        division=subtree_prefix(principal.division) if Reach.DIVISION in granted else "",
    )


class TokenVerifier:
    """Verifies the gateway's internal tokens for one audience; verified ones are remembered until they end."""

    def __init__(self, *, audience: str, jwks_file: Path) -> None:
        self._audience = audience
        self._jwks_file = jwks_file
        self._keys = self._read_keys()
        self._read_at = time.monotonic()
        self._seen: dict[str, Principal] = {}
        self._rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": INTERNAL_ISSUER},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
            leeway=5,
        )

    def _read_keys(self) -> KeySet:
        return KeySet.import_key_set(json.loads(self._jwks_file.read_text()))

    def verify(self, authorization: str) -> Principal:
        """The principal behind an Authorization header; raises UnauthenticatedError."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthenticatedError(headers={"WWW-Authenticate": "Bearer"})
        known = self._seen.get(token)
        if known is not None and known.expires_at > time.time():
            return known
        principal = self._verify_afresh(token)
        if len(self._seen) >= TOKENS_CACHED_MAX:
            self._seen.clear()
        self._seen[token] = principal
        return principal

    def _verify_afresh(self, token: str) -> Principal:
        try:
            return self._decode(token)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            # The gateway's key may have been rotated: look once more, at most once a second.
            if time.monotonic() - self._read_at > 1.0:
                self._read_at = time.monotonic()
                self._keys = self._read_keys()
                try:
                    return self._decode(token)
                except (JoseError, ValueError, KeyError, TypeError):
                    pass
            raise UnauthenticatedError(headers={"WWW-Authenticate": "Bearer"}) from error

    def _decode(self, token: str) -> Principal:
        decoded = jwt.decode(token, self._keys, algorithms=["ES256"])
        claims = decoded.claims
        self._rules.validate(claims)
        return Principal(
            subject=str(claims["sub"]),
            kind=str(claims.get("kind", "person")),
            roles=frozenset(claims.get("roles", ())),
            assurance=int(claims.get("assurance", 0)),
            division=str(claims.get("division") or ""),
            department=str(claims.get("department") or ""),
            place=str(claims.get("place") or ""),
            scopes=frozenset(str(claims.get("scope") or "").split()),
            channel=str(claims.get("channel") or "web"),
            client_id=str(claims.get("client_id") or ""),
            on_behalf_of=str(claims.get("on_behalf_of") or ""),
            expires_at=float(claims["exp"]),
        )

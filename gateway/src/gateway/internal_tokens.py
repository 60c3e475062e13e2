"""The short-lived signed token that each service gets instead of the caller's own."""

import secrets
import time

from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.identity import INTERNAL_ISSUER
from gateway.callers import Caller

LIFE_SECONDS = 120
REUSED_SECONDS = 60
CACHED_MAX = 20_000


class InternalTokens:
    """Mints one token per caller and service (ES256), and gives it again for half its life."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self._header = {"alg": "ES256", "kid": key.kid, "typ": "JWT"}
        self._minted: dict[tuple[bytes, str], tuple[str, float]] = {}

    def bearer(self, caller: Caller, service: str) -> str:
        """The Authorization value; good for at least a minute, unless the caller's own token ends sooner."""
        now = time.time()
        known = self._minted.get((caller.cache_key, service))
        if known is not None and known[1] > now:
            return known[0]
        if len(self._minted) >= CACHED_MAX:
            self._minted.clear()
        expires = min(now + LIFE_SECONDS, max(caller.expires_at, now + 1))
        bearer = "Bearer " + self._mint(caller, service, int(now), int(expires))
        reused_until = min(now + REUSED_SECONDS, expires)
        self._minted[caller.cache_key, service] = (bearer, reused_until)
        return bearer

    def _mint(self, caller: Caller, service: str, now: int, expires: int) -> str:
        claims = {
            **caller.claims,
            "iss": INTERNAL_ISSUER,
            "aud": service,
            "iat": now,
            "exp": expires,
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(self._header, claims, self._key, algorithms=["ES256"])

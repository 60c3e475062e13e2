"""An issuer's public keys: fixed, or read from its JWKS address, cached and followed when they rotate."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from gateway.problems import keys_unreachable

FRESH_SECONDS = 600.0
"""A key that the issuer withdrew is refused here after this time at the latest, while it can be asked."""
USABLE_SECONDS = 1800.0
"""When the issuer cannot be asked, known keys are believed this long, then nobody is."""
REFETCH_PAUSE_SECONDS = 10.0
RETRY_PAUSE_SECONDS = 1.0
RSA_BITS_MIN = 2048

PublicKey = ECKey | RSAKey
Fetch = Callable[[str], Awaitable[Any]]
"""Reads a JSON document; raises OSError, TimeoutError or ValueError."""

log = structlog.get_logger()


class KeySource(Protocol):
    async def find(self, kid: str | None) -> PublicKey | None:
        """The key of this id; None when the issuer has no such key. Raises UnavailableError if nobody knows."""
        ...


def public_keys(document: Any) -> dict[str, PublicKey]:
    """The usable signing keys of a JWK set by id; what is not an EC P-256 or strong RSA key is left out."""
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JWK set")
    found: dict[str, PublicKey] = {}
    for entry in entries:
        key = _public_key(entry)
        if key is not None:
            found[str(entry.get("kid", ""))] = key
    return found


def _public_key(entry: Any) -> PublicKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        if entry.get("kty") == "EC" and entry.get("crv") == "P-256":
            return ECKey.import_key(entry)
        if entry.get("kty") == "RSA" and len(str(entry.get("n"))) * 6 >= RSA_BITS_MIN:
            return RSAKey.import_key(entry)
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    return None


class FixedKeys:
    """The gateway's own keys, for tokens that it or the local issuer signs."""

    def __init__(self, *keys: ECKey) -> None:
        self._keys: dict[str | None, PublicKey] = {
            key.kid: ECKey.import_key(key.as_dict(private=False)) for key in keys
        }

    async def find(self, kid: str | None) -> PublicKey | None:
        return self._keys.get(kid)


class JwksKeys:
    """Keys behind a JWKS address. One fetch at a time; an unknown id fetches again, not more often than
    every REFETCH_PAUSE_SECONDS, so that made-up ids cannot turn this door against the issuer."""

    def __init__(
        self, address: str, fetch: Fetch, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = address
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, PublicKey] = {}
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> PublicKey | None:
        age = self._now() - self._read_at
        if age > USABLE_SECONDS:
            await self._refresh()
            if self._now() - self._read_at > USABLE_SECONDS:
                raise keys_unreachable()
        elif age > FRESH_SECONDS:
            await self._refresh()
        key = self._lookup(kid)
        if key is None and kid is not None:
            await self._refresh()
            key = self._lookup(kid)
            if key is None and self._tried_at > self._read_at:
                # The key may be a new one that could not be read: not the caller's fault.
                raise keys_unreachable()
        return key

    def _lookup(self, kid: str | None) -> PublicKey | None:
        if kid is None:
            # Without an id only a lone key is meant beyond doubt.
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    async def _refresh(self) -> None:
        if self._fetching is None:
            is_failing = self._tried_at > self._read_at
            pause = RETRY_PAUSE_SECONDS if is_failing else REFETCH_PAUSE_SECONDS
            if self._now() - self._tried_at < pause:
                return
            self._fetching = asyncio.create_task(self._read())
        # Shielded: a caller that leaves must not end the fetch for the others.
        await asyncio.shield(self._fetching)

    async def _read(self) -> None:
        try:
            self._tried_at = self._now()
            keys = public_keys(await self._fetch(self._address))
            if keys:
                self._keys, self._read_at = keys, self._now()
        except (OSError, TimeoutError, ValueError) as error:
            log.warning("issuer_keys_unreadable", address=self._address, error=type(error).__name__)
        finally:
            self._fetching = None

"""Partners' secrets: made here, kept as argon2id hashes, compared in the same time whoever asks."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from chassis.ids import new_secret_code

SECRET_BYTES = 32
# The secret is 256 random bits; the hash's cost guards against reading the table, not against guessing.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _hasher.hash("nobody")


async def new_secret() -> tuple[str, str]:
    """A fresh secret and its hash; hashing runs beside the event loop."""
    secret = new_secret_code(SECRET_BYTES)
    return secret, await asyncio.to_thread(_hasher.hash, secret)


async def is_secret(secret: str, hashed: str | None) -> bool:
    """Whether the secret is the hashed one; with no hash it is as slow, and false."""
    return await asyncio.to_thread(_verify, secret, hashed or _NOBODY) and hashed is not None


def _verify(secret: str, hashed: str) -> bool:
    try:
        return _hasher.verify(hashed, secret)
    except (VerifyMismatchError, InvalidHashError):
        return False

"""External tokens for the example people, signed as the gateway's local issuer signs."""

import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

AUDIENCE = "yiwang"
TOKEN_SECONDS = 12 * 3600


def mint_token(key_file: Path, issuer: str, claims: Mapping[str, Any]) -> str:
    """A signed token (ES256) with these claims, good for TOKEN_SECONDS."""
    from joserfc import jwt  # noqa: PLC0415  heavy, and not needed by `down` or `status`
    from joserfc.jwk import ECKey  # noqa: PLC0415

    key = ECKey.import_key(json.loads(key_file.read_text()))
    now = int(time.time())
    full = {
        "iss": issuer,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": secrets.token_hex(12),
        **claims,
    }
    header = {"alg": "ES256", "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, full, key, algorithms=["ES256"])


def mint_tokens(key_file: Path, issuer: str) -> dict[str, str]:
    """One token for every principal of the example city, by role."""
    from localcity.example.people import principals  # noqa: PLC0415

    return {role: mint_token(key_file, issuer, claims) for role, claims in principals().items()}

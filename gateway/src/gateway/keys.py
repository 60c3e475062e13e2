"""The gateway's own keys: one signs internal tokens, one partner tokens, one (local only) stands in for an issuer."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from gateway.settings import GatewaySettings

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, kw_only=True)
class Keys:
    """`local_issuer` is None unless it is switched on."""

    internal: ECKey
    partner: ECKey
    local_issuer: ECKey | None

    def public_set(self) -> dict[str, Any]:
        """The JWK set of /.well-known/jwks.json."""
        keys = [self.internal, self.partner, self.local_issuer]
        return {"keys": [_public(key) for key in keys if key is not None]}


def load_keys(settings: GatewaySettings) -> Keys:
    """Read the key files; raises ValueError with the file's name when one is not a private P-256 JWK."""
    internal = read_private_key(settings.internal_key_file)
    if settings.partner_key_file is not None:
        partner = read_private_key(settings.partner_key_file)
    else:
        partner = derived_key(internal, purpose="partner tokens")
    local = None
    if settings.local_issuer and settings.local_issuer_key_file is not None:
        local = read_private_key(settings.local_issuer_key_file)
    return Keys(internal=internal, partner=partner, local_issuer=local)


def read_private_key(path: Path) -> ECKey:
    """A private EC P-256 key from a JWK, or the first of a JWK set; its `kid` is the thumbprint if it has none."""
    try:
        data = json.loads(path.read_text())
        key = ECKey.import_key(data["keys"][0] if "keys" in data else data)
    except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
        raise ValueError(f"{path} is not a readable JWK: {type(error).__name__}") from error
    if not key.is_private or key.curve_name != "P-256":
        raise ValueError(f"{path} must hold a private P-256 key")
    if not key.kid:
        key.ensure_kid()
    return key


def derived_key(base: ECKey, *, purpose: str) -> ECKey:
    """Another key from this one, the same at every start and replica; it cannot be turned back into the base."""
    secret = base64.urlsafe_b64decode(str(base.as_dict(private=True)["d"]) + "==")
    material = HKDF(
        algorithm=hashes.SHA256(), length=48, salt=b"yiwang", info=purpose.encode()
    ).derive(secret)
    scalar = int.from_bytes(material, "big") % (P256_ORDER - 1) + 1
    numbers = ec.derive_private_key(scalar, ec.SECP256R1()).private_numbers()
    public = numbers.public_numbers
    key = ECKey.import_key(
        {
            "kty": "EC",
            "crv": "P-256",
            "d": _encoded(numbers.private_value),
            "x": _encoded(public.x),
            "y": _encoded(public.y),
        }
    )
    key.ensure_kid()
    return key


def _encoded(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def _public(key: ECKey) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": "ES256"}

"""Keys and passwords of one city: made once at its first start, kept in keys/ for its owner's eyes only."""

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcity.home import SERVICES, Home, read_json, write_json

NATS_OPS_USER = "ops"
PARTNER_CLIENT_ID = "example-partner"


@dataclass(frozen=True)
class Keys:
    """Where each key lies, and the passwords by name."""

    folder: Path
    passwords: dict[str, str]

    @property
    def internal_key_file(self) -> Path:
        return self.folder / "internal.jwk"

    @property
    def internal_jwks_file(self) -> Path:
        return self.folder / "internal.jwks"

    @property
    def local_issuer_key_file(self) -> Path:
        return self.folder / "local-issuer.jwk"

    @property
    def keyring_file(self) -> Path:
        return self.folder / "keyring.json"

    @property
    def partner(self) -> dict[str, str]:
        """The example partner's credentials, for the example city to register."""
        return {"client_id": PARTNER_CLIENT_ID, "client_secret": self.passwords["partner"]}


def ensure_keys(home: Home) -> Keys:
    """The city's keys; what is missing is made, what is there is never changed."""
    folder = home.keys
    passwords = read_json(folder / "passwords.json")
    names = ["postgres", "partner", f"nats-{NATS_OPS_USER}"]
    names += [f"{kind}-{service}" for kind in ("postgres", "nats") for service in SERVICES]
    missing = [name for name in names if name not in passwords]
    if missing:
        passwords |= {name: secrets.token_urlsafe(24) for name in missing}
        write_json(folder / "passwords.json", passwords)
    keys = Keys(folder, passwords)
    if not keys.internal_key_file.exists() or not keys.internal_jwks_file.exists():
        key = _make_signing_key(keys.internal_key_file)
        write_json(keys.internal_jwks_file, {"keys": [_public_part(key)]})
    if not keys.local_issuer_key_file.exists():
        _make_signing_key(keys.local_issuer_key_file)
    if not keys.keyring_file.exists():
        pair = {
            use: base64.b64encode(secrets.token_bytes(32)).decode() for use in ("encrypt", "index")
        }
        write_json(
            keys.keyring_file, {"suite": "international", "current": "k1", "keys": {"k1": pair}}
        )
    return keys


def _make_signing_key(path: Path) -> dict[str, Any]:
    from joserfc.jwk import ECKey  # noqa: PLC0415  heavy: only at a city's first start

    kid = secrets.token_hex(8)
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)
    private: dict[str, Any] = json.loads(json.dumps(key.as_dict(private=True)))
    write_json(path, private)
    return private


def _public_part(private: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in private.items() if name != "d"}

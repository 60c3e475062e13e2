"""The keys of svc-certificate: a root, the seal's signing certificate under it, and the key of codes and status lists.

Files in YIWANG_PKI_DIR, readable by this user only:
root.pem (certificate), root.key.pem (its key; local and test only), seal.pem, seal.key.pem, codes.jwk.json.
In production they are brought by the operator; in local and test they are made on the first start.
"""

import fcntl
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey, KeySet

ROOT, ROOT_KEY, SEAL, SEAL_KEY, CODES_KEY = (
    "root.pem",
    "root.key.pem",
    "seal.pem",
    "seal.key.pem",
    "codes.jwk.json",
)
NEEDED = (ROOT, SEAL, SEAL_KEY, CODES_KEY)
YEARS = 20
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")


class IssuerKeysError(Exception):
    """The keys are not there or cannot be read; says which file, never what stood in it."""


@dataclass(frozen=True, eq=False)
class IssuerKeys:
    """What is needed to sign and to verify. The seal's key is read by the signer from its file."""

    folder: Path
    root_pem: str
    seal_pem: str
    codes: ECKey = field(repr=False)

    @property
    def kid(self) -> str:
        return str(self.codes.kid)

    @property
    def public_codes(self) -> KeySet:
        """The keys that verify codes and status lists."""
        return KeySet([ECKey.import_key(self.codes.as_dict(private=False))])

    @property
    def root_file(self) -> Path:
        return self.folder / ROOT

    @property
    def seal_file(self) -> Path:
        return self.folder / SEAL

    @property
    def seal_key_file(self) -> Path:
        return self.folder / SEAL_KEY


@lru_cache(maxsize=64)
def read_issuer_keys(folder: Path) -> IssuerKeys:
    """The keys in a folder, read once a process; raises IssuerKeysError."""
    for name in NEEDED:
        if not (folder / name).is_file():
            raise IssuerKeysError(
                f"YIWANG_PKI_DIR={folder} lacks {name}; in production the operator puts it there"
            )
    try:
        codes = ECKey.import_key(json.loads((folder / CODES_KEY).read_text()))
    except ValueError:
        raise IssuerKeysError(f"{folder / CODES_KEY} is not a private P-256 JWK") from None
    return IssuerKeys(folder, (folder / ROOT).read_text(), (folder / SEAL).read_text(), codes)


def has_issuer_keys(folder: Path) -> bool:
    return all((folder / name).is_file() for name in NEEDED)


def ensure_local_keys(folder: Path, at: datetime) -> None:
    """For local and test: make the keys unless they are there. Two processes at once make them once."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not has_issuer_keys(folder):
            _make_local_keys(folder, min(at, datetime.now(UTC)))


def _make_local_keys(folder: Path, at: datetime) -> None:
    """A root, a seal certificate and a key for codes; nothing is overwritten."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    seal_key = ec.generate_private_key(ec.SECP256R1())
    root = _certificate(
        "潮州市电子证照根证书（本地）", root_key, issuer=None, issuer_key=root_key, at=at
    )
    seal = _certificate(
        "潮州市电子印章签章证书（本地）", seal_key, issuer=root, issuer_key=root_key, at=at
    )
    codes = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": "ES256"})
    codes.ensure_kid()
    _write(folder / ROOT, _pem(root))
    _write(folder / ROOT_KEY, _key_pem(root_key))
    _write(folder / SEAL, _pem(seal))
    _write(folder / SEAL_KEY, _key_pem(seal_key))
    _write(folder / CODES_KEY, json.dumps(codes.as_dict(private=True)).encode())


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    at: datetime,
) -> x509.Certificate:
    """A root when nobody stands above it, else a certificate that may sign documents and nothing more."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "潮州市政务服务和数据管理局"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    is_root = issuer is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), True)
        .add_extension(_key_usage(is_root=is_root), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
    )
    if not is_root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), False)
    return builder.sign(issuer_key, hashes.SHA256())


def _key_usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=not is_root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)

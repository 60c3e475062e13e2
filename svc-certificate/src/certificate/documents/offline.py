"""What a verifier without a network is given: the issuer's public keys, and signed status lists."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import ECKey

from certificate.documents.pki import IssuerKeys

STATUS_LIST_TYPE = "statuslist+jwt"


def issuer_keys_document(keys: IssuerKeys) -> dict[str, Any]:
    """A JWK set (RFC 7517) with the seal's certificate chain beside it."""
    seal = x509.load_pem_x509_certificate(keys.seal_pem.encode())
    root = x509.load_pem_x509_certificate(keys.root_pem.encode())
    chain = [
        base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
        for certificate in (seal, root)
    ]
    public = seal.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    seal_key = ECKey.import_key(public).as_dict(private=False)
    return {
        "keys": [
            dict(keys.codes.as_dict(private=False)),
            {**seal_key, "kid": f"seal-{seal.serial_number:x}"[:24], "use": "sig", "x5c": chain},
        ],
        "seal_certificate_pem": keys.seal_pem,
        "root_certificate_pem": keys.root_pem,
    }


def sign_status_list(document: Mapping[str, Any], keys: IssuerKeys, issuer: str) -> str:
    """A Status List Token: `bits` and `lst` under `status_list`, signed with the key of the codes."""
    claims = {
        "iss": issuer,
        "sub": document["sub"],
        "iat": document["iat"],
        "exp": document["exp"],
        "ttl": document["ttl"],
        "status_list": {"bits": document["bits"], "lst": document["lst"]},
    }
    header = {"alg": "ES256", "kid": keys.kid, "typ": STATUS_LIST_TYPE}
    return jws.serialize_compact(header, json.dumps(claims, separators=(",", ":")), keys.codes)

"""Seals a PDF (用印): a PAdES B-B signature with the seal's certificate, over the whole file."""

import io
from functools import lru_cache
from typing import Any

from certificate.documents.pki import IssuerKeys

SIGNATURE_FIELD = "Seal"


def seal_pdf(pdf: bytes, keys: IssuerKeys, *, reason: str, location: str) -> bytes:
    """The same PDF, signed. About 20 ms; blocking, and it must not run where an event loop does."""
    from pyhanko.pdf_utils.incremental_writer import (  # noqa: PLC0415  kept out of an idle process
        IncrementalPdfFileWriter,
    )
    from pyhanko.sign import signers  # noqa: PLC0415
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter  # noqa: PLC0415

    metadata = signers.PdfSignatureMetadata(
        field_name=SIGNATURE_FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        location=location,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signed = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)),
        metadata,
        signer=_signer(keys),
    )
    return bytes(signed.getbuffer())


@lru_cache(maxsize=16)
def _signer(keys: IssuerKeys) -> Any:
    from pyhanko.sign import signers  # noqa: PLC0415  kept out of an idle process

    signer = signers.SimpleSigner.load(  # type: ignore[no-untyped-call]  # pyHanko's gap
        key_file=str(keys.seal_key_file),
        cert_file=str(keys.seal_file),
        ca_chain_files=(str(keys.root_file),),
    )
    if signer is None:
        raise ValueError("the seal's key or certificate cannot be read")
    return signer

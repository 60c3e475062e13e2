"""Looks at an uploaded PDF as a stranger would: is it signed, is it ours, was it changed after?

What the books say of it is asked elsewhere; this only reads the file.
"""

import io
import logging
from datetime import datetime
from enum import StrEnum
from typing import Any

from certificate.documents.pki import IssuerKeys

# A file that is not sound is an answer here, not an event for the log.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


class PdfFinding(StrEnum):
    """The first thing found wrong with a file, or that it is as it was sealed."""

    SOUND = "sound"
    NOT_A_PDF = "not-a-pdf"
    NO_SIGNATURE = "no-signature"
    CONTENT_CHANGED = "content-changed"
    ADDED_AFTER_SEALING = "added-after-sealing"
    UNKNOWN_SIGNER = "unknown-signer"
    UNREADABLE_SIGNATURE = "unreadable-signature"


def examine_pdf(pdf: bytes, keys: IssuerKeys, at: datetime) -> PdfFinding:
    """What is found in a file from anywhere; never raises for its content. Blocking, without an event loop."""
    if not pdf.startswith(b"%PDF-"):
        return PdfFinding.NOT_A_PDF
    try:
        return _examined(pdf, keys, at)
    except Exception:  # noqa: BLE001  a hostile file may break a parser in any way; it is only not sound
        return PdfFinding.UNREADABLE_SIGNATURE


def _examined(pdf: bytes, keys: IssuerKeys, at: datetime) -> PdfFinding:
    from pyhanko.keys import load_cert_from_pemder  # noqa: PLC0415  kept out of an idle process
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        signatures = list(reader.embedded_signatures)
    except Exception:  # noqa: BLE001  as above
        return PdfFinding.NOT_A_PDF
    if not signatures:
        return PdfFinding.NO_SIGNATURE
    trust = ValidationContext(
        trust_roots=[load_cert_from_pemder(str(keys.root_file))],  # type: ignore[no-untyped-call]  # pyHanko's gap
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=at,
    )
    first = signatures[0]
    return _judged(validate_pdf_signature(first, signer_validation_context=trust))


def _judged(status: Any) -> PdfFinding:
    from pyhanko.sign.validation import SignatureCoverageLevel  # noqa: PLC0415  see above

    if not (status.intact and status.valid):
        return PdfFinding.CONTENT_CHANGED
    if not status.trusted:
        return PdfFinding.UNKNOWN_SIGNER
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return PdfFinding.ADDED_AFTER_SEALING
    return PdfFinding.SOUND

"""A certificate's page: typst makes a PDF/A-2b with embedded Chinese fonts from plain data.

typst and its fonts are taken in at the first use, so that a process which never renders stays small.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

PDF_STANDARD = "a-2b"
TEMPLATE = Path(__file__).with_name("standard.typ")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the page: what, and what is said of it."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class CertificatePage:
    """Everything that the page shows."""

    type_name: str
    identifier: str
    rows: tuple[Row, ...]
    issuer_name: str
    seal_name: str
    issued_on: str
    verify_code: str
    verify_url: str
    qr_text: str
    made_at: datetime


class SignWithoutFontError(Exception):
    """The page holds a sign (a rare character of a name) that the embedded fonts lack: it must not print empty."""


def render_page(page: CertificatePage) -> bytes:
    """The page as a PDF/A-2b; SignWithoutFontError when a sign cannot be printed. About 40 ms; blocking."""
    import typst  # noqa: PLC0415  kept out of an idle process

    data = asdict(page)
    data["qr_svg"] = qr_svg(data.pop("qr_text"))
    made_at = data.pop("made_at")
    told = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        compiled: bytes = _compiler().compile(
            format="pdf",
            pdf_standards=[PDF_STANDARD],
            sys_inputs=told,
            timestamp=int(made_at.timestamp()),
        )
    except typst.TypstError as error:
        if "could not be displayed" in str(error):
            raise SignWithoutFontError from None
        raise
    return compiled


def qr_svg(text: str) -> str:
    """A QR code as one SVG drawing."""
    import segno  # noqa: PLC0415  kept out of an idle process

    drawing: str = segno.make(text, error="l", boost_error=False).svg_inline(scale=4, border=2)
    return drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


@lru_cache(maxsize=1)
def _compiler() -> Any:
    import pylopdf_fonts_zh_cn as fonts  # noqa: PLC0415  kept out of an idle process
    import typst  # noqa: PLC0415

    compiler: Any = typst.Compiler  # its stub leaves a type parameter open
    return compiler(TEMPLATE, font_paths=[str(fonts.sans_path().parent)], ignore_system_fonts=True)

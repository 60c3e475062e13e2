"""Text of other people's tables: told by its content, and read on past what cannot be read.

A byte that is no character of the file's encoding becomes a half character (a lone surrogate, as PEP 383 has it), so that
the row that holds it can be named and refused while the others are taken.
"""

import io
import re
from pathlib import Path
from typing import IO

UTF_8, GB_18030 = "utf-8-sig", "gb18030"

UNREADABLE = re.compile("[\ud800-\udfff]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_BAD_SHARE_MAX = 20
"""One in so many characters may be unreadable; with more it is no text but something else."""
_BAD_ALWAYS = 3


def encoding_of(data: bytes) -> str | None:
    """`utf-8-sig` or `gb18030`, whichever reads more of it; None when it is no text in either."""
    text = data.decode(UTF_8, "surrogateescape")
    bad = len(UNREADABLE.findall(text))
    if bad:
        # Chinese in GB 18030 is hardly ever UTF-8 too: what is mostly sound UTF-8 is UTF-8 with damage.
        sound = sum(1 for _ in re.finditer(r"[^\x00-\x7f\ud800-\udfff]", text))
        if bad > sound:
            return _if_text(data.decode(GB_18030, "surrogateescape"), GB_18030)
    return _if_text(text, UTF_8)


def open_text(data: bytes | Path, encoding: str) -> IO[str]:
    """The text as a stream, with line ends as they are."""
    source: IO[bytes] = io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")
    return io.TextIOWrapper(source, encoding=encoding, errors="surrogateescape", newline="")


def _if_text(text: str, encoding: str) -> str | None:
    bad = len(UNREADABLE.findall(text)) + len(CONTROL.findall(text))
    if "\0" in text or bad > max(_BAD_ALWAYS, len(text) // _BAD_SHARE_MAX):
        return None
    return encoding

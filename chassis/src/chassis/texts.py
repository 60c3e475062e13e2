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
_CONTROL_BYTES = bytes(code for code in range(0x80) if CONTROL.match(chr(code)))
_BAD_SHARE_MAX = 20
"""One in so many characters may be unreadable; with more it is no text but something else."""
_BAD_ALWAYS = 3


def encoding_of(data: bytes) -> str | None:
    """`utf-8-sig` or `gb18030`, whichever reads more of it; None when it is no text in either."""
    if b"\0" in data:
        return None
    # In both encodings a control character is a byte of its own, so that bytes are counted, which is far quicker.
    control = len(data) - len(data.translate(None, delete=_CONTROL_BYTES))
    encoding, text, bad = UTF_8, *_decoded(data, UTF_8)
    if bad:
        # Chinese in GB 18030 is hardly ever UTF-8 too: what is mostly sound UTF-8 is UTF-8 with damage.
        sound = sum(1 for _ in re.finditer(r"[^\x00-\x7f\ud800-\udfff]", text))
        if bad > sound:
            encoding, text, bad = GB_18030, *_decoded(data, GB_18030)
    is_text = bad + control <= max(_BAD_ALWAYS, len(text) // _BAD_SHARE_MAX)
    return encoding if is_text else None


def _decoded(data: bytes, encoding: str) -> tuple[str, int]:
    """The text, and how many of its bytes are no characters of this encoding."""
    try:
        return data.decode(encoding), 0
    except UnicodeDecodeError:
        text = data.decode(encoding, "surrogateescape")
        return text, len(UNREADABLE.findall(text))


def open_text(data: bytes | Path, encoding: str) -> IO[str]:
    """The text as a stream, with line ends as they are."""
    source: IO[bytes] = io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")
    return io.TextIOWrapper(source, encoding=encoding, errors="surrogateescape", newline="")

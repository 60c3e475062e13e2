"""Text into HTML, and pieces into a page."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

_MARK = re.compile(r"@@([A-Z]+)@@")


def text(value: Any) -> str:
    """Safe inside an element and inside a quoted attribute."""
    return escape(str(value), quote=True)


def fill(template: str, pieces: Mapping[str, str]) -> str:
    """Put each piece at its mark, once: what a piece holds is never searched for marks."""
    return _MARK.sub(lambda mark: pieces[mark[1]], template)

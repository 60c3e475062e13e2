"""Paths that mean one thing to us and another to whoever reads them next are refused."""

import re

from chassis.errors import BadRequestError

_TRICKS = re.compile(
    rb"//|\\|\x00|;"
    rb"|%(?:25)*(?:2f|5c|00)"  # encoded slash, backslash, NUL, encoded again or not
    rb"|/(?:\.|%(?:25)*2e){1,2}(?:/|$)",  # one or two dots as a segment, in any spelling
    re.IGNORECASE,
)
PATH_BYTES_MAX = 4096


def refuse_tricks(raw_path: bytes, query: bytes) -> None:
    """Raise BadRequestError unless every reader of this path must read it the same way."""
    if (
        _TRICKS.search(raw_path)
        or len(raw_path) > PATH_BYTES_MAX
        or not raw_path.startswith(b"/")
        or not query.isascii()
    ):
        raise BadRequestError(
            "地址中含有不允许的写法，请按接口文档给出的地址调用",
            "The address is written in a way that is not allowed; see /docs",
            code="malformed-address",
        )

"""What may be kept of a query that found nothing: words, never what could name somebody."""

import re

from catalog.domain.words import plain

KEPT_CHARACTERS_MAX = 30
_LONG_NUMBER = re.compile(r"\d{6,}")


def miss_of(text: str) -> str | None:
    """A query as it is counted; None for what is too long or holds a number as long as a telephone's or identity's.

    Punctuation is left out before the look, so that `138 0013 8000` is one number.
    """
    words = plain(text)
    if not words or len(words) > KEPT_CHARACTERS_MAX or _LONG_NUMBER.search(words):
        return None
    return words

"""Words for the text search: Chinese has no spaces, so a text is found by its pairs of neighbouring characters."""

import re
import unicodedata
from datetime import datetime

from chassis.clock import local_date

QUERY_CHARACTERS_MIN = 2
WORDS_MAX = 1_200

_RUNS = re.compile(r"[^\W_]+")


def week_mark(instant: datetime) -> str:
    """The week of an instant as a word that no text has: similar orders are looked for week by week."""
    year, week, _ = local_date(instant).isocalendar()
    return f"@{year % 100:02}w{week:02}"


def search_words(text: str) -> list[str]:
    """The distinct character pairs of a text, width and case ignored, across no punctuation; sorted, at most WORDS_MAX."""
    pairs: set[str] = set()
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        pairs.update(run[place : place + 2] for place in range(len(run) - 1))
        if len(pairs) >= WORDS_MAX:
            break
    return sorted(pairs)[:WORDS_MAX]

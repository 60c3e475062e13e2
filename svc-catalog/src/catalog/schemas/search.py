"""What comes in and goes out about the words of search."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from chassis.schemas import In, Out

WORD_PATTERN = r"^[a-z0-9\u3400-\u9fff]{1,20}$"
EverydayWord = Annotated[str, StringConstraints(pattern=WORD_PATTERN)]
OfficialWord = Annotated[
    str, StringConstraints(pattern=r"^~?[A-Za-z0-9\u3400-\u9fff（）()、，·/\\]{1,40}$")
]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class EverydayWordIn(In):
    """A word that people use, and what the items call it.

    `official` in order of how well they fit; `~` before one: it hints and does not name the matter. Empty: the word
    says nothing about the matter and is left out of queries.
    """

    everyday: EverydayWord
    official: list[OfficialWord] = Field(max_length=20)
    reason: Reason


class EverydayWordChangeIn(In):
    official: list[OfficialWord] = Field(max_length=20)
    reason: Reason


class RemovalIn(In):
    reason: Reason


class EverydayWordOut(Out):
    everyday: str
    official: list[str]
    version: int
    changed_at: datetime


class SearchMissOut(Out):
    """What was looked for on a day and not found, and how often."""

    day: date
    query: str
    times: int

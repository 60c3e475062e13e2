"""Lists of themes as they come in and go out through the HTTP door."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.guide import Code

ROWS_MAX = 1_000
Audience = Literal["person", "enterprise"]
ThemeName = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Reason = Annotated[str, StringConstraints(min_length=2, max_length=1000, strip_whitespace=True)]


class ThemeIn(In):
    """A theme (主题) of persons (自然人) or of enterprises (法人)."""

    code: Code
    audience: Audience
    name: ThemeName
    name_en: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = ""
    position: int = Field(default=0, ge=0, le=9_999)
    """Where it stands among those of its audience."""
    source: Source
    verified: bool = False
    """Whether a person has read it in the source itself."""
    in_use: bool = True


class ThemesIn(In):
    rows: tuple[ThemeIn, ...] = Field(min_length=1, max_length=ROWS_MAX)
    reason: Reason


class ThemesOut(Out):
    added: int
    corrected: int
    unchanged: int


class ThemeOut(Out):
    code: str
    audience: Audience
    name: str
    name_en: str
    position: int
    source: str
    verified: bool
    in_use: bool
    version: int
    changed_at: datetime


class ThemeStepOut(StepOut):
    state: Literal["in-use", "retired"]

"""What every body that comes in, and every answer that goes out, has in common."""

import math
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

T = TypeVar("T")
DEPTH_MAX = 40


def _check_keepable(value: Any, depth: int = 0) -> None:
    """Refuse at the door, by name, what the books cannot hold; raises ValueError.

    PostgreSQL text has no U+0000 and no half of a surrogate pair; JSON has no NaN and no Infinity, though Python
    reads them.
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("text must not contain U+0000")
        if not value.isascii() and not _is_whole(value):
            raise ValueError("text must not contain half of a surrogate pair")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number must be finite")
    elif isinstance(value, dict | list):
        if depth >= DEPTH_MAX:
            raise ValueError("nested too deeply")
        for inner in (*value.keys(), *value.values()) if isinstance(value, dict) else value:
            _check_keepable(inner, depth + 1)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class In(BaseModel):
    """A body that comes in: unknown fields are refused, so that a typing error is told and not swallowed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_cannot_be_kept(cls, data: Any) -> Any:
        if isinstance(data, dict):
            _check_keepable(data)
        return data


class Out(BaseModel):
    """An answer that goes out."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    results: list[T]
    next_cursor: str | None = None
    count: int | None = None
    """Only when asked for: `count=exact` is counted, `count=estimate` is the planner's guess."""


class ProblemOut(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    trace_id: str
    errors: list[dict[str, Any]] = []

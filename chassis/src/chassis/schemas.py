"""What every body that comes in, and every answer that goes out, has in common."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

T = TypeVar("T")
DEPTH_MAX = 40


def _has_nul(value: Any, depth: int = 0) -> bool:
    """PostgreSQL text cannot hold U+0000; what it cannot hold is refused at the door, by name."""
    if isinstance(value, str):
        return "\x00" in value
    if depth > DEPTH_MAX:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return any(
            _has_nul(key, depth + 1) or _has_nul(inner, depth + 1) for key, inner in value.items()
        )
    if isinstance(value, list):
        return any(_has_nul(inner, depth + 1) for inner in value)
    return False


class In(BaseModel):
    """A body that comes in: unknown fields are refused, so that a typing error is told and not swallowed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_nul(cls, data: Any) -> Any:
        if isinstance(data, dict) and _has_nul(data):
            raise ValueError("text must not contain U+0000")
        return data


class Out(BaseModel):
    """An answer that goes out."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    results: list[T]
    next_cursor: str | None = None
    count: int | None = None
    """Only when asked for with `count=exact`."""


class ProblemOut(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    trace_id: str
    errors: list[dict[str, Any]] = []

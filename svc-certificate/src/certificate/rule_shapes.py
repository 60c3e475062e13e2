"""What the value of each rule of svc-certificate may look like; held against every change."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from chassis.rule_shapes import Code, Words

Seconds = Annotated[int, Field(ge=1, le=86_400)]

RULE_SHAPES: Mapping[str, Any] = {
    "presentation-seconds": Seconds,
    "status-list-seconds": Seconds,
    "identity-certificate-types": dict[Literal["person", "enterprise"], list[Code]],
    "revocation-reasons": Annotated[dict[Code, Words], Field(min_length=1)],
}

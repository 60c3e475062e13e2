"""What the value of each rule of svc-evaluation may look like; held against every change."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from chassis.rule_shapes import Code, Days, Needing, Words
from contracts.vocabulary import RatingLevel

RULE_SHAPES: Mapping[str, Any] = {
    "points-by-level": Annotated[
        dict[RatingLevel, Annotated[int, Field(ge=0, le=10)]],
        Needing(*RatingLevel),
    ],
    "invitation-open-days": Days,
    "bad-rating-reasons": Annotated[dict[Code, Words], Field(min_length=1)],
}

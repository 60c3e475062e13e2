"""What the value of each rule of svc-catalog may look like; held against every change."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from catalog.domain.adjustments import Kind
from catalog.domain.guide_facts import FIELDS
from chassis.rule_shapes import (
    Code,
    Count,
    Days,
    Hour,
    Needing,
    NightHour,
    OneOf,
    RuleModel,
    Words,
)

GuideField = Annotated[str, OneOf(*FIELDS)]
Grain = Literal["cumulative", "daily"]


class Appointments(RuleModel):
    days_ahead: Count
    notice_minutes: Count
    cancel_minutes: Count
    early_minutes: Count
    grace_minutes: Count
    no_shows_max: Count
    no_show_days: Count
    block_days: Count


class ChannelMeasures(RuleModel):
    users: Grain
    visits: Grain
    cases: Grain


RULE_SHAPES: Mapping[str, Any] = {
    "default-promised-days": Annotated[dict[Code, Count], Needing("99")],
    "import-for-other-departments": bool,
    "search-misses-shown-from": Annotated[int, Field(ge=1, le=1_000_000)],
    "finding-working-days": Days,
    "audit-hour": NightHour,
    "consistency-channels": list[Code],
    "mandatory-guide-fields": Annotated[
        dict[Annotated[str, Field(pattern=r"^(\*|[0-9A-Z]{2})$")], list[GuideField]],
        Needing("*"),
    ],
    "adjustment-propose-days": Days,
    "adjustment-opinion-days": Days,
    "adjustment-review-days": Days,
    "adjustment-kinds-reviewed": list[Kind],
    "town-moves-need-provincial-decision": bool,
    "four-exempt-way": Literal["any", "every"],
    "exemption-ground-required": bool,
    "hall-unities": Annotated[dict[Code, Words], Field(min_length=1)],
    "city-calendar": dict[date, bool],
    "appointments": Appointments,
    "channel-measures": ChannelMeasures,
    "channel-figures-due-hour": Hour,
    "supervision-report-due-day": Annotated[int, Field(ge=1, le=28)],
    "supervision-items-without-object-count": bool,
}

"""What the value of each rule of svc-workorder may look like; held against every change.

Also what process definitions read: a key that a definition in force names may not vanish from its rule.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from chassis.rule_shapes import (
    ClockTime,
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
from workorder.domain.notices import ESCALATED_TO, TODO_KINDS, TOLD_OWNERS, WAITS_FOR, WORDS
from workorder.domain.office_hours import office_hours_of
from workorder.domain.work_order import HotlineType

LEADER = "leader"
"""分管领导: told of what is overdue for long."""

Seconds = Annotated[int, Field(ge=1, le=1_000_000)]
Recipient = Annotated[str, OneOf(WAITS_FOR, ESCALATED_TO, LEADER, *TOLD_OWNERS)]
NoticeKind = Annotated[str, OneOf(*sorted({*WORDS} - {*TODO_KINDS}))]
DaysByType = Annotated[dict[Code, Days], Needing(*HotlineType)]


class Alarms(RuleModel):
    yellow_days: Count
    red_days: Count
    hour: Hour


class ClockStart(RuleModel):
    next_day_after_close: bool
    next_day_when_off: bool


class EscalationStep(RuleModel):
    days: Days
    to: Annotated[str, OneOf(LEADER, *TOLD_OWNERS)]


class SeatLimits(RuleModel):
    silent_seconds: Seconds
    chat_idle_seconds: Seconds


class KeptFacts(RuleModel):
    days: Days
    most: Annotated[int, Field(ge=1, le=100_000)]
    listed_days: Annotated[int, Field(ge=1, le=36_500)]


class SimilarOrders(RuleModel):
    days: Days
    score: Annotated[int, Field(ge=0, le=100)]
    metres: Count
    most: Annotated[int, Field(ge=1, le=100)]


class OtherChannel(RuleModel):
    name: Words
    channel: Words


class QuietHoursShape(RuleModel):
    starts: ClockTime = Field(alias="from")
    ends: ClockTime = Field(alias="to")
    days_off: bool
    todos: bool


class Delivery(RuleModel):
    pauses: Annotated[list[Seconds], Field(max_length=50)]
    disable_after_days: Days


Openings = Annotated[
    list[Annotated[list[ClockTime], Field(min_length=2, max_length=2)]], Field(min_length=1)
]


class OfficeHoursShape(BaseModel):
    """每段办公时间须先开始后结束，各段按先后排列。Each opening ends after it begins, and before the next one."""

    city: Openings
    divisions: dict[Annotated[str, Field(pattern=r"^[0-9]{2,12}$")], Openings]


def _in_order(value: OfficeHoursShape) -> OfficeHoursShape:
    office_hours_of(value.model_dump())
    return value


RULE_SHAPES: Mapping[str, Any] = {
    # Applications
    "correction-ask-days": Days,
    "application-days": Days,
    "application-waits": Annotated[
        dict[Code, Days],
        Needing("submitted", "correction", "suspended", "decided"),
    ],
    "application-suspensions-max": Count,
    "business-setup-item-codes": list[Code],
    # Clocks
    "alarms": Alarms,
    "office-hours": Annotated[OfficeHoursShape, AfterValidator(_in_order)],
    "clock-start": ClockStart,
    "escalations": Annotated[list[EscalationStep], Field(max_length=20)],
    "ledger-check-hour": NightHour,
    # Facts that came before their work
    "kept-facts": KeptFacts,
    # The hotline
    "hotline-working-days": DaysByType,
    "hotline-enterprise-working-days": DaysByType,
    "hotline-urgent-hours": Annotated[
        dict[Code, Annotated[int, Field(ge=1, le=1_000)]],
        Needing("urgent", "emergency"),
    ],
    "hotline-waits": Annotated[
        dict[Code, Days],
        Needing(
            "opened",
            "dispatching",
            "dispatched",
            "return-requested",
            "disputed",
            "extension-requested",
            "suspended",
            "replied",
            "reviewed",
            "approving",
            "merged",
            "audited",
        ),
    ],
    "hotline-dispatches-max": Count,
    "hotline-return-days": Days,
    "hotline-returns-max": Count,
    "hotline-return-requests-max": Count,
    "hotline-part-returns-max": Count,
    "hotline-extensions-max": Count,
    "hotline-suspensions-max": Count,
    "hotline-reviews-max": Count,
    "hotline-visit-tries-max": Count,
    "hotline-approval-from-round": Annotated[int, Field(ge=1, le=1_000)],
    "hotline-reopens-max": Count,
    "hotline-reopen-days": Days,
    "hotline-channels": dict[Code, OtherChannel],
    "redo-rounds-max": Count,
    "rectification-working-days": Days,
    "correction-working-days": Days,
    # The desk
    "seat-limits": SeatLimits,
    "transfer-answer-minutes": Annotated[int, Field(ge=1, le=10_080)],
    "disclosure-hours": Annotated[int, Field(ge=1, le=1_000)],
    "similar-orders": SimilarOrders,
    "open311-jurisdictions": Annotated[list[Code], Field(min_length=1)],
    "open311-repeat-minutes": Annotated[int, Field(ge=0, le=10_080)],
    # The knowledge base
    "knowledge-review-days": Days,
    "knowledge-answer-days": dict[HotlineType, Days],
    "knowledge-redraw-days": Days,
    # Telling people
    "notice-recipients": dict[NoticeKind, list[Recipient]],
    "notice-quiet-hours": QuietHoursShape,
    "notice-delivery": Delivery,
    "notices-kept-days": Annotated[int, Field(ge=30, le=36_500)],
    "notices-sweep-hour": NightHour,
}

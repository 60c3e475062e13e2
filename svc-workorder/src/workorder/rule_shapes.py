"""What the value of each rule of svc-workorder may look like; held against every change.

Also what process definitions read: a key that a definition in force names may not vanish from its rule.
"""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from chassis.rule_shapes import (
    Code,
    Count,
    Days,
    Hour,
    NightHour,
    RuleModel,
    Words,
    needing,
    one_of,
)
from workorder.domain.notices import ESCALATED_TO, TODO_KINDS, TOLD_OWNERS, WAITS_FOR, WORDS
from workorder.domain.office_hours import office_hours_of
from workorder.domain.work_order import HotlineType

LEADER = "leader"
"""分管领导: told of what is overdue for long."""

Seconds = Annotated[int, Field(ge=1, le=1_000_000)]
Recipient = Annotated[str, AfterValidator(one_of(WAITS_FOR, ESCALATED_TO, LEADER, *TOLD_OWNERS))]
NoticeKind = Annotated[str, AfterValidator(one_of(*sorted({*WORDS} - {*TODO_KINDS})))]
DaysByType = Annotated[dict[Code, Days], AfterValidator(needing(*HotlineType))]


class Alarms(RuleModel):
    yellow_days: Count
    red_days: Count
    hour: Hour


class ClockStart(RuleModel):
    next_day_after_close: bool
    next_day_when_off: bool


class EscalationStep(RuleModel):
    days: Days
    to: Annotated[str, AfterValidator(one_of(LEADER, *TOLD_OWNERS))]


class SeatLimits(RuleModel):
    silent_seconds: Seconds
    chat_idle_seconds: Seconds


class SimilarOrders(RuleModel):
    days: Days
    score: Annotated[int, Field(ge=0, le=100)]
    metres: Count
    most: Annotated[int, Field(ge=1, le=100)]


class OtherChannel(RuleModel):
    name: Words
    channel: Words


class QuietHoursShape(RuleModel):
    starts: time = Field(alias="from")
    ends: time = Field(alias="to")
    days_off: bool
    todos: bool


class Delivery(RuleModel):
    pauses: Annotated[list[Seconds], Field(max_length=50)]
    disable_after_days: Days


class OfficeHoursShape(BaseModel):
    """As `office_hours_of` reads it, which says what is out of order."""

    city: list[list[str]]
    divisions: dict[Annotated[str, Field(pattern=r"^[0-9]{2,12}$")], list[list[str]]]


def _in_order(value: OfficeHoursShape) -> OfficeHoursShape:
    office_hours_of(value.model_dump())
    return value


RULE_SHAPES: Mapping[str, Any] = {
    # Applications
    "correction-ask-days": Days,
    "application-days": Days,
    "application-waits": Annotated[
        dict[Code, Days],
        AfterValidator(needing("submitted", "correction", "suspended", "decided")),
    ],
    "application-suspensions-max": Count,
    "business-setup-item-codes": list[Code],
    # Clocks
    "alarms": Alarms,
    "office-hours": Annotated[OfficeHoursShape, AfterValidator(_in_order)],
    "clock-start": ClockStart,
    "escalations": Annotated[list[EscalationStep], Field(max_length=20)],
    "ledger-check-hour": NightHour,
    # The hotline
    "hotline-working-days": DaysByType,
    "hotline-enterprise-working-days": DaysByType,
    "hotline-urgent-hours": Annotated[
        dict[Code, Annotated[int, Field(ge=1, le=1_000)]],
        AfterValidator(needing("urgent", "emergency")),
    ],
    "hotline-waits": Annotated[
        dict[Code, Days],
        AfterValidator(
            needing(
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
            )
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

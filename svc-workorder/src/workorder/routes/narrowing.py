"""Filters of a list of work orders, as query parameters."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, Query

from chassis.indicators import Period
from workorder.domain.process.definition import CODE_PATTERN
from workorder.queries.order_filters import OrderFilter

Code = Annotated[str | None, Query(pattern=CODE_PATTERN)]


async def _period(
    first_day: Annotated[date | None, Query(alias="from")] = None,
    last_day: Annotated[date | None, Query(alias="to")] = None,
    division: Annotated[str, Query(pattern=r"^[0-9]{0,12}$")] = "",
    department: Annotated[str | None, Query(pattern=r"^[0-9A-Z-]{1,22}$")] = None,
) -> Period:
    # As figures ask (chassis.indicators); a list was always asked for no department by leaving it out.
    return Period(
        first_day=first_day, last_day=last_day, division=division, department=department or ""
    )


async def _asked(
    period: Annotated[Period, Depends(_period)],
    opened_from: date | None = None,
    opened_to: date | None = None,
    dispatched_from: date | None = None,
    dispatched_to: date | None = None,
    due_from: date | None = None,
    due_to: date | None = None,
    visited_from: date | None = None,
    visited_to: date | None = None,
    closed_from: date | None = None,
    closed_to: date | None = None,
    on_time: bool | None = None,
    solved: bool | None = None,
    satisfied: bool | None = None,
    repeat: bool | None = None,
    returned: bool | None = None,
    type: Code = None,
    source: Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,32}$")] = None,
    urgency: Code = None,
    process: Code = None,
    place: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    title_has: Annotated[str | None, Query(min_length=2, max_length=40)] = None,
    waits_for: Code = None,
    act_overdue: bool | None = None,
    figure: Annotated[str | None, Query(pattern=r"^[a-z_]{1,64}$")] = None,
    part: Literal["numerator", "denominator"] = "denominator",
) -> OrderFilter:
    return OrderFilter(**locals())


Narrowing = Annotated[OrderFilter, Depends(_asked)]
"""`from`, `to`, `division`, `department` as figures link to it; days, outcomes and `figure` with its `part`."""

"""Figures computed from a service's own books: definition, value, and the records they count.

A ratio with an empty denominator is null, never 0 or 100 %. Ratios are rounded half up to four digits after
the point (0.9846 is 98.46 %).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy import ColumnElement

from chassis.clock import CITY_ZONE, local_date
from chassis.door import Call, allow_anyone, answer
from chassis.errors import InvalidError, NotFoundError
from chassis.identity import Reach
from chassis.schemas import Out, Page
from chassis.transaction import Transaction

DIGITS = Decimal("0.0001")
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2999, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Period:
    """What a figure is asked for: both days included, in Asia/Shanghai; empty filters mean the whole city."""

    first_day: date | None = None
    last_day: date | None = None
    division: str = ""
    department: str = ""

    def day(self, now: datetime) -> date:
        """The day at whose end it is asked for: the last one, or today in the city."""
        return self.last_day or local_date(now)

    def conditions(
        self,
        *,
        at: ColumnElement[Any] | None = None,
        division: ColumnElement[Any] | None = None,
        department: ColumnElement[Any] | None = None,
    ) -> list[ColumnElement[bool]]:
        """The columns given, held against this period: an instant within its days, a division with all below it.

        Lists and figures use the same, so that a figure opens down to its rows.
        """
        found: list[ColumnElement[bool]] = [] if at is None else self._within_days(at)
        if division is not None and self.division:
            found.append(division.startswith(self.division, autoescape=True))
        if department is not None and self.department:
            found.append(department == self.department)
        return found

    def _within_days(self, at: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.first_day is not None:
            found.append(at >= _midnight(min(self.first_day, LAST_DAY)))
        if self.last_day is not None:
            found.append(at < _midnight(min(self.last_day, LAST_DAY) + timedelta(days=1)))
        return found


def _midnight(day: date) -> datetime:
    # Beyond these days there are no records, and no instants that every clock can name.
    return datetime.combine(max(FIRST_DAY, day), time(), CITY_ZONE)


async def _period_asked(
    first_day: Annotated[date | None, Query(alias="from")] = None,
    last_day: Annotated[date | None, Query(alias="to")] = None,
    division: Annotated[str, Query(pattern=r"^[0-9]{0,12}$")] = "",
    department: Annotated[str, Query(pattern=r"^[0-9A-Z-]{0,22}$")] = "",
) -> Period:
    first, last = (
        None if day is None else min(max(day, FIRST_DAY), LAST_DAY) for day in (first_day, last_day)
    )
    return Period(first_day=first, last_day=last, division=division, department=department)


InPeriod = Annotated[Period, Depends(_period_asked)]
"""`from`, `to`, `division` and `department` as query parameters of a list, as figures link to it."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A computed figure. For a count: value is the numerator and there is no denominator."""

    value: Decimal | int | None
    numerator: int | None = None
    denominator: int | None = None
    missing: tuple[str, ...] = ()
    """What was not there to compute it from, such as days; with any of it the value is null, never 0."""


def count_figure(count: int) -> Figure:
    return Figure(value=count, numerator=count)


def ratio_figure(numerator: int, denominator: int) -> Figure:
    """numerator / denominator, or null when there is nothing to divide by."""
    value = None
    if denominator:
        value = (Decimal(numerator) / Decimal(denominator)).quantize(DIGITS, ROUND_HALF_UP)
    return Figure(value=value, numerator=numerator, denominator=denominator)


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One figure's definition. `records` is the list (path and filters) that it opens down to; of a ratio that tells
    the two apart, `records` lists its denominator and `numerator` its numerator.
    """

    code: str
    name_zh: str
    definition_zh: str
    definition_en: str
    unit: str
    compute: Callable[[Transaction, Period], Awaitable[Figure]]
    records: str
    numerator: str = ""


class IndicatorOut(Out):
    code: str
    name: str
    definition: str
    definition_en: str
    unit: str
    value_url: str


class FigureOut(Out):
    code: str
    unit: str
    value: float | int | None
    numerator: int | None
    denominator: int | None
    missing: list[str]
    """What the figure lacks, such as days that were not reported; then its value is null."""
    first_day: date | None
    last_day: date | None
    division: str
    department: str
    as_of: datetime
    records_url: str
    numerator_url: str | None = None
    """Of a ratio: the records of its numerator alone."""


def indicator_router(service: str, indicators: Sequence[Indicator]) -> APIRouter:
    """Routes under `/{service}/v1/indicators`. Figures name no person, so anyone may read them."""
    router = APIRouter(prefix=f"/{service}/v1/indicators", tags=["indicators"])
    by_code = {indicator.code: indicator for indicator in indicators}
    base = f"/{service}/v1/indicators"

    @router.get("", response_model=Page[IndicatorOut], operation_id="list_indicators")
    async def list_indicators(call: Annotated[Call, allow_anyone()]) -> Response:  # noqa: ARG001  the policy is the point
        """Every figure this service answers for, with its definition."""
        results = [
            IndicatorOut(
                code=indicator.code,
                name=indicator.name_zh,
                definition=indicator.definition_zh,
                definition_en=indicator.definition_en,
                unit=indicator.unit,
                value_url=f"{base}/{indicator.code}",
            )
            for indicator in indicators
        ]
        return answer(Page[IndicatorOut](results=results))

    @router.get("/{code}", response_model=FigureOut, operation_id="get_indicator")
    async def get_indicator(
        code: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,64}$")],
        call: Annotated[Call, allow_anyone(reach=Reach.ALL)],
        period: InPeriod,
    ) -> Response:
        """One figure with numerator, denominator and the link to the records it counts."""
        indicator = by_code.get(code)
        if indicator is None:
            raise NotFoundError(
                "没有这个指标", "There is no such indicator", code="no-such-indicator"
            )
        if period.first_day and period.last_day and period.first_day > period.last_day:
            raise InvalidError(
                "起始日期晚于结束日期", "from is later than to", code="period-reversed"
            )
        async with call.read() as tx:
            figure = await indicator.compute(tx, period)
            as_of = tx.now
        return answer(_figure_out(indicator, figure, period, as_of))

    return router


def _figure_out(indicator: Indicator, figure: Figure, period: Period, as_of: datetime) -> FigureOut:
    value = float(figure.value) if isinstance(figure.value, Decimal) else figure.value
    filters = {
        "from": period.first_day,
        "to": period.last_day,
        "division": period.division,
        "department": period.department,
    }
    query = urlencode({name: value for name, value in filters.items() if value})
    return FigureOut(
        code=indicator.code,
        unit=indicator.unit,
        value=value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        missing=list(figure.missing),
        first_day=period.first_day,
        last_day=period.last_day,
        division=period.division,
        department=period.department,
        as_of=as_of,
        records_url=_asked_of(indicator.records, query),
        numerator_url=_asked_of(indicator.numerator, query) if indicator.numerator else None,
    )


def _asked_of(list_: str, query: str) -> str:
    joint = "&" if "?" in list_ else "?"
    return list_ + (joint + query if query else "")

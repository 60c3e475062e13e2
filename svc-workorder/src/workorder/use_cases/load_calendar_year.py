from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from chassis.transaction import Transaction
from workorder.repository.calendar import keep_days


@dataclass(frozen=True, kw_only=True)
class LoadCalendarYear:
    days: Mapping[date, bool]
    """Every day of the year, and the neighbouring days its paper names: is it a working day."""
    names: Mapping[date, str]
    source: str


async def load_calendar_year(command: LoadCalendarYear, tx: Transaction) -> None:
    """Take over a published year of working days (节假日安排); open due dates are then counted again."""
    await keep_days(tx, command.days, names=command.names, source=command.source)

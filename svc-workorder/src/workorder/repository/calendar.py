"""The city's calendar and clock rules, remembered for a few seconds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.transaction import Transaction
from chassis.working_days import WorkingDays
from workorder.domain.clock import ClockRules
from workorder.tables import calendar_days

FRESH_SECONDS = 5.0


@dataclass
class _Memory:
    read_at: float
    mark: Any
    """Changes whenever a year was loaded."""
    days: WorkingDays


_memories: WeakKeyDictionary[AsyncEngine, _Memory] = WeakKeyDictionary()


async def clock_rules(tx: Transaction) -> ClockRules:
    """Calendar and alarm rules as they hold now; a change is seen within FRESH_SECONDS."""
    alarms = await tx.rule("alarms")
    return ClockRules(
        calendar=await _working_days(tx),
        yellow_days=alarms["yellow_days"],
        red_days=alarms["red_days"],
        alarm_hour=alarms["hour"],
        correction_ask_days=await tx.rule("correction-ask-days"),
    )


async def keep_days(
    tx: Transaction, days: Mapping[date, bool], *, names: Mapping[date, str], source: str
) -> None:
    """Keep the days of a published year; days kept before are replaced."""
    rows = [
        {
            "day": day,
            "is_working": is_working,
            "name": names.get(day, ""),
            "source": source,
            "loaded_at": tx.now,
        }
        for day, is_working in sorted(days.items())
    ]
    statement = insert(calendar_days).values(rows)
    fresh = statement.excluded
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[calendar_days.c.day],
            set_={
                "is_working": fresh.is_working,
                "name": fresh.name,
                "source": fresh.source,
                "loaded_at": fresh.loaded_at,
            },
        )
    )
    forget_calendar(tx)


def forget_calendar(tx: Transaction) -> None:
    """Read it again at the next use."""
    _memories.pop(tx.engine, None)


async def _working_days(tx: Transaction) -> WorkingDays:
    memory = _memories.get(tx.engine)
    if memory is not None and time.monotonic() - memory.read_at < FRESH_SECONDS:
        return memory.days
    newest = func.max(calendar_days.c.loaded_at).label("newest")
    row = await tx.one_or_none(
        select(func.count().label("days"), newest).select_from(calendar_days)
    )
    assert row is not None
    mark = (row.days, row.newest)
    if memory is None or memory.mark != mark:
        rows = await tx.all(select(calendar_days.c.day, calendar_days.c.is_working))
        overrides = {each.day: each.is_working for each in rows}
        memory = _Memory(read_at=0.0, mark=mark, days=WorkingDays(overrides))
    memory.read_at = time.monotonic()
    _memories[tx.engine] = memory
    return memory.days

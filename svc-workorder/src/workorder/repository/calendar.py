"""The city's calendar and clock rules, remembered for a few seconds."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.ids import new_id
from chassis.steps import add_step
from chassis.transaction import Transaction
from chassis.working_days import WorkingDays
from workorder.domain.clock import ClockRules, Escalation
from workorder.domain.office_hours import OfficeHours, office_hours_of
from workorder.tables import (
    calendar_days,
    calendar_override_steps,
    calendar_overrides,
    ledger_check_nights,
)

FRESH_SECONDS = 5.0
RULES = ("alarms", "correction-ask-days", "escalations", "office-hours", "clock-start")

log = structlog.get_logger()


@dataclass
class _Memory:
    read_at: float
    mark: Any
    """Changes whenever a year was loaded or a day was set."""
    days: WorkingDays
    values: tuple[Any, ...] = ()
    """Of RULES, when `rules` was made."""
    rules: ClockRules | None = None


_memories: WeakKeyDictionary[AsyncEngine, _Memory] = WeakKeyDictionary()


async def clock_rules(tx: Transaction) -> ClockRules:
    """Calendar and alarm rules as they hold now; a change is seen within FRESH_SECONDS."""
    values = tuple([await tx.rule(code) for code in RULES])
    memory = await _remembered(tx)
    if memory.rules is None or memory.values != values:
        memory.rules, memory.values = _clock_rules(memory.days, *values), values
    return memory.rules


async def working_days(tx: Transaction) -> WorkingDays:
    """The calendar of the city, its own days counted in."""
    return (await _remembered(tx)).days


async def keep_days(
    tx: Transaction, days: Mapping[date, bool], *, names: Mapping[date, str], source: str
) -> None:
    """Keep the days of a published year; days kept before are replaced, those that the city set itself stand."""
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


async def find_override(tx: Transaction, day: date) -> Row[Any] | None:
    """The city's own word on a day, also one that was taken back; locked until the end."""
    statement = select(calendar_overrides).where(calendar_overrides.c.day == day)
    return await tx.one_or_none(statement.with_for_update())


def keep_override(
    tx: Transaction,
    day: date,
    before: Row[Any] | None,
    *,
    is_working: bool,
    reason: str,
    paper: str,
    is_in_force: bool = True,
) -> None:
    """Set a day, or change what was set, with a step of its history."""
    values = {
        "is_working": is_working,
        "reason": reason,
        "paper": paper,
        "is_in_force": is_in_force,
        "changed_at": tx.now,
    }
    if before is None:
        override_id: UUID = new_id()
        tx.insert(calendar_overrides, id=override_id, day=day, row_version=1, **values)
    else:
        override_id = before.id
        tx.update(
            calendar_overrides,
            match={"id": before.id, "row_version": before.row_version},
            row_version=before.row_version + 1,
            **values,
        )
    words = "工作日" if is_working else "休息日"
    add_step(
        tx,
        calendar_override_steps,
        of={"calendar_override_id": override_id},
        step="set" if is_in_force else "taken-back",
        state="in-force" if is_in_force else "taken-back",
        reason=f"{words}：{reason}（{paper}）" if is_in_force else reason,
    )


def forget_calendar(tx: Transaction) -> None:
    """Read it again at the next use."""
    _memories.pop(tx.engine, None)


async def take_night(tx: Transaction, night: date, job_id: UUID) -> bool:
    """Whether this process is the one that has the ledgers checked tonight."""
    statement = insert(ledger_check_nights).values(night=night, job_id=job_id)
    taken = await tx.execute(
        statement.on_conflict_do_nothing().returning(ledger_check_nights.c.night)
    )
    return taken.one_or_none() is not None


async def _remembered(tx: Transaction) -> _Memory:
    memory = _memories.get(tx.engine)
    if memory is not None and time.monotonic() - memory.read_at < FRESH_SECONDS:
        return memory
    mark = tuple(await tx.one_or_none(_MARK) or ())
    if memory is None or memory.mark != mark:
        rows = await tx.all(select(calendar_days.c.day, calendar_days.c.is_working))
        own = await tx.all(_IN_FORCE)
        days = {each.day: each.is_working for each in [*rows, *own]}
        memory = _Memory(read_at=0.0, mark=mark, days=WorkingDays(days))
    memory.read_at = time.monotonic()
    _memories[tx.engine] = memory
    return memory


_MARK = select(
    select(func.count()).select_from(calendar_days).scalar_subquery(),
    select(func.max(calendar_days.c.loaded_at)).scalar_subquery(),
    select(func.count()).select_from(calendar_overrides).scalar_subquery(),
    select(func.sum(calendar_overrides.c.row_version)).scalar_subquery(),
)
_IN_FORCE = select(calendar_overrides.c.day, calendar_overrides.c.is_working).where(
    calendar_overrides.c.is_in_force
)


def _clock_rules(
    calendar: WorkingDays, alarms: Any, ask_days: Any, escalations: Any, hours: Any, start: Any
) -> ClockRules:
    return ClockRules(
        calendar=calendar,
        yellow_days=alarms["yellow_days"],
        red_days=alarms["red_days"],
        alarm_hour=alarms["hour"],
        correction_ask_days=ask_days,
        escalations=_escalations(escalations),
        office_hours=_office_hours(hours),
        is_next_day_after_close=bool(start.get("next_day_after_close")),
        is_next_day_when_off=bool(start.get("next_day_when_off")),
    )


def _escalations(value: Sequence[Mapping[str, Any]]) -> tuple[Escalation, ...]:
    steps = [Escalation(days=max(int(each["days"]), 1), to=str(each["to"])) for each in value]
    return tuple(sorted(steps, key=lambda each: each.days))


def _office_hours(value: Mapping[str, Any]) -> OfficeHours:
    try:
        return office_hours_of(value)
    except (ValueError, TypeError, IndexError) as error:
        # A slip in a rule must not keep the city from working; whoever reads the log mends it.
        log.warning("rule office-hours cannot be read; the usual hours hold", error=repr(error))
        return OfficeHours()

"""So many working days after a day, said so that an officer can check it by hand."""

from dataclasses import dataclass
from datetime import date, timedelta

from chassis.working_days import WorkingDays

SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """What was asked, the answer, and the days on the way that are not as their weekday says."""

    start: date
    days: int
    due_on: date
    is_provisional: bool
    off_days: int
    make_up_days: list[date]
    statement: str


def reckon(calendar: WorkingDays, start: date, days: int) -> Reckoning:
    """The n-th working day after `start`, which is not counted; for 0 days `start` itself, or the next working day."""
    due = calendar.add(start, days)
    way = [start + timedelta(days=each) for each in range(1, (due.on - start).days + 1)]
    worked = [day for day in way if calendar.is_working_day(day)]
    make_up = [day for day in worked if day.weekday() >= SATURDAY]
    return Reckoning(
        start=start,
        days=days,
        due_on=due.on,
        is_provisional=due.is_provisional,
        off_days=len(way) - len(worked),
        make_up_days=make_up,
        statement=f"自 {start} 起（当日不计）第 {days} 个工作日为 {due.on}"
        + (f"，其间调休上班 {'、'.join(map(str, make_up))}" if make_up else "")
        + ("；途中有尚未公布的日期，公布后重新计算" if due.is_provisional else ""),
    )

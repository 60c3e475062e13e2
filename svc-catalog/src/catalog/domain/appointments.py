"""An appointment (预约): booked, then kept, moved, cancelled or missed. Capacity is the books' business, not here.

booked ─▶ checked-in | cancelled | no-show; moving keeps it booked.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from catalog.domain.opening_hours import Schedule, hours_on, next_open_day
from chassis.clock import CITY_ZONE, local_date
from chassis.errors import ConflictError, InvalidError
from chassis.working_days import WorkingDays


class AppointmentState(StrEnum):
    BOOKED = "booked"
    CHECKED_IN = "checked-in"
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"


@dataclass(frozen=True, kw_only=True)
class BookingRules:
    """Rule rows, as the city set them."""

    days_ahead: int
    notice_minutes: int
    cancel_minutes: int
    early_minutes: int
    grace_minutes: int
    no_shows_max: int
    no_show_days: int
    block_days: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What can be booked at a hall: slots of `minutes`, each with `capacity` places, from a day until another."""

    id: UUID
    hall: str
    minutes: int
    capacity: int
    from_day: date
    until_day: date | None


@dataclass(frozen=True, kw_only=True)
class Slot:
    starts_at: datetime
    ends_at: datetime


def slots_on(day: date, plan: Plan, schedule: Schedule, calendar: WorkingDays) -> list[Slot]:
    """The slots of a day: whole ones within the hall's hours, counted from each opening."""
    if day < plan.from_day or (plan.until_day is not None and day >= plan.until_day):
        return []
    length, found = timedelta(minutes=plan.minutes), []
    for interval in hours_on(day, schedule, calendar):
        starts = datetime.combine(day, interval.opens, CITY_ZONE)
        closes = datetime.combine(day, interval.closes, CITY_ZONE)
        while starts + length <= closes:
            found.append(
                Slot(starts_at=starts.astimezone(UTC), ends_at=(starts + length).astimezone(UTC))
            )
            starts += length
    return found


def slot_at(
    starts_at: datetime,
    plan: Plan,
    *,
    schedule: Schedule,
    calendar: WorkingDays,
    now: datetime,
    rules: BookingRules,
) -> Slot:
    """The slot that begins then, if it may be booked now. InvalidError or ConflictError say why not, and what is next."""
    day = local_date(starts_at)
    _check_when(starts_at, day, now=now, rules=rules)
    slots = slots_on(day, plan, schedule, calendar)
    if not slots:
        nearest = next_open_day(day, schedule, calendar)
        raise ConflictError(
            f"{day} 不开放预约，请改选"
            + (f" {nearest}（下一个开放日）" if nearest else "其他大厅或稍后再试"),
            f"Closed on {day}; choose "
            + (f"{nearest}, the next open day" if nearest else "another hall"),
            code="hall-closed-that-day",
        )
    for slot in slots:
        if slot.starts_at == starts_at:
            return slot
    times = "、".join(f"{slot.starts_at.astimezone(CITY_ZONE):%H:%M}" for slot in slots[:12])
    raise InvalidError(
        f"该时刻没有预约时段，当日可选：{times}",
        f"No slot begins then; that day has: {times}",
        code="no-such-slot",
    )


def _check_when(starts_at: datetime, day: date, *, now: datetime, rules: BookingRules) -> None:
    if starts_at < now + timedelta(minutes=rules.notice_minutes):
        raise ConflictError(
            f"须提前 {rules.notice_minutes} 分钟预约，请改选更晚的时段，或直接到大厅取号",
            f"Book at least {rules.notice_minutes} minutes ahead: choose a later slot, or come without one",
            code="slot-too-soon",
        )
    last = local_date(now) + timedelta(days=rules.days_ahead)
    if day > last:
        raise ConflictError(
            f"目前只开放至 {last} 的预约，请改选此前的日期",
            f"Bookings are open until {last}; choose an earlier day",
            code="slot-too-far",
        )


def check_change(state: str, starts_at: datetime, *, now: datetime, rules: BookingRules) -> None:
    """Whether its owner may still cancel or move it; raises ConflictError."""
    if state != AppointmentState.BOOKED:
        raise not_open(state)
    if now > starts_at - timedelta(minutes=rules.cancel_minutes):
        raise ConflictError(
            f"开始前 {rules.cancel_minutes} 分钟内不能取消或改期，请致电大厅说明",
            f"No changes in the last {rules.cancel_minutes} minutes; call the hall",
            code="too-late-to-change",
        )


def check_in(
    state: str, starts_at: datetime, ends_at: datetime, *, now: datetime, rules: BookingRules
) -> None:
    """Whether somebody who has come may be checked in now; raises ConflictError."""
    if state != AppointmentState.BOOKED:
        raise not_open(state)
    early = starts_at - timedelta(minutes=rules.early_minutes)
    if not early <= now <= ends_at + timedelta(minutes=rules.grace_minutes):
        begins = f"{early.astimezone(CITY_ZONE):%m-%d %H:%M}"
        raise ConflictError(
            f"不在签到时间内（{begins} 起），未到时间请稍候，已过时间请现场取号",
            f"Not the time to check in (from {begins}); wait, or take a number",
            code="not-time-to-check-in",
        )


def not_open(state: str) -> ConflictError:
    words = {"cancelled": "已取消", "checked-in": "已签到", "no-show": "已按未到处理"}
    return ConflictError(
        f"该预约{words.get(state, state)}，不能再办理此步骤；如需办事请重新预约",
        f"This appointment is {state}; make a new one",
        code="appointment-not-open",
    )


def blocked_until(missed: list[datetime], *, rules: BookingRules) -> datetime | None:
    """Until when somebody with these missed appointments cannot book; None: they can."""
    if rules.no_shows_max <= 0 or len(missed) < rules.no_shows_max:
        return None
    return max(missed) + timedelta(days=rules.block_days)

"""What comes in and goes out at the doors of halls, windows, service points and appointments."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from catalog.schemas.items import HallOut, ShortText
from chassis.schemas import In, Out, Page
from chassis.steps import StepOut
from contracts.guide import Code, Name
from contracts.vocabulary import DivisionCode

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Access = Literal[
    "wheelchair",
    "barrier-free-toilet",
    "sign-language",
    "elder-first-window",
    "large-print",
    "braille",
    "hearing-loop",
    "guide-dog",
    "nursing-room",
    "barrier-free-parking",
]
"""无障碍与适老化: 轮椅, 无障碍卫生间, 手语, 老年人优先窗口, 大字, 盲文, 助听环路, 导盲犬, 母婴室, 无障碍车位."""
What = Literal["item", "basic-code", "theme", "department"]
Coordinates = Literal["wgs-84", "gcj-02"]
Hours = Annotated[tuple[tuple[Clock, Clock], ...], Field(max_length=6)]
INTAKES_MAX = 2_000


def _check_hours(hours: tuple[tuple[str, str], ...]) -> None:
    for opens, closes in hours:
        if opens >= closes:
            raise ValueError(f"{opens} is not before {closes}")
    for (_, closes), (opens, _) in zip(sorted(hours), sorted(hours)[1:], strict=False):
        if opens < closes:
            raise ValueError(f"hours overlap at {opens}")


class ExtendedIn(In):
    """Extended hours (延时服务, 周末不打烊): 1 is Monday."""

    name: Name
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(min_length=1, max_length=7)
    hours: Hours = Field(min_length=1)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _check_hours(self.hours)
        return self


class OpeningIn(In):
    """A place's hours: by weekday ("1" is Monday), on statutory holidays, on make-up working days, extended."""

    weekly: dict[Annotated[str, StringConstraints(pattern=r"^[1-7]$")], Hours] = Field(
        default_factory=dict
    )
    holidays: Hours = ()
    make_up_weekday: int = Field(default=1, ge=1, le=7)
    """The weekday whose hours hold on a working Saturday or Sunday (调休)."""
    extended: tuple[ExtendedIn, ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for hours in (*self.weekly.values(), self.holidays):
            _check_hours(hours)
        return self


class _Placed(In):
    longitude: float | None = Field(default=None, ge=73, le=136)
    latitude: float | None = Field(default=None, ge=3, le=54)
    coordinates: Coordinates = "wgs-84"
    """The system in which longitude and latitude are stated; both are answered in WGS-84 too."""
    access: tuple[Access, ...] = ()
    opening: OpeningIn = OpeningIn()

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.longitude is None) != (self.latitude is None):
            raise ValueError("longitude and latitude come together")
        return self


class UnityIn(In):
    is_met: bool
    note: ShortText = ""
    checked_on: date | None = None


class HallDetailsIn(_Placed):
    level: Literal["city", "county", "town", "village", "sub"]
    unities: dict[str, UnityIn] = Field(default_factory=dict, max_length=20)
    """The four-unities checklist (四统一); its points are in the rule `hall-unities`. What is left out is unchecked."""
    reason: Reason


class UnityOut(Out):
    code: str
    name: str
    is_met: bool | None
    """Null: nobody has checked."""
    note: str
    checked_on: date | None


class HallDetailOut(HallOut):
    """A hall with everything known of it; what nobody stated is null or empty."""

    level: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    stated_longitude: float | None = None
    stated_latitude: float | None = None
    coordinates: str | None = None
    access: list[str] = Field(default_factory=list)
    unities: list[UnityOut] = Field(default_factory=list)
    opening: dict[str, Any] = Field(default_factory=dict)
    is_open_now: bool | None = None
    """Null: no hours are stated."""
    opens_next_at: datetime | None = None
    today: list[list[str]] | None = None
    version: int = 0


class HallDayOut(Out):
    """One day's hours at a hall."""

    day: date
    hours: list[list[str]]
    is_holiday: bool
    reason: str


class HallDaysOut(Out):
    results: list[HallDayOut]


class ExceptionIn(In):
    """A day's hours instead of the usual ones; empty: closed."""

    hours: Hours = ()
    reason: Reason

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _check_hours(self.hours)
        return self


class ExceptionOut(Out):
    hall: str
    day: date
    hours: list[list[str]]
    reason: str
    cancelled_appointments: int


class HallStepOut(StepOut):
    pass


class WindowIn(In):
    number: Code
    name: Name
    kind: Literal["general", "department", "special", "after-hours"]
    """综合窗口, 部门窗口, 专窗, 延时窗口."""
    opened_on: date | None = None
    """Default: today."""
    closed_on: date | None = None
    """The first day on which it is no longer there."""
    reason: Reason


class WindowOut(Out):
    id: UUID
    hall: str
    number: str
    name: str
    kind: str
    opened_on: date
    closed_on: date | None
    version: int


class IntakeRow(In):
    """What is taken in: an item by its id, or all of a department, or a basic code's or theme's of the hall's division and below."""

    what: What
    value: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class IntakesIn(In):
    """Taken in from a day on (`add`), and no longer (`end`); all rows or none."""

    add: tuple[IntakeRow, ...] = Field(default=(), max_length=INTAKES_MAX)
    end: tuple[IntakeRow, ...] = Field(default=(), max_length=INTAKES_MAX)
    day: date | None = None
    """From which day; default: today. A past day corrects the book."""
    reason: Reason


class IntakesDoneOut(Out):
    added: int
    ended: int
    unchanged: int


class IntakeOut(Out):
    id: UUID
    place_kind: str
    place_id: UUID
    what: str
    value: str
    from_day: date
    until_day: date | None


class TakenItemOut(Out):
    """An item in force that a place takes in."""

    item_id: UUID
    item_code: str
    name: str
    department: str
    division: str


class WindowDifferenceOut(TakenItemOut):
    """`claimed-not-taken`: the guide says one window, no general window takes it in; `taken-not-claimed`: the reverse."""

    difference: Literal["claimed-not-taken", "taken-not-claimed"]


class OneWindowDepartmentOut(Out):
    department: str
    name: str | None
    items: int


class ServicePointIn(_Placed):
    name: Name
    division: DivisionCode
    hall: Code | None = None
    address: Name
    phone: ShortText = ""
    staff_numbers: tuple[Code, ...] = Field(default=(), max_length=200)
    """Of helpers (帮代办员): staff numbers, never names."""
    payer: Literal["", "applicant", "government"] = ""
    """Who pays the mail."""
    couriers: tuple[Name, ...] = Field(default=(), max_length=20)
    from_day: date | None = None
    until_day: date | None = None
    reason: Reason


class NewServicePointIn(ServicePointIn):
    code: Code
    kind: Literal["kiosk", "helper-point", "mail-desk"]


class PointStateIn(In):
    state: Literal["in-service", "broken", "withdrawn"]
    reason: Reason


class ServicePointOut(Out):
    id: UUID
    code: str
    kind: str
    name: str
    division: str
    hall: str | None
    address: str
    phone: str
    longitude: float | None
    latitude: float | None
    coordinates: str
    access: list[str]
    opening: dict[str, Any]
    state: str
    staff_numbers: list[str]
    payer: str
    couriers: list[str]
    from_day: date
    until_day: date | None
    version: int


class KioskCoverageOut(Out):
    """One division: its kiosks, and how many of them work. `kiosks` 0: it has none."""

    code: str
    name: str
    level: str
    kiosks: int
    in_service: int


class KioskCoveragePageOut(Page[KioskCoverageOut]):
    on: date
    level: str
    divisions: int
    with_kiosk: int
    without_kiosk: int


class PlaceOut(Out):
    """A place that takes an item in; `metres` is null when nobody stated where it is, or where the caller is."""

    kind: str
    code: str
    name: str
    hall: str | None
    window: str | None
    window_kind: str | None
    division: str
    address: str
    phone: str
    longitude: float | None
    latitude: float | None
    metres: int | None
    access: list[str]
    is_open: bool | None
    opens_next_at: datetime | None


class PlanIn(In):
    name: Name
    window_id: UUID | None = None
    item_ids: tuple[UUID, ...] = Field(default=(), max_length=500)
    minutes: int = Field(ge=5, le=480)
    capacity: int = Field(ge=0, le=10_000)
    """Places in each slot; 0 takes no more bookings."""
    from_day: date | None = None
    until_day: date | None = None
    reason: Reason


class PlanOut(Out):
    id: UUID
    hall: str
    name: str
    window_id: UUID | None
    item_ids: list[UUID]
    minutes: int
    capacity: int
    from_day: date
    until_day: date | None
    version: int


class SlotOut(Out):
    plan_id: UUID
    starts_at: datetime
    ends_at: datetime
    capacity: int
    free: int
    is_bookable: bool


class SlotsOut(Out):
    """A day's slots; without any, `next_open_day` says when there are."""

    day: date
    results: list[SlotOut]
    next_open_day: date | None


class AppointmentIn(In):
    plan_id: UUID
    starts_at: datetime
    item_id: UUID | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+ -]{7,20}$")]

    @model_validator(mode="after")
    def _instant(self) -> Self:
        if self.starts_at.tzinfo is None:
            raise ValueError("starts_at needs a time zone")
        return self


class MoveIn(In):
    plan_id: UUID | None = None
    """Default: the same plan."""
    starts_at: datetime

    @model_validator(mode="after")
    def _instant(self) -> Self:
        if self.starts_at.tzinfo is None:
            raise ValueError("starts_at needs a time zone")
        return self


class CancelIn(In):
    reason: Reason


class AppointmentOut(Out):
    """Name and phone are masked."""

    id: UUID
    plan_id: UUID
    hall: str
    item_id: UUID | None
    day: date
    starts_at: datetime
    ends_at: datetime
    state: str
    name: str
    phone: str
    is_by_proxy: bool
    cancelled_by: str
    reason: str
    rebook_at: str | None
    """Where to book again, when the hall cancelled."""
    version: int


class AppointmentDayOut(Out):
    """Counts of one hall and day; nobody is named."""

    hall: str
    day: date
    booked: int
    kept: int
    missed: int
    cancelled: int

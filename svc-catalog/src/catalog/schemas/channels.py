"""What comes in and goes out at the doors of channels, agreements and handling elsewhere."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.schemas import In, Out, Page
from chassis.steps import StepOut
from contracts.guide import Code, Name
from contracts.vocabulary import DivisionCode

ROWS_MAX = 2_000
Reason = Annotated[str, StringConstraints(max_length=500)]
Count = Annotated[int, Field(ge=0, le=10_000_000_000)]
Kind = Literal["mini-program", "app", "terminal", "web", "counter", "phone", "mail", "other"]


class ChannelIn(In):
    """A channel's public data; `figures_from`: from this day on its figures are due daily."""

    name: Name
    kind: Kind
    operator: Name
    since: date | None = None
    until: date | None = None
    figures_from: date | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError("until is before since")
        if self.since and self.figures_from and self.figures_from < self.since:
            raise ValueError("figures_from is before since")
        return self


class NewChannelIn(ChannelIn):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,40}$")]


class ChannelOut(Out):
    code: str
    name: str
    kind: str
    operator: str
    since: date | None
    until: date | None
    figures_from: date | None
    changed_at: datetime


class ChannelStepOut(StepOut):
    pass


class LiveRow(In):
    """One item on the channel: live from a day, or no longer from `live_until` on."""

    item_id: UUID | None = None
    item_code: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    division: DivisionCode | None = None
    """Where it is live, with everything below; left out: in the item's own division."""
    live_from: date | None = None
    """Left out: today."""
    live_until: date | None = None
    """The first day on which it is live no longer; the same as `live_from`: it never was."""
    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """The version of the guide that the channel shows, as `GET /items/{id}` numbers it; an older one is a difference."""


class LiveReportIn(In):
    rows: tuple[LiveRow, ...] = Field(min_length=1, max_length=ROWS_MAX)
    complete: bool = False
    """This is the whole list: what is live and not named here ends today."""
    reason: Reason = ""


class LiveReportOut(Out):
    """What a report changed in the channel's book."""

    channel: str
    begun: int
    ended: int
    corrected: int
    unchanged: int


class LiveItemOut(Out):
    """A row of the channel's book."""

    id: UUID
    item_id: UUID
    name: str
    item_code: str
    department: str
    department_name: str
    division: str
    """Where it is live, with everything below."""
    live_from: date
    live_until: date | None
    reporter_kind: str
    reported_at: datetime


class ChannelItemOut(Out):
    """An item in force and live; `basis`: by the channels' own lists, or by what its guide claims."""

    item_id: UUID
    name: str
    item_code: str
    department: str
    department_name: str
    division: str
    version: int
    live_on: list[str]
    claimed_on: list[str]
    basis: Literal["book", "claim"]


class ChannelDepartmentOut(Out):
    department: str
    name: str
    items: int
    """In force and live, each once."""


class DifferenceOut(Out):
    """An item of which guide and channel say different things, and what to do."""

    item_id: UUID
    name: str
    item_code: str
    department: str
    department_name: str
    division: str
    kind: Literal["claimed-not-live", "live-not-claimed", "live-not-in-force", "shown-unknown"]
    words: str
    words_en: str


class DifferencesOut(Page[DifferenceOut]):
    has_book: bool
    """False: the channel has not given a live list of its own yet, so nothing it shows is known."""
    on: date


class CoverageOut(Out):
    """One division: how many of the channel's items are for it, how many are live there."""

    code: str
    name: str
    expected: int
    live: int
    missing: int
    is_complete: bool
    missing_url: str


class CoveragePageOut(Page[CoverageOut]):
    channel: str
    level: str
    on: date
    has_book: bool
    divisions: int
    """How many divisions of this level there are."""
    complete: int
    """In how many of them everything that is for them is live."""


class MissingItemOut(Out):
    item_id: UUID
    name: str
    item_code: str
    department: str
    department_name: str
    division: str


class DivisionFigures(In):
    division: DivisionCode
    users: Count | None = None
    visits: Count | None = None
    cases: Count | None = None


class FiguresIn(In):
    """One day's figures of a channel; what was not counted is left out, never 0."""

    day: date
    users: Count | None = None
    visits: Count | None = None
    cases: Count | None = None
    divisions: tuple[DivisionFigures, ...] = Field(default=(), max_length=500)
    reason: Reason = ""
    """Why, when the day was reported before."""


class FiguresRowIn(In):
    """One day of one channel, as a whole or in a division."""

    channel: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,40}$")]
    day: date
    division: DivisionCode | None = None
    users: Count | None = None
    visits: Count | None = None
    cases: Count | None = None
    reason: Reason = ""
    """Why, when the day was reported before with other figures."""


class FiguresRowsIn(In):
    rows: tuple[FiguresRowIn, ...] = Field(min_length=1, max_length=ROWS_MAX)
    reason: Reason = ""
    """Of the rows that say none."""


class FiguresTakenOut(Out):
    reported: int
    corrected: int
    """Reported before with other figures, which stay in the history."""
    unchanged: int


class FiguresOut(Out):
    """A day of a channel as it counts now; null measures were not reported."""

    channel: str
    day: date
    division: str
    users: int | None
    visits: int | None
    cases: int | None
    is_missing: bool
    number: int | None
    """Which report of the day it is: 2 is the first correction."""
    reporter_kind: str | None
    reported_at: datetime | None


class FiguresPageOut(Page[FiguresOut]):
    measures: dict[str, str]
    """By measure: cumulative (to the end of the day) or daily."""
    missing_days: int
    """How many of the days in the whole range asked for are missing."""


class FiguresReportOut(Out):
    """One report of a day, earlier and corrected ones included."""

    id: UUID
    day: date
    division: str
    number: int
    users: int | None
    visits: int | None
    cases: int | None
    is_current: bool
    reporter_kind: str
    reported_by: str
    reason: str
    reported_at: datetime


class MissingDayOut(Out):
    channel: str
    name: str
    day: date
    raised_at: datetime | None
    """When the alarm was raised; null: it will be at the next look."""


class AgreementIn(In):
    """An agreement with another city; `valid_until` is its last day, null: no end."""

    title: Name
    partner_city: Name
    partner_division: DivisionCode
    document: Name
    valid_from: date
    valid_until: date | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError("valid_until is before valid_from")
        return self


class NewAgreementIn(AgreementIn):
    code: Code


class AgreementOut(Out):
    id: UUID
    code: str
    title: str
    partner_city: str
    partner_division: str
    document: str
    valid_from: date
    valid_until: date | None
    is_in_force: bool
    items: int
    """Items in force today that stand on it."""


class ModeOut(Out):
    """One way of handling the item elsewhere."""

    scope: str
    mode: str
    scope_words: str
    mode_words: str
    divisions: list[str]
    taken_in_by: str
    decided_by: str
    delivered_by: str
    materials_travel: str
    agreement: str
    path: str
    """Who takes in, who decides, who delivers and how materials travel, in words."""
    is_valid: bool
    """False: it stands on an agreement that is unknown or not in force on the day."""


class CrossRegionItemOut(Out):
    item_id: UUID
    name: str
    item_code: str
    department: str
    department_name: str
    division: str
    version: int
    cross_region: str
    modes: list[ModeOut]


class CrossRegionCountOut(Out):
    scope: str
    scope_words: str
    mode: str
    mode_words: str
    items: int


class CrossRegionSummaryOut(Page[CrossRegionCountOut]):
    on: date
    items: int
    """Items open to handling elsewhere."""
    items_with_modes: int
    items_without_modes: int
    """Those that say how far they reach and not how: listed by `/cross-region/faults`."""


class CrossRegionFaultOut(Out):
    item_id: UUID
    name: str
    item_code: str
    department: str
    department_name: str
    division: str
    faults: list[dict[str, str]]

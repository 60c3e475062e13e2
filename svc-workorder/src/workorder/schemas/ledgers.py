"""Monthly sheets as they go out through the HTTP door."""

from datetime import date, datetime

from chassis.schemas import Out


class LedgerLineOut(Out):
    """Counts by measure and shares by rate; empty `type` and `division`: all together."""

    division: str
    type: str
    counts: dict[str, int]
    rates: dict[str, float | None]


class LedgerDepartmentOut(LedgerLineOut):
    """One department's sheet of one kind."""

    kind: str
    department: str
    """Empty: with no department, answered or still to be dispatched by the hotline."""
    records_url: str
    """The orders behind it: add `&figure=` and a measure's or a rate's code."""
    lines: list[LedgerLineOut]


class LedgerOut(Out):
    """A month's sheet."""

    first_day: date
    last_day: date
    kind: str
    division: str
    as_of: datetime
    total: LedgerLineOut
    departments: list[LedgerDepartmentOut]

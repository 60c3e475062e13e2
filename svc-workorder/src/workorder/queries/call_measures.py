"""What is counted of telephone calls (接通率): one definition for the figures and the list that they open down to."""

from typing import Literal

from sqlalchemy import ColumnElement, or_

from chassis.indicators import Period
from workorder.tables import calls

RING_SECONDS_MAX = 15
CallFigure = Literal["offered", "answered", "answered_in_time"]


def calls_of(figure: CallFigure, period: Period) -> list[ColumnElement[bool]]:
    """Calls that were offered in the period and are settled: answered, or given up; of these, the answered ones."""
    t = calls.c
    found = [
        *period.conditions(at=t.offered_at),
        or_(t.answered_at.is_not(None), t.state == "abandoned"),
    ]
    if figure != "offered":
        found.append(t.answered_at.is_not(None))
    if figure == "answered_in_time":
        found.append(t.ring_seconds <= RING_SECONDS_MAX)
    return found

"""Days' figures of channels, one or many at a time: what may be kept is judged first, then kept. Never commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from catalog.domain.channels import (
    MEASURES,
    CorrectionReasonError,
    CumulativeFallsError,
    FiguresSaid,
    RowTwiceError,
    Span,
    check_day_figures,
    falling,
    may_report,
)
from catalog.repository.channels import get_channel, neighbours
from catalog.tables.channels import channel_alarms, channel_figures
from chassis.clock import local_date
from chassis.errors import ProblemError
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.catalog import ChannelFiguresReported
from contracts.vocabulary import Role

Key = tuple[date, str]
"""A day and a division; no division: the channel as a whole."""


@dataclass(kw_only=True)
class Judged:
    """What is said of one channel, beside what is known: nothing is written yet."""

    channel: str
    said: Sequence[FiguresSaid]
    known: Mapping[Key, Row[Any]]
    problems: dict[int, ProblemError] = field(default_factory=dict)
    """Why a row cannot be kept, by its place in `said`."""

    def outcome(self, place: int) -> str:
        """`reported`, `corrected`, `unchanged`; of a row with a problem `refused`."""
        if place in self.problems:
            return "refused"
        said = self.said[place]
        before = self.known.get((said.day, said.division))
        if before is None:
            return "reported"
        return "unchanged" if _is_same(before, said) else "corrected"


async def judge_figures(
    tx: Transaction, channel: str, said: Sequence[FiguresSaid], *, scopes: frozenset[str]
) -> Judged:
    """The channel, locked until the end, and what cannot be kept of what is said of it.

    Raises ChannelNotYoursError and NotFoundError, which concern all of it.
    """
    may_report(channel, is_partner=Role.PARTNER in tx.principal.roles, scopes=scopes)
    row = await get_channel(tx, channel)
    span = Span(since=row.since, until=row.until)
    days = sorted({each.day for each in said})
    judged = Judged(channel=channel, said=said, known=await _known(tx, channel, days))
    today, seen = local_date(tx.now), set[Key]()
    for place, each in enumerate(said):
        problem = _problem(each, judged, today=today, span=span, is_twice=each.key in seen)
        seen.add(each.key)
        if problem is not None:
            judged.problems[place] = problem
    await _judge_course(tx, judged, await tx.rule("channel-measures"))
    return judged


def _problem(
    said: FiguresSaid, judged: Judged, *, today: date, span: Span, is_twice: bool
) -> ProblemError | None:
    if is_twice:
        return RowTwiceError()
    try:
        check_day_figures(said.day, said.figures, today=today, span=span)
    except ProblemError as problem:
        return problem
    before = judged.known.get(said.key)
    if before is not None and not said.reason and not _is_same(before, said):
        return CorrectionReasonError()
    return None


async def _judge_course(tx: Transaction, judged: Judged, kinds: Mapping[str, str]) -> None:
    """Refuse a cumulative measure of the whole channel that falls, unless a reason is given."""
    fresh = {
        each.day: place
        for place, each in enumerate(judged.said)
        if not each.division and place not in judged.problems
    }
    if not fresh:
        return
    course: dict[date, Mapping[str, Any]] = {}
    for place_known in (min(fresh), max(fresh)):
        for near in await neighbours(tx, judged.channel, place_known):
            if near is not None:
                course[near["day"]] = near
    known = await _between(tx, judged.channel, min(fresh), max(fresh))
    course |= {row.day: row._mapping for row in known}
    course |= {day: judged.said[place].figures for day, place in fresh.items()}
    ordered = sorted(course)
    for number, day in enumerate(ordered):
        if day not in fresh or judged.said[fresh[day]].reason:
            continue
        faults = falling(
            course[day],
            before=course[ordered[number - 1]] if number else None,
            after=course[ordered[number + 1]] if number + 1 < len(ordered) else None,
            kinds=kinds,
        )
        if faults:
            judged.problems[fresh[day]] = CumulativeFallsError(faults=tuple(faults))


async def keep_figures(tx: Transaction, judged: Judged) -> None:
    """Keep what can be kept; an earlier report of the same day stays, and counts no more. Each day is told once."""
    places = [
        place
        for place in range(len(judged.said))
        if judged.outcome(place) in {"reported", "corrected"}
    ]
    replaced = [
        judged.known[judged.said[place].key].id
        for place in places
        if judged.said[place].key in judged.known
    ]
    if replaced:
        t = channel_figures
        await tx.execute(update(t).where(t.c.id.in_(replaced)).values(is_current=False))
    ids = {place: new_id() for place in places}
    rows = [_columns(tx, judged, judged.said[place], ids[place]) for place in places]
    await tx.insert_many(channel_figures, rows)
    kept = {place for place in range(len(judged.said)) if place not in judged.problems}
    whole = {judged.said[p].day: judged.said[p] for p in kept if not judged.said[p].division}
    await _close_alarms(tx, judged.channel, whole)
    _tell(tx, judged.channel, whole, {judged.said[place].day: id for place, id in ids.items()})


def _columns(tx: Transaction, judged: Judged, said: FiguresSaid, id: UUID) -> dict[str, Any]:
    before = judged.known.get(said.key)
    return {
        "id": id,
        "channel": judged.channel,
        "day": said.day,
        "division": said.division,
        **{measure: said.figures.get(measure) for measure in MEASURES},
        "number": 1 if before is None else before.number + 1,
        "is_current": True,
        "reporter_kind": tx.principal.kind,
        "reported_by": tx.principal.subject,
        "reason": said.reason,
        "reported_at": tx.now,
    }


def _tell(
    tx: Transaction, channel: str, whole: Mapping[date, FiguresSaid], changed: Mapping[date, UUID]
) -> None:
    for day, report_id in changed.items():
        if day not in whole:
            continue
        figures = whole[day].figures
        fact = ChannelFiguresReported(
            channel=channel,
            day=day,
            users=figures.get("users"),
            visits=figures.get("visits"),
            cases=figures.get("cases"),
            reported_at=tx.now,
        )
        tx.tell(fact, aggregate_id=report_id, sequence=1)


def _is_same(row: Row[Any], said: FiguresSaid) -> bool:
    return all(getattr(row, measure) == said.figures.get(measure) for measure in MEASURES)


async def _known(tx: Transaction, channel: str, days: Sequence[date]) -> dict[Key, Row[Any]]:
    """What counts of these days."""
    t = channel_figures.c
    statement = select(channel_figures).where(t.channel == channel, t.day.in_(days), t.is_current)
    return {(row.day, row.division): row for row in await tx.all(statement)}


async def _between(tx: Transaction, channel: str, first: date, last: date) -> Sequence[Row[Any]]:
    t = channel_figures.c
    return await tx.all(
        select(channel_figures).where(
            t.channel == channel, t.division == "", t.is_current, t.day.between(first, last)
        )
    )


async def _close_alarms(tx: Transaction, channel: str, days: Iterable[date]) -> None:
    """The days' figures have come."""
    t = channel_alarms.c
    await tx.execute(
        update(channel_alarms)
        .where(t.channel == channel, t.day.in_(list(days)), t.closed_at.is_(None))
        .values(closed_at=tx.now)
    )

"""Reads of channels: what is live where, what is missing, and what they reported; they never write."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from catalog.queries.history import in_force_on, open_on
from catalog.repository.channels import first_live_days
from catalog.tables.channels import channel_alarms, channel_figures, channels, live_items
from catalog.tables.history import item_spans
from catalog.tables.items import divisions, published_items
from chassis.identity import subtree_prefix
from chassis.indicators import Period
from chassis.transaction import Transaction

Booked = Mapping[str, bool]
"""Every channel by code: whether it had given a live list of its own by the day asked for."""


async def booked_by(tx: Transaction, day: date) -> Booked:
    """Which channels had a book of their own by the end of a day; for the others the guides' claims count."""
    first = await first_live_days(tx)
    rows = await tx.all(select(channels.c.code))
    return {row.code: row.code in first and first[row.code] <= day for row in rows}


def one_channel(code: str) -> Select[Any]:
    return select(channels).where(channels.c.code == code)


def live_on(day: date) -> list[ColumnElement[bool]]:
    """Live at the end of a day."""
    return [open_on(live_items.c.live_from, live_items.c.live_until, day)]


def items_live(booked: Booked, channel: str, period: Period, day: date) -> Select[Any]:
    """Items in force and live on a channel (any of them: empty) at the end of a day, each once, by item id."""
    t = item_spans.c
    return (
        select(
            t.item_id,
            t.number,
            t.department,
            t.division,
            published_items.c.name,
            published_items.c.item_code,
            published_items.c.department_name,
            _live_channels(day).label("live_on"),
            t.channels.label("claimed_on"),
        )
        .join(published_items, published_items.c.id == t.item_id)
        .where(*_live_conditions(booked, channel, period, day))
    )


async def count_live(
    tx: Transaction, booked: Booked, channel: str, period: Period, day: date
) -> tuple[int, int]:
    """How many items are live, and of how many departments."""
    t = item_spans.c
    statement = select(
        func.count(t.item_id.distinct()).label("items"),
        func.count(t.department.distinct()).label("departments"),
    ).where(*_live_conditions(booked, channel, period, day))
    row = (await tx.all(statement))[0]
    return int(row.items), int(row.departments)


def departments_live(booked: Booked, channel: str, period: Period, day: date) -> Select[Any]:
    """Departments with items live on a channel (any of them: empty) at the end of a day, each with how many."""
    listed = items_live(booked, channel, period, day).subquery()
    return select(
        listed.c.department,
        func.max(listed.c.department_name).label("name"),
        func.count(listed.c.item_id.distinct()).label("items"),
    ).group_by(listed.c.department)


def _live_conditions(
    booked: Booked, channel: str, period: Period, day: date
) -> list[ColumnElement[bool]]:
    t = item_spans.c
    found = [in_force_on(day)]
    if period.division:
        found.append(t.division.startswith(subtree_prefix(period.division), autoescape=True))
    if period.department:
        found.append(t.department == period.department)
    wanted = {channel: booked.get(channel, False)} if channel else booked
    by_book = [code for code, has_book in wanted.items() if has_book]
    by_claim = [code for code, has_book in wanted.items() if not has_book]
    ways: list[ColumnElement[bool]] = []
    if by_book:
        live = select(live_items.c.item_id).where(live_items.c.channel.in_(by_book), *live_on(day))
        ways.append(t.item_id.in_(live))
    if by_claim and len(by_claim) == 1:
        ways.append(t.channels.contains(by_claim))
    elif by_claim:
        ways.append(t.channels.overlap(by_claim))
    return [*found, or_(*ways) if ways else literal(False)]


def _live_channels(day: date) -> ColumnElement[Any]:
    return (
        select(func.array_agg(live_items.c.channel.distinct(), type_=ARRAY(String)))
        .where(live_items.c.item_id == item_spans.c.item_id, *live_on(day))
        .scalar_subquery()
    )


def live_rows(
    channel: str, period: Period, day: date, *, is_ended_shown: bool = False
) -> Select[Any]:
    """The book of a channel row by row: item, where, from when until when, who reported it."""
    t = live_items.c
    found: list[ColumnElement[bool]] = [t.channel == channel]
    if not is_ended_shown:
        found.extend(live_on(day))
    if period.division:
        found.append(t.division.startswith(subtree_prefix(period.division), autoescape=True))
    if period.department:
        found.append(published_items.c.department == period.department)
    return (
        select(
            live_items,
            published_items.c.name,
            published_items.c.item_code,
            published_items.c.department,
            published_items.c.department_name,
        )
        .join(published_items, published_items.c.id == t.item_id)
        .where(*found)
    )


def differences(channel: str, kind: str, period: Period, day: date) -> Select[Any]:
    """Where the guides' claims and the channel's own list disagree at the end of a day."""
    p, s = published_items.c, item_spans.c
    is_live = exists().where(
        live_items.c.item_id == p.id, live_items.c.channel == channel, *live_on(day)
    )
    is_claimed = s.channels.contains([channel])
    in_force = s.item_id.is_not(None)
    said = case(
        (and_(in_force, is_claimed, ~is_live), "claimed-not-live"),
        (and_(in_force, ~is_claimed, is_live), "live-not-claimed"),
        (and_(~in_force, is_live), "live-not-in-force"),
    )
    found: list[ColumnElement[bool]] = [said.is_not(None) if not kind else said == kind]
    if period.division:
        found.append(p.division.startswith(subtree_prefix(period.division), autoescape=True))
    if period.department:
        found.append(p.department == period.department)
    return (
        select(
            p.id,
            p.name,
            p.item_code,
            p.department,
            p.department_name,
            p.division,
            said.label("kind"),
        )
        .outerjoin(item_spans, and_(s.item_id == p.id, in_force_on(day)))
        .where(*found)
    )


def coverage(
    channel: str, division: str, level: str, day: date, *, missing_only: bool
) -> Select[Any]:
    """By division of a level: how many of the channel's items are for it, and how many are live there."""
    live = _places_live(channel, day)
    here = live.c.here.is_(True)
    expected = func.count(live.c.item_id.distinct())
    found = func.count(live.c.item_id.distinct()).filter(here)
    statement = (
        select(
            divisions.c.code,
            divisions.c.name,
            expected.label("expected"),
            found.label("live"),
        )
        .outerjoin(live, live.c.code == divisions.c.code)
        .where(*_of_level(division, level))
        .group_by(divisions.c.code, divisions.c.name)
    )
    return statement.having(or_(found < expected, expected == 0)) if missing_only else statement


def _places_live(channel: str, day: date) -> Any:
    """Every division with each live item that is for it, and whether it is live there."""
    t = live_items.c
    return (
        select(
            divisions.c.code,
            t.item_id,
            func.starts_with(divisions.c.code, t.place_prefix).label("here"),
        )
        .join(live_items, func.starts_with(divisions.c.code, t.item_prefix))
        .where(t.channel == channel, *live_on(day))
        .subquery()
    )


def _of_level(division: str, level: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        divisions.c.level == level,
        divisions.c.kind == "administrative",
    ]
    if division:
        found.append(divisions.c.code.startswith(subtree_prefix(division), autoescape=True))
    return found


def missing_in(channel: str, division: str, day: date) -> Select[Any]:
    """Items live on the channel elsewhere that are for this division too, and are not live in it."""
    t = live_items.c
    here = select(t.item_id).where(
        t.channel == channel, *live_on(day), literal(division).startswith(t.place_prefix)
    )
    anywhere = select(t.item_id).where(
        t.channel == channel, *live_on(day), literal(division).startswith(t.item_prefix)
    )
    p = published_items.c
    return select(p.id, p.name, p.item_code, p.department, p.department_name, p.division).where(
        p.id.in_(anywhere), p.id.not_in(here)
    )


def figures_reported(
    channel: str, period: Period, *, whole: bool = False, current: bool = True
) -> Select[Any]:
    """Reports of days, newest day first; a division's own rows when one is named."""
    t = channel_figures.c
    found: list[ColumnElement[bool]] = []
    if channel:
        found.append(t.channel == channel)
    if current:
        found.append(t.is_current)
    if period.division or whole:
        found.append(t.division == period.division)
    if period.first_day is not None:
        found.append(t.day >= period.first_day)
    if period.last_day is not None:
        found.append(t.day <= period.last_day)
    return select(channel_figures).where(*found)


async def figures_by_day(
    tx: Transaction, codes: Sequence[str], first: date, last: date, division: str
) -> dict[str, dict[date, Mapping[str, Any]]]:
    """What counts of each day, by channel."""
    t = channel_figures.c
    statement = select(channel_figures).where(
        t.channel.in_(codes),
        t.division == division,
        t.day >= first,
        t.day <= last,
        t.is_current,
    )
    found: dict[str, dict[date, Mapping[str, Any]]] = {code: {} for code in codes}
    for row in await tx.all(statement):
        found[row.channel][row.day] = {
            "users": row.users,
            "visits": row.visits,
            "cases": row.cases,
            "number": row.number,
            "reporter_kind": row.reporter_kind,
            "reported_at": row.reported_at,
        }
    return found


def days_missing(channel: str, last: date, *, first: date | None = None) -> Select[Any]:
    """Days on which a channel was due to report and did not, with the alarm that was raised, newest day first."""
    c, f = channels.c, channel_figures.c
    end = func.least(func.coalesce(c.until - 1, last), last, type_=Date)
    steps = (
        func.generate_series(0, end - c.figures_from)
        .table_valued("step", name="d")
        .render_derived()
    )
    day = cast(c.figures_from + cast(steps.c.step, Integer), Date)
    wanted: list[ColumnElement[bool]] = [c.figures_from.is_not(None), c.figures_from <= last]
    if channel:
        wanted.append(c.code == channel)
    due = (
        select(c.code.label("channel"), c.name, day.label("day"))
        .select_from(channels.join(steps, true()))
        .where(*wanted)
        .subquery()
    )
    is_there = exists().where(
        f.channel == due.c.channel, f.day == due.c.day, f.division == "", f.is_current
    )
    statement = (
        select(due.c.channel, due.c.name, due.c.day, channel_alarms.c.raised_at)
        .outerjoin(
            channel_alarms,
            and_(channel_alarms.c.channel == due.c.channel, channel_alarms.c.day == due.c.day),
        )
        .where(~is_there)
    )
    return statement if first is None else statement.where(due.c.day >= first)

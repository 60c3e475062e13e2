"""Channels, what is live on them and what they report, in and out of PostgreSQL. Never commits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.tables.channels import (
    channel_alarms,
    channel_figures,
    channel_steps,
    channels,
    live_items,
)
from catalog.tables.items import published_items
from chassis.errors import NotFoundError
from chassis.steps import add_step, step_row
from chassis.transaction import Transaction


async def get_channel(tx: Transaction, code: str) -> Row[Any]:
    """A channel, locked until the end, so that reports on it come one after another; raises NotFoundError."""
    statement = select(channels).where(channels.c.code == code).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError(
            "没有这个渠道，请先由系统管理员登记",
            "There is no such channel; have it registered first",
            code="no-such-channel",
        )
    return row


def add_channel(tx: Transaction, values: Mapping[str, Any], *, reason: str) -> None:
    tx.insert(channels, **values, version=1, changed_at=tx.now)
    _channel_step(tx, str(values["code"]), "registered", reason)


def store_channel(
    tx: Transaction, code: str, values: Mapping[str, Any], *, seen: int, reason: str
) -> None:
    """Raises PreconditionError at the end when somebody was faster."""
    match = {"code": code, "version": seen}
    tx.update(channels, match=match, **values, version=seen + 1, changed_at=tx.now)
    _channel_step(tx, code, "changed", reason)


def _channel_step(tx: Transaction, code: str, step: str, reason: str) -> None:
    of = {"kind": "channel", "of_id": code}
    add_step(tx, channel_steps, of=of, step=step, state="registered", reason=reason)


async def items_named(
    tx: Transaction, ids: Collection[UUID], codes: Collection[str]
) -> Sequence[Row[Any]]:
    """Items that were published once, by id or by a code they are known by."""
    t = published_items.c
    statement = select(
        t.id, t.item_code, t.original_code, t.department, t.division, t.is_open
    ).where(or_(t.id.in_(ids), t.item_code.in_(codes), t.original_code.in_(codes)))
    return await tx.all(statement)


async def open_live_rows(tx: Transaction, channel: str, department: str) -> Sequence[Row[Any]]:
    """What is live on a channel with no end, of one department's items, or of all when none is named."""
    statement = select(live_items).where(
        live_items.c.channel == channel, live_items.c.live_until.is_(None)
    )
    if department:
        own = select(published_items.c.id).where(published_items.c.department == department)
        statement = statement.where(live_items.c.item_id.in_(own))
    return await tx.all(statement)


async def add_live_rows(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await tx.execute(insert(live_items), list(rows))


async def change_live_row(tx: Transaction, live_id: UUID, **values: Any) -> None:
    await tx.execute(update(live_items).where(live_items.c.id == live_id).values(**values))


async def add_live_steps(
    tx: Transaction, changes: Sequence[tuple[UUID, str]], *, reason: str
) -> None:
    """One step for each live row that was made, corrected or ended."""
    rows = [
        step_row(
            tx,
            of={"kind": "live", "of_id": str(live_id)},
            step=step,
            state="ended" if step == "ended" else "live",
            reason=reason,
        )
        for live_id, step in changes
    ]
    if rows:
        await tx.execute(insert(channel_steps), rows)


async def neighbours(
    tx: Transaction, channel: str, day: date
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The reports of the channel as a whole nearest before and after a day."""
    t = channel_figures.c
    of = select(channel_figures).where(t.channel == channel, t.division == "", t.is_current)
    before = await tx.one_or_none(of.where(t.day < day).order_by(t.day.desc()).limit(1))
    after = await tx.one_or_none(of.where(t.day > day).order_by(t.day).limit(1))
    return (
        before._mapping if before is not None else None,  # type: ignore[return-value]  # a row reads as a mapping by name
        after._mapping if after is not None else None,
    )


async def raise_alarms(tx: Transaction, missing: Sequence[tuple[str, date]]) -> int:
    """One alarm a channel and day, however many processes look; returns how many are new."""
    if not missing:
        return 0
    rows = [{"channel": code, "day": day, "raised_at": tx.now} for code, day in missing]
    statement = (
        upsert(channel_alarms).values(rows).on_conflict_do_nothing().returning(channel_alarms.c.day)
    )
    return len(await tx.all(statement))


async def first_live_days(tx: Transaction) -> dict[str, date]:
    """By channel, the first day of its own live list; a channel that never gave one is not there."""
    t = live_items.c
    rows = await tx.all(select(t.channel, func.min(t.live_from).label("day")).group_by(t.channel))
    return {row.channel: row.day for row in rows}

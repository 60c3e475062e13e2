"""Reads of seats and of who waits (坐席看板)."""

from typing import Any

from sqlalchemy import func, select

from chassis.transaction import Transaction
from workorder.tables import agent_seats, calls, chats


async def board(tx: Transaction) -> dict[str, Any]:
    """How many seats stand how and where, how many wait, and the longest wait in seconds."""
    s = agent_seats.c
    rows = await tx.all(
        select(s.state, s.place, func.count().label("n")).group_by(s.state, s.place)
    )
    by_state = dict.fromkeys(("ready", "busy", "break", "off"), 0)
    by_place = {"hall": 0, "home": 0}
    for row in rows:
        by_state[row.state] += row.n
        if row.state != "off":
            by_place[row.place] += row.n
    chat = (
        await tx.all(
            select(func.count().label("n"), func.min(chats.c.last_said_at).label("since")).where(
                chats.c.state == "waiting"
            )
        )
    )[0]
    call = (
        await tx.all(
            select(func.count().label("n"), func.min(calls.c.offered_at).label("since")).where(
                calls.c.state == "queued"
            )
        )
    )[0]
    since = [each for each in (chat.since, call.since) if each is not None]
    longest = int((tx.now - min(since)).total_seconds()) if since else None
    return {
        "seats": by_state,
        "by_place": by_place,
        "waiting_chats": chat.n,
        "waiting_calls": call.n,
        "longest_wait_seconds": longest,
    }

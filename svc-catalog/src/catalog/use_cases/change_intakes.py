from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from catalog.repository.halls import (
    add_hall_step,
    add_intakes,
    check_items,
    check_place,
    end_intakes,
    get_hall,
    get_point,
    get_window,
    open_intakes,
    tell_hall_changed,
)
from chassis.clock import local_date
from chassis.errors import InvalidError
from chassis.ids import new_id
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class ChangeIntakes:
    """At a hall's window, or at the service point of a code. `add` and `end` are pairs of what and value."""

    hall: str | None = None
    window_id: UUID | None = None
    point: str = ""
    add: Sequence[tuple[str, str]]
    end: Sequence[tuple[str, str]]
    day: date | None
    reason: str


async def change_intakes(command: ChangeIntakes, tx: Transaction) -> tuple[int, int, int]:
    """What a place takes in from a day on, and what no longer; returns added, ended, unchanged.

    What is taken in already stays as it is.
    """
    place = await _place(command, tx)
    day = command.day or local_date(tx.now)
    known = await open_intakes(tx, place.id)
    wanted = dict.fromkeys(command.add)
    ids = {value: _item_id(value) for what, value in wanted if what == "item"}
    await check_items(tx, list(ids.values()))
    missing = [f"{what} {value}" for what, value in command.end if (what, value) not in known]
    if missing:
        raise InvalidError(
            f"这些内容目前未受理，无法停止：{'、'.join(missing[:20])}",
            f"Not taken in at present: {', '.join(missing[:20])}; read the list again",
            code="intake-unknown",
        )
    added = [pair for pair in wanted if pair not in known]
    rows = [
        {
            "id": new_id(),
            "place_kind": place.kind,
            "place_id": place.id,
            "division": place.division,
            "what": what,
            "value": str(ids[value]) if what == "item" else value,
            "item_id": ids[value] if what == "item" else None,
            "from_day": day,
            "until_day": None,
        }
        for what, value in added
    ]
    ended = [known[pair].id for pair in dict.fromkeys(command.end)]
    await end_intakes(tx, ended, day)
    await add_intakes(tx, rows)
    if rows or ended:
        state = f"+{len(rows)} -{len(ended)}"
        of_id = str(place.id)
        kind = "window" if place.kind == "window" else "point"
        add_hall_step(tx, kind, of_id, step="intakes-changed", state=state, reason=command.reason)
        if place.hall is not None:
            await tell_hall_changed(tx, place.hall, division=place.division)
    return len(rows), len(ended), len(wanted) - len(rows)


@dataclass(frozen=True)
class _Place:
    kind: str
    id: UUID
    division: str
    hall: str | None


async def _place(command: ChangeIntakes, tx: Transaction) -> _Place:
    """The place, locked and within the caller's reach."""
    if command.hall is not None and command.window_id is not None:
        hall = await get_hall(tx, command.hall)
        window = await get_window(tx, command.hall, command.window_id)
        return _Place("window", window.id, hall.division, hall.code)
    point = await get_point(tx, command.point)
    check_place(tx, point.hall)
    return _Place(point.kind, point.id, point.division, None)


def _item_id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise InvalidError(
            f"“{value[:64]}”不是事项 id，请填写事项的 id（UUID）",
            f"{value[:64]} is no item id; give the item's UUID",
            code="item-unknown",
        ) from None

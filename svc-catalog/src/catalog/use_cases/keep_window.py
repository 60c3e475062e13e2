from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from catalog.repository.halls import (
    add_hall_step,
    end_place_intakes,
    get_hall,
    get_window,
    tell_hall_changed,
)
from catalog.tables.halls import hall_windows
from chassis.clock import local_date
from chassis.errors import InvalidError
from chassis.ids import new_id
from chassis.transaction import Transaction


async def keep_window(
    code: str,
    values: Mapping[str, Any],
    tx: Transaction,
    *,
    reason: str,
    window_id: UUID | None = None,
) -> UUID:
    """Open a window, or change one; a window that closes takes nothing in from that day on."""
    hall = await get_hall(tx, code)
    opened = values["opened_on"]
    if window_id is None:
        opened = opened or local_date(tx.now)
        _check_days(opened, values["closed_on"])
        window_id = new_id()
        columns = {**values, "opened_on": opened}
        tx.insert(hall_windows, id=window_id, hall=code, version=1, changed_at=tx.now, **columns)
        step = "opened"
    else:
        before = await get_window(tx, code, window_id)
        tx.expect(before.version)
        opened = opened or before.opened_on
        _check_days(opened, values["closed_on"])
        tx.update(
            hall_windows,
            match={"id": window_id, "version": before.version},
            **{**values, "opened_on": opened},
            version=before.version + 1,
            changed_at=tx.now,
        )
        step = "changed"
    if values["closed_on"] is not None:
        await end_place_intakes(tx, window_id, values["closed_on"])
        step = "closed"
    add_hall_step(tx, "window", str(window_id), step=step, state=step, reason=reason)
    await tell_hall_changed(tx, code, division=hall.division)
    return window_id


def _check_days(opened: date, closed: date | None) -> None:
    if closed is not None and closed < opened:
        raise InvalidError(
            "窗口停用日期早于启用日期，请核对",
            "The window would close before it opens; check the days",
            code="window-days-reversed",
        )

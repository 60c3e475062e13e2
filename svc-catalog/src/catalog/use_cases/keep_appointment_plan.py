from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.repository.halls import add_hall_step, check_items, get_hall, get_row, get_window
from catalog.tables.halls import appointment_plans
from chassis.clock import local_date
from chassis.errors import NotFoundError
from chassis.ids import new_id
from chassis.transaction import Transaction


async def keep_appointment_plan(
    hall: str,
    values: Mapping[str, Any],
    tx: Transaction,
    *,
    reason: str,
    plan_id: UUID | None = None,
) -> UUID:
    """Offer something to book at a hall, or change the offer. What is booked stays booked, also past a smaller capacity."""
    await get_hall(tx, hall)
    if values["window_id"] is not None:
        await get_window(tx, hall, values["window_id"])
    await check_items(tx, values["item_ids"])
    columns = {**values, "item_ids": list(values["item_ids"])}
    if plan_id is None:
        plan_id = new_id()
        columns["from_day"] = columns["from_day"] or local_date(tx.now)
        tx.insert(appointment_plans, id=plan_id, hall=hall, version=1, changed_at=tx.now, **columns)
        add_hall_step(tx, "plan", str(plan_id), step="offered", state="offered", reason=reason)
        return plan_id
    before = await get_row(tx, appointment_plans, plan_id)
    if before.hall != hall:
        raise NotFoundError
    tx.expect(before.version)
    columns["from_day"] = columns["from_day"] or before.from_day
    tx.update(
        appointment_plans,
        match={"id": plan_id, "version": before.version},
        **columns,
        version=before.version + 1,
        changed_at=tx.now,
    )
    add_hall_step(tx, "plan", str(plan_id), step="changed", state="offered", reason=reason)
    return plan_id

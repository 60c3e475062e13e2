from datetime import datetime
from uuid import UUID

from catalog.domain.appointments import AppointmentState, check_change, slot_at
from catalog.repository.appointments import (
    booking_rules,
    check_none_open,
    free_place,
    get_appointment,
    get_plan,
    store_appointment,
    take_place,
    tell_booked,
)
from catalog.repository.halls import city_calendar, schedule_of_hall
from chassis.clock import local_date
from chassis.errors import InvalidError
from chassis.transaction import Transaction


async def move_appointment(
    appointment_id: UUID, plan_id: UUID | None, starts_at: datetime, tx: Transaction
) -> None:
    """Another slot for the same appointment in one step: the new place is taken and the old one freed, or neither."""
    row = await get_appointment(tx, appointment_id)
    tx.expect(row.version)
    rules = await booking_rules(tx)
    check_change(row.state, row.starts_at, now=tx.now, rules=rules)
    plan, offer = await get_plan(tx, plan_id or row.plan_id)
    if offer.item_ids and row.item_id not in offer.item_ids:
        raise InvalidError(
            "该预约项目不受理原预约的事项，请改选其他预约项目",
            "This offer is not for the appointment's item; choose another offer",
            code="item-not-offered",
        )
    slot = slot_at(
        starts_at,
        plan,
        schedule=await schedule_of_hall(tx, plan.hall, since=local_date(tx.now)),
        calendar=await city_calendar(tx),
        now=tx.now,
        rules=rules,
    )
    day = local_date(slot.starts_at)
    subject = str(row.item_id or f"plan {plan.id}")
    if (subject, day) != (row.subject, row.day):
        await check_none_open(tx, row.applicant_id, subject, day)
    old, new = (row.plan_id, row.starts_at), (plan.id, slot.starts_at)
    # Always in one order, so that two who change places do not wait for each other.
    if new < old:
        await take_place(tx, plan, slot)
        await free_place(tx, *old)
    elif new > old:
        await free_place(tx, *old)
        await take_place(tx, plan, slot)
    version = store_appointment(
        tx,
        row,
        step="moved",
        state=AppointmentState.BOOKED,
        reason=f"{row.starts_at.isoformat()} → {slot.starts_at.isoformat()}",
        plan_id=plan.id,
        hall=plan.hall,
        subject=subject,
        day=day,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
    tell_booked(
        tx,
        row.id,
        hall=plan.hall,
        item_id=row.item_id,
        starts_at=slot.starts_at,
        sequence=version,
        division=offer.division,
    )
    await tx.flush()

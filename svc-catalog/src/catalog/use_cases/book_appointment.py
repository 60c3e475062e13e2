from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from catalog.domain.appointments import (
    AppointmentState,
    BookingRules,
    blocked_until,
    slot_at,
)
from catalog.repository.appointments import (
    NAME_CONTEXT,
    PHONE_CONTEXT,
    add_appointment,
    add_appointment_step,
    booking_rules,
    check_none_open,
    get_plan,
    missed_since,
    take_place,
    tell_booked,
)
from catalog.repository.halls import check_items, city_calendar, schedule_of_hall
from chassis.clock import local_date
from chassis.errors import ConflictError, InvalidError
from chassis.ids import new_id
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class BookAppointment:
    plan_id: UUID
    starts_at: datetime
    item_id: UUID | None
    name: str
    phone: str


async def book_appointment(command: BookAppointment, tx: Transaction) -> UUID:
    """Take one place for the caller, or for whom the caller stands; raises ConflictError when there is none."""
    rules = await booking_rules(tx)
    owner = tx.principal.owner_id
    await _check_not_blocked(tx, owner, rules)
    plan, row = await get_plan(tx, command.plan_id)
    await _check_item(tx, command.item_id, row.item_ids)
    slot = slot_at(
        command.starts_at,
        plan,
        schedule=await schedule_of_hall(tx, plan.hall, since=local_date(tx.now)),
        calendar=await city_calendar(tx),
        now=tx.now,
        rules=rules,
    )
    day = local_date(slot.starts_at)
    subject = str(command.item_id or f"plan {plan.id}")
    await check_none_open(tx, owner, subject, day)
    await take_place(tx, plan, slot)
    appointment_id = new_id()
    add_appointment(
        tx,
        {
            "id": appointment_id,
            "plan_id": plan.id,
            "hall": plan.hall,
            "item_id": command.item_id,
            "applicant_id": owner,
            "is_by_proxy": bool(tx.principal.on_behalf_of),
            "subject": subject,
            "day": day,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "state": AppointmentState.BOOKED,
            "name": tx.keyring.encrypt(command.name, context=NAME_CONTEXT),
            "phone": tx.keyring.encrypt(command.phone, context=PHONE_CONTEXT),
            "booked_at": tx.now,
            "cancelled_by": "",
            "reason": "",
            "version": 1,
        },
    )
    add_appointment_step(tx, appointment_id, step="booked", state="booked", reason="")
    tell_booked(
        tx,
        appointment_id,
        hall=plan.hall,
        item_id=command.item_id,
        starts_at=slot.starts_at,
        sequence=1,
        division=row.division,
    )
    await tx.flush()
    return appointment_id


async def _check_not_blocked(tx: Transaction, owner: str, rules: BookingRules) -> None:
    missed = await missed_since(tx, owner, tx.now - timedelta(days=rules.no_show_days))
    until = blocked_until(missed, rules=rules)
    if until is not None and until > tx.now:
        raise ConflictError(
            f"近期已有 {len(missed)} 次预约未到，{local_date(until)} 前暂停网上预约，可直接到大厅取号办理",
            f"{len(missed)} appointments were missed; booking opens again on {local_date(until)}. Come without one",
            code="booking-blocked",
        )


async def _check_item(tx: Transaction, item_id: UUID | None, offered: list[UUID]) -> None:
    if item_id is not None:
        await check_items(tx, [item_id])
    if offered and item_id not in offered:
        raise InvalidError(
            "该预约项目只受理指定事项，请在 item_id 中填写其中一项，或改选其他预约项目",
            "This offer is for certain items; name one of them in item_id, or choose another offer",
            code="item-not-offered",
        )

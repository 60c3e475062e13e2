from uuid import UUID

from catalog.domain.appointments import AppointmentState, check_in
from catalog.repository.appointments import booking_rules, get_appointment, store_appointment
from chassis.errors import NotFoundError
from chassis.transaction import Transaction


async def check_in_appointment(hall: str, appointment_id: UUID, tx: Transaction) -> None:
    """Whoever it was booked for has come; said by the hall's own staff."""
    row = await get_appointment(tx, appointment_id)
    if row.hall != hall:
        raise NotFoundError
    tx.expect(row.version)
    check_in(row.state, row.starts_at, row.ends_at, now=tx.now, rules=await booking_rules(tx))
    store_appointment(
        tx,
        row,
        step="checked-in",
        state=AppointmentState.CHECKED_IN,
        reason="",
        checked_in_at=tx.now,
    )
    await tx.flush()

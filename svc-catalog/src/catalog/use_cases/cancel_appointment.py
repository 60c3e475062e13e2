from uuid import UUID

from catalog.domain.appointments import check_change
from catalog.repository.appointments import booking_rules, cancel_rows, get_appointment, get_plan
from chassis.masking import mask_text
from chassis.transaction import Transaction


async def cancel_appointment(appointment_id: UUID, tx: Transaction, *, reason: str) -> None:
    """Its owner gives the place back, while there is time for somebody else to take it."""
    row = await get_appointment(tx, appointment_id)
    tx.expect(row.version)
    check_change(row.state, row.starts_at, now=tx.now, rules=await booking_rules(tx))
    _, offer = await get_plan(tx, row.plan_id)
    await cancel_rows(tx, [row], by="owner", reason=mask_text(reason), division=offer.division)
    await tx.flush()

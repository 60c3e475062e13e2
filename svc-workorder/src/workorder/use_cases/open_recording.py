from chassis.ids import new_id
from chassis.masking import mask_text
from chassis.transaction import Transaction
from workorder.repository.seats import call_of
from workorder.tables import recording_accesses


async def open_recording(call_id: str, purpose: str, tx: Transaction) -> str:
    """Where a call's recording is kept, for a purpose; opening it leaves a row. Empty when none was kept."""
    call = await call_of(tx, call_id)
    tx.insert(
        recording_accesses,
        id=new_id(),
        call_id=call.id,
        opened_by=tx.principal.subject,
        purpose=mask_text(purpose),
        opened_at=tx.now,
    )
    return call.recording_ref

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.exchange import add_batch_step, get_batch, note_receipt, store_batch


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the province says of one row."""

    order_number: str
    accepted: bool
    code: str = ""
    reason: str = ""


async def take_exchange_receipts(
    tx: Transaction, batch_id: UUID, receipts: Sequence[Receipt]
) -> tuple[int, int, list[str]]:
    """Keep the receipts of a batch; returns how many rows were accepted and rejected, and which were not waited for."""
    batch = await get_batch(tx, batch_id, is_locked=True)
    tx.expect(batch.version)
    counts, unknown = {True: 0, False: 0}, []
    for each in receipts:
        is_known = await note_receipt(
            tx,
            batch_id,
            each.order_number,
            accepted=each.accepted,
            code=each.code,
            reason=each.reason,
        )
        if is_known:
            counts[each.accepted] += 1
        else:
            unknown.append(each.order_number)
    store_batch(tx, batch, receipted_at=tx.now)
    said = f"接收 {counts[True]}，退回 {counts[False]}，未知 {len(unknown)}"
    add_batch_step(tx, batch_id, step="receipted", state="receipted", reason=said)
    return counts[True], counts[False], unknown

from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.known_items import drop_moves


async def call_off_move(adjustment_id: UUID, tx: Transaction) -> None:
    """An announced adjustment of powers is called off before its time: its items go on as they were."""
    await drop_moves(tx, adjustment_id=adjustment_id)

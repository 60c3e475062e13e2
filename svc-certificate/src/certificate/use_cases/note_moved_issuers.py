from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from certificate.repository.issuers import drop_issuers, keep_issuers
from certificate.repository.keeping import drop_moves, keep_moves
from chassis.transaction import Transaction
from contracts.events.catalog import MovedItem

IN_ANOTHERS_NAME = frozenset({"entrust", "carry-out-for"})
"""委托 and 代实施: done in the principal's name (行政许可法第二十四条 [V]), so that the principal issues as before."""


TAKE_BACK = "take-back"


@dataclass(frozen=True, kw_only=True)
class NoteMovedIssuers:
    adjustment_id: UUID
    power_code: str
    kind: str
    """Empty: not said yet; nothing is known of who issues until it is."""
    from_department: str
    items: tuple[MovedItem, ...]
    effective_at: datetime
    is_called_off: bool


async def note_moved_issuers(command: NoteMovedIssuers, tx: Transaction) -> None:
    """A power moves (职权调整): what receivers decide from that instant on they issue, and what is in force passes to them.

    What is in flight stays where it began.
    """
    if command.is_called_off or command.kind in IN_ANOTHERS_NAME:
        await drop_issuers(tx, command.adjustment_id)
        await drop_moves(tx, command.adjustment_id)
        return
    if not command.kind:
        return
    await keep_issuers(
        tx,
        command.items,
        adjustment_id=command.adjustment_id,
        power_code=command.power_code,
        from_department=command.from_department,
        since=command.effective_at,
    )
    await keep_moves(
        tx,
        command.items,
        adjustment_id=command.adjustment_id,
        power_code=command.power_code,
        from_department=command.from_department,
        since=command.effective_at,
        is_taken_back=command.kind == TAKE_BACK,
    )

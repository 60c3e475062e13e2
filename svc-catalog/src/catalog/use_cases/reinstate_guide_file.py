from catalog.domain.guide_files import FileNotWithdrawnError, FileWithdrawnElsewhereError
from catalog.repository.standards import get_file, reinstate_file, withdrawal_of
from chassis.transaction import Transaction


async def reinstate_guide_file(file_id: str, tx: Transaction, *, reason: str) -> None:
    """Show a file again that the department withdrew by mistake.

    Raises NotFoundError, FileNotWithdrawnError, FileWithdrawnElsewhereError.
    """
    row = await get_file(tx, file_id)
    withdrawal = await withdrawal_of(tx, file_id)
    if withdrawal is None:
        raise FileNotWithdrawnError
    if withdrawal.department != row.department:
        raise FileWithdrawnElsewhereError
    await reinstate_file(tx, row, reason=reason)

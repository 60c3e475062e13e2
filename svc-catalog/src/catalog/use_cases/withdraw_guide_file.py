from catalog.domain.guide_files import FileWithdrawnError
from catalog.repository.standards import get_file, withdraw_file, withdrawal_of
from chassis.transaction import Transaction


async def withdraw_guide_file(file_id: str, tx: Transaction, *, reason: str) -> None:
    """Show a sample or blank file to nobody from now on (撤下), such as one with somebody's data in it.

    Raises NotFoundError, FileWithdrawnError.
    """
    row = await get_file(tx, file_id)
    if await withdrawal_of(tx, file_id) is not None:
        raise FileWithdrawnError
    withdraw_file(tx, row, reason=reason)

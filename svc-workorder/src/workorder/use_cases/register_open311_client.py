from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.open311 import add_client


async def register_open311_client(tx: Transaction, *, name: str, division: str) -> tuple[UUID, str]:
    """Let an application write through Open311; its key is told once."""
    return add_client(tx, name=name, division=division)

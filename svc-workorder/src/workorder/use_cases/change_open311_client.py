from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.repository.open311 import set_enabled
from workorder.tables import open311_clients


async def change_open311_client(
    tx: Transaction, client_id: UUID, *, is_enabled: bool, reason: str
) -> Row[Any]:
    """Shut a client out, or let it in again; returns it as it was before."""
    t = open311_clients
    row = await tx.one_or_none(select(t).where(t.c.id == client_id).with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    set_enabled(tx, row, is_enabled=is_enabled, reason=reason)
    return row

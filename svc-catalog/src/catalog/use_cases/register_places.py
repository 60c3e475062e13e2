from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table

from catalog.repository.items import keep_places
from chassis.transaction import Transaction


async def register_places(table: Table, rows: Sequence[dict[str, Any]], tx: Transaction) -> int:
    """Register divisions, departments or halls, or correct those with the same code; returns how many."""
    await keep_places(tx, table, rows)
    return len({row["code"] for row in rows})

from collections.abc import Sequence
from typing import Any

from catalog.repository.powers import keep_types
from chassis.transaction import Transaction


async def register_power_types(rows: Sequence[dict[str, Any]], tx: Transaction) -> int:
    """Register power types (职权类型), or correct those with the same code; returns how many."""
    by_code = {row["code"]: {**row, "stages": list(row["stages"])} for row in rows}
    await keep_types(tx, [by_code[code] for code in sorted(by_code)])
    return len(by_code)

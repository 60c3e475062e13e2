from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from catalog.tables.powers import movable_powers
from chassis.ids import new_id
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Kept:
    added: int
    corrected: int
    unchanged: int


async def register_movable_powers(
    rows: Sequence[dict[str, Any]], source: str, tx: Transaction
) -> Kept:
    """Put entries in the directory of what may be moved to towns (指导目录), or correct those of the same serial."""
    known = {row.serial: row for row in await tx.all(select(movable_powers).with_for_update())}
    counts = {"added": 0, "corrected": 0, "unchanged": 0}
    for row in {row["serial"]: {**row, "source": source} for row in rows}.values():
        there = known.get(row["serial"])
        if there is None:
            tx.insert(movable_powers, id=new_id(), version=1, changed_at=tx.now, **row)
            counts["added"] += 1
        elif all(getattr(there, name) == value for name, value in row.items()):
            counts["unchanged"] += 1
        else:
            tx.update(
                movable_powers,
                match={"id": there.id, "version": there.version},
                version=there.version + 1,
                changed_at=tx.now,
                **row,
            )
            counts["corrected"] += 1
    return Kept(**counts)

from dataclasses import dataclass

from sqlalchemy import select

from chassis.transaction import Transaction
from workorder.tables import place_names


@dataclass(frozen=True, kw_only=True)
class KeepPlace:
    code: str
    name: str


async def keep_place(command: KeepPlace, tx: Transaction) -> bool:
    """Know a place by this name; False when it was known so already."""
    t = place_names.c
    known = await tx.scalar(select(t.name).where(t.code == command.code))
    if known == command.name:
        return False
    if known is None:
        tx.insert(place_names, code=command.code, name=command.name, loaded_at=tx.now)
    else:
        tx.update(place_names, match={"code": command.code}, name=command.name, loaded_at=tx.now)
    return True

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from certificate.domain.keeping import KeeperMove
from certificate.repository.keeping import (
    Passing,
    end_move,
    keeper_of_type,
    kept_piece,
    pass_on,
    types_of_power,
    words_of,
)
from chassis.transaction import Transaction

PIECE = 200


async def take_over_certificates(
    tx: Transaction, move: KeeperMove, *, after: UUID | None
) -> UUID | None:
    """One piece of what is in force passes to who has the power now; the last id looked at, None when all is done.

    Of several receivers each takes what lies within its division; what lies in none stays, to be handed over by hand.
    """
    types = await types_of_power(tx, move.power_code)
    rows = await kept_piece(tx, move, types, after=after, limit=PIECE)
    if not rows:
        await end_move(tx, move)
        return None
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault((row.type_code, row.division), []).append(row)
    for (type_code, division), group in groups.items():
        keeper = await keeper_of_type(
            tx, type_code=type_code, department=move.giver, division=division
        )
        if keeper is not None and keeper.department != move.giver:
            reason = words_of(group[0].keeper_name, keeper)
            await pass_on(tx, Passing(keeper=keeper, rows=group, reason=reason))
    last: UUID = rows[-1].id
    return last

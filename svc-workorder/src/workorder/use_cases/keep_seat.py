from sqlalchemy import update

from chassis.transaction import Transaction
from workorder.domain.seats import NoSeatError
from workorder.tables import agent_seats


async def keep_seat(tx: Transaction) -> None:
    """The agent's desk is still there (heartbeat). Raises NoSeatError when they are signed off."""
    t = agent_seats.c
    mine = update(agent_seats).where(t.agent == tx.principal.subject, t.state != "off")
    if (await tx.execute(mine.values(heard_at=tx.now))).rowcount == 0:
        raise NoSeatError

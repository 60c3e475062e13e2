from chassis.transaction import Transaction
from workorder.following import follow_all
from workorder.repository.kept_facts import Arrived, keep_fact


async def follow_fact(arrived: Arrived, tx: Transaction) -> int:
    """Move on all open work whose definition names this fact and which it is about; returns how much it was.

    Where there is none yet, the fact is kept for as long as the rule `kept-facts` says.
    """
    followed = await follow_all(tx, arrived.fact)
    if followed.first is None:
        await keep_fact(tx, arrived)
    return followed.moved

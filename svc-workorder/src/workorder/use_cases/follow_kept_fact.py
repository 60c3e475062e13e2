from uuid import UUID

from chassis.transaction import Transaction
from contracts.registry import ALL_FACTS
from workorder.following import follow_all
from workorder.repository.kept_facts import end_followed, end_unwanted, take_kept

FACTS = {fact.TYPE: fact for fact in ALL_FACTS}


async def follow_kept_fact(event_id: UUID, tx: Transaction) -> bool:
    """A fact that came before the work it is about moves that on now that it is open, as one that comes now would.

    Once: it ends in the commit in which the work goes on. False: it has ended, or another process has it in hand.
    """
    kept = await take_kept(tx, event_id)
    if kept is None or kept.fact not in FACTS:
        return False
    followed = await follow_all(tx, FACTS[kept.fact].read(kept.said))
    if followed.first is None:
        await end_unwanted(tx, event_id)
    else:
        await end_followed(tx, event_id, followed.first, moved=followed.moved)
    return True

from chassis.transaction import Transaction
from workorder.repository.kept_facts import end_expired


async def end_kept_facts(tx: Transaction) -> int:
    """Facts that waited in vain for as long as they may end, on record; returns how many."""
    return await end_expired(tx)

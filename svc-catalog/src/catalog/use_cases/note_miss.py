from catalog.repository.search import count_miss
from chassis.clock import CITY_ZONE
from chassis.transaction import Transaction


async def note_miss(query: str, tx: Transaction) -> None:
    """Count a query that found nothing, on its day; the caller is not kept."""
    await count_miss(tx, query, tx.now.astimezone(CITY_ZONE).date())

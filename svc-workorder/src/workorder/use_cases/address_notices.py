from chassis.transaction import Transaction
from workorder.domain.notices import QuietHours
from workorder.repository.calendar import working_days
from workorder.repository.notices import address_new

BATCH = 1_000


async def address_notices(tx: Transaction) -> int:
    """Say of new notices where they go and when they may ring; returns how many, at most BATCH.

    A reminder waits for the end of the quiet hours (免打扰); what is an emergency does not.
    """
    quiet = QuietHours.of(await tx.rule("notice-quiet-hours"))
    rings_at = quiet.over_at(tx.now, await working_days(tx))
    return await address_new(tx, rings_at=rings_at, most=BATCH)

from chassis.transaction import Transaction
from workorder.domain.notices import QuietHours
from workorder.repository.calendar import working_days
from workorder.repository.todos import mirror_what_waits


async def mirror_waits(tx: Transaction) -> int:
    """Bring the to-dos (待办) to what waits now; returns how many messages came of it.

    They come at once, because a list that is late is wrong; in quiet hours (免打扰) too, unless their rule says otherwise.
    """
    quiet = QuietHours.of(await tx.rule("notice-quiet-hours"))
    rings_at = quiet.over_at(tx.now, await working_days(tx)) if quiet.todos else tx.now
    return await mirror_what_waits(tx, rings_at=rings_at) or 0

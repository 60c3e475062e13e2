from collections.abc import Sequence

from chassis.consumers import Told
from chassis.envelope import Fact
from chassis.transaction import Transaction
from datashare.repository import hold_feed_order
from datashare.tables import feed_events


async def feed_facts(many: Sequence[Told[Fact]], tx: Transaction) -> None:
    """Put facts on the partners' feed, in the order of its positions; our own trace context stays inside."""
    await hold_feed_order(tx)
    for told in many:
        message = told.envelope.model_dump(mode="json", exclude={"traceparent"}, exclude_none=True)
        tx.insert(
            feed_events,
            event_id=told.event_id,
            type=told.envelope.type,
            division=told.division,
            department=told.department,
            aggregate_id=told.envelope.subject,
            told_at=told.envelope.time,
            message=message,
        )

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.notices import NothingToSendError, words_of
from workorder.domain.transfer import RESULT_WORDS
from workorder.repository.merged import seen_order
from workorder.repository.notices import add_endpoint_step, get_endpoint
from workorder.repository.work_orders import add_work_order_step
from workorder.tables import delivery_endpoints, notices

SENT = ("delivered", "failed", "waiting")
RANGE_MAX = 10_000
"""Notices sent again in one step."""


@dataclass(frozen=True, kw_only=True)
class Redelivery:
    endpoint_id: UUID
    since: datetime
    until: datetime
    only_failed: bool
    reason: str


async def redeliver_notice(notice_id: UUID, tx: Transaction) -> None:
    """Send one notice again, now, whatever became of it before; raises NotFoundError, NothingToSendError."""
    t, e = notices.c, delivery_endpoints.c
    joined = notices.join(delivery_endpoints, e.id == t.endpoint_id, isouter=True)
    columns = (t.position, t.state, t.kind, t.above_id, t.recipient, e.url)
    statement = select(*columns).select_from(joined).where(t.id == notice_id)
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    if not row.url:
        raise NothingToSendError
    state = "held" if row.state == "held" else "waiting"
    await tx.execute(
        update(notices)
        .where(t.position == row.position)
        .values(state=state, try_at=tx.now, tries=0)
    )
    if row.kind in RESULT_WORDS:
        # The order may have gone to another department since.
        async with tx.beyond_reach():
            order = await seen_order(tx, row.above_id)
        assert order is not None
        reason = f"重新推送 {row.recipient}：{words_of(row.kind)}"
        add_work_order_step(tx, order, step="result-told-again", reason=reason)


async def redeliver_notices(command: Redelivery, tx: Transaction) -> int:
    """Send again what an endpoint was to get in a time; returns how many, at most RANGE_MAX."""
    endpoint = await get_endpoint(tx, command.endpoint_id)
    t = notices.c
    states = ("failed",) if command.only_failed else SENT
    wanted = (
        select(t.position)
        .where(
            t.endpoint_id == endpoint.id,
            t.created_at >= command.since,
            t.created_at < command.until,
            t.state.in_(states),
        )
        .order_by(t.position)
        .limit(RANGE_MAX)
    )
    state = "waiting" if endpoint.state == "active" else "held"
    done = await tx.execute(
        update(notices)
        .where(t.position.in_(wanted.scalar_subquery()))
        .values(state=state, try_at=tx.now, tries=0)
    )
    add_endpoint_step(
        tx, endpoint.id, step="redelivered", state=endpoint.state, reason=command.reason
    )
    return done.rowcount

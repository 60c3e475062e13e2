"""Reconciliation with the province: what the books hold, what was sent, and what came back, day by day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from chassis.transaction import Transaction
from workorder.domain.exchange_push import PushState
from workorder.repository.exchange import of_day
from workorder.repository.exchange_push import is_at
from workorder.tables import exchange_batches, exchange_rows, work_orders

NAMED_MAX = 100
_b, _r = exchange_batches.c, exchange_rows.c


def batches_where(
    *, day_from: date | None, day_to: date | None, push: PushState | None = None
) -> Select[Any]:
    statement = select(exchange_batches)
    if push is not None:
        statement = statement.where(is_at(push))
    if day_from is not None:
        statement = statement.where(_b.day >= day_from)
    return statement if day_to is None else statement.where(_b.day <= day_to)


async def counts_of_day(tx: Transaction, day: date) -> dict[str, int]:
    """Rows of a day's batches by state, and the orders of the books."""
    joined = exchange_rows.join(exchange_batches, _b.id == _r.batch_id)
    statement = (
        select(_r.state, func.count().label("orders")).select_from(joined).where(_b.day == day)
    )
    counts = {row.state: int(row.orders) for row in await tx.all(statement.group_by(_r.state))}
    counts["books"] = int(
        await tx.scalar(select(func.count()).select_from(work_orders).where(of_day(day))) or 0
    )
    return counts


async def differences_of_day(tx: Transaction, day: date) -> Sequence[Row[Any]]:
    """Orders of the day that the province has not accepted, with where each stands; null: in no batch at all."""
    joined = exchange_rows.join(exchange_batches, _b.id == _r.batch_id)
    newest = (
        select(_r.work_order_id, _r.state, _r.reason_code, _r.reason, _b.number.label("batch"))
        .select_from(joined)
        .where(_b.day == day)
        .ext(distinct_on(_r.work_order_id))
        .order_by(_r.work_order_id, _b.number.desc())
        .subquery()
    )
    n = newest.c
    statement = (
        select(work_orders.c.number, n.state, n.reason_code, n.reason, n.batch)
        .select_from(work_orders.outerjoin(newest, n.work_order_id == work_orders.c.id))
        .where(of_day(day), func.coalesce(n.state, "") != "accepted")
        .order_by(work_orders.c.number)
    )
    return await tx.all(statement.limit(NAMED_MAX))

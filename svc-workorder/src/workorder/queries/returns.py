"""Reads of returns (退单) and of the parts of joint orders (协办)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, not_, select, true

from chassis.transaction import Transaction
from workorder.domain.clock import day_end
from workorder.tables import notices, todos, work_order_returns, work_order_tasks


def returns_where(
    *,
    department: str | None = None,
    work_order_id: UUID | None = None,
    granted: bool | None = None,
    is_open: bool | None = None,
    of_part: bool | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
) -> Select[Any]:
    """Returns within reach, asked for in these days (both included)."""
    t = work_order_returns.c
    statement = select(work_order_returns)
    if department:
        statement = statement.where(t.department == department)
    if work_order_id is not None:
        statement = statement.where(t.work_order_id == work_order_id)
    if granted is not None:
        statement = statement.where(t.is_granted == granted)
    if is_open is not None:
        waits = and_(t.ruled_at.is_(None), t.withdrawn_at.is_(None))
        statement = statement.where(waits if is_open else not_(waits))
    if of_part is not None:
        statement = statement.where(t.task_id.is_not(None) if of_part else t.task_id.is_(None))
    return _in_days(statement, from_day, to_day)


async def return_counts(
    tx: Transaction, *, from_day: date | None, to_day: date | None
) -> list[dict[str, Any]]:
    """How often each department asked to return an order or its part of one, and how that was ruled; the most first."""
    t = work_order_returns.c

    def of(granted: bool) -> Any:
        return func.count(case((t.is_granted == granted, 1)))

    statement = select(
        t.department,
        func.count().label("asked"),
        of(True).label("granted"),
        of(False).label("denied"),
        func.count(case((and_(t.ruled_at.is_(None), t.withdrawn_at.is_(None)), 1))).label("open"),
        func.count(case((t.withdrawn_at.is_not(None), 1))).label("withdrawn"),
        func.count(t.task_id).label("of_parts"),
    ).group_by(t.department)
    rows = await tx.all(_in_days(statement, from_day, to_day).order_by(func.count().desc()))
    return [dict(row._mapping) for row in rows]


def _in_days(statement: Select[Any], from_day: date | None, to_day: date | None) -> Select[Any]:
    t = work_order_returns.c
    if from_day is not None:
        statement = statement.where(t.asked_at >= day_end(from_day - timedelta(days=1)))
    if to_day is not None:
        statement = statement.where(t.asked_at < day_end(to_day))
    return statement


def parts_of(work_order_id: UUID) -> Select[Any]:
    """Each department's part of a joint order, the lead's first, every round; what last went wrong on its way there."""
    t, d, n = work_order_tasks.c, todos.c, notices.c
    own = case((t.is_lead, t.work_order_id), else_=t.id)
    failed = (
        select(n.error.label("error"), n.tries.label("tries"))
        .join(todos, n.todo_id == d.id)
        .where(d.work_id == own, d.department == t.department, d.done_at.is_(None))
        .where(t.state == "sent", n.state != "delivered", n.error != "")
        .order_by(n.position.desc())
        .limit(1)
        .lateral()
    )
    columns = [column for column in t if column.name != "delivery_error"]
    return (
        select(
            *columns,
            func.coalesce(failed.c.error, t.delivery_error).label("delivery_error"),
            func.coalesce(failed.c.tries, 0).label("delivery_tries"),
        )
        .outerjoin(failed, true())
        .where(t.work_order_id == work_order_id)
        .order_by(t.round, t.is_lead.desc(), t.id)
    )

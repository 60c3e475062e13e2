"""Reads of the staff's day: what waits for a desk, by when it has to act. Every list is served by a partial index
on open work, so that millions of closed orders beside it cost nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, false, func, or_, select, true

from chassis.clock import local_date
from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.clock import day_end
from workorder.domain.process.definition import Owner
from workorder.domain.staff_day import BULK_STEP, owners_of
from workorder.domain.work_order import Urgency
from workorder.schemas.staff_day import TaskFilter
from workorder.tables import applications, metadata, saved_filters, work_order_tasks, work_orders

_OF_DEPARTMENT = (Owner.DEPARTMENT.value, Owner.HEAD.value, Owner.REVIEWER.value)


def tasks_where(tx: Transaction, wanted: TaskFilter) -> Select[Any]:
    """Work orders that wait for the caller: for their roles, within their reach."""
    t = work_orders.c
    statement = select(work_orders).where(_waits_for_me(tx), t.act_by.is_not(None))
    equals = {
        "kind": wanted.kind,
        "state": wanted.state,
        "type": wanted.type,
        "urgency": wanted.urgency,
        "is_supervised": wanted.supervised,
        "assignee": tx.principal.subject if wanted.mine else None,
    }
    stated = [t[name] == value for name, value in equals.items() if value is not None]
    return statement.where(*stated, *_narrowed(wanted, tx.now))


def _narrowed(wanted: TaskFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    t = work_orders.c
    if wanted.wait_over is not None:
        is_over = or_(t.wait_limit_told, func.coalesce(t.wait_until <= now, false()))
        yield is_over if wanted.wait_over else ~is_over
    if wanted.q is not None:
        yield or_(t.title.contains(wanted.q, autoescape=True), t.number == wanted.q.upper())
    if wanted.division is not None:
        yield t.division.startswith(wanted.division, autoescape=True)
    if wanted.due is not None:
        yield _due(wanted.due, now)


def parts_where(tx: Transaction) -> Select[Any]:
    """Open parts of joint orders that the caller's department works on beside the lead."""
    part, order = work_order_tasks.c, work_orders.c
    joined = work_order_tasks.join(work_orders, order.id == part.work_order_id)
    return (
        select(
            work_order_tasks,
            order.number,
            order.title,
            order.department.label("lead_department"),
        )
        .select_from(joined)
        .where(
            part.done_at.is_(None),
            part.state != "cancelled",
            ~part.is_lead,
            part.department == tx.principal.department,
            part.round == order.round,
            order.waits_for.is_not(None),
        )
    )


async def task_counts(tx: Transaction) -> dict[str, int]:
    """How many things wait, for each tab, in one statement: orders, parts of joint ones, applications."""
    t = work_orders.c
    today = _due("today", tx.now)
    counted = {
        "all": true(),
        "mine": t.assignee == tx.principal.subject,
        "due_today": today,
        "overdue": _due("overdue", tx.now),
        "supervised": t.is_supervised,
        "emergency": t.urgency == Urgency.EMERGENCY,
    }
    columns = [func.count().filter(when).label(name) for name, when in counted.items()]
    others = {
        "parts": select(func.count()).select_from(parts_where(tx).subquery()),
        "applications": select(func.count()).where(_waits_for_me(tx, applications)),
    }
    columns += [each.scalar_subquery().label(name) for name, each in others.items()]
    row = await tx.one_or_none(select(*columns).where(_waits_for_me(tx), t.act_by.is_not(None)))
    assert row is not None
    return {name: int(getattr(row, name)) for name in (*counted, *others)}


def filters_of(tx: Transaction) -> Select[Any]:
    """The caller's own filters, and those that their department shares."""
    t = saved_filters.c
    own = t.owner_id == UUID(tx.principal.owner_id)
    shared = and_(t.is_shared, t.department == tx.principal.department, t.department != "")
    return select(saved_filters).where(or_(own, shared), t.removed_at.is_(None))


async def kept_filter(tx: Transaction, filter_id: UUID) -> TaskFilter:
    """What a filter of the caller's, or one shared with them, keeps; raises NotFoundError."""
    row = await tx.one_or_none(filters_of(tx).where(saved_filters.c.id == filter_id))
    if row is None:
        raise NotFoundError
    return TaskFilter.model_validate(row.filter)


async def ids_within(tx: Transaction, wanted: TaskFilter, *, limit: int) -> Sequence[UUID]:
    """The first tasks that a filter finds, in the order of the list."""
    t = work_orders.c
    statement = tasks_where(tx, wanted).with_only_columns(t.id).order_by(t.act_by, t.id)
    return [row.id for row in await tx.all(statement.limit(limit))]


async def refused_in(tx: Transaction, job_id: UUID) -> Sequence[UUID]:
    """The orders that a bulk step of the caller's own refused, in its order; raises NotFoundError."""
    jobs, rows = metadata.tables["jobs"].c, metadata.tables["job_rows"].c
    own = select(jobs.id).where(
        jobs.id == job_id, jobs.kind == BULK_STEP, jobs.owner_id == tx.principal.owner_id
    )
    if await tx.scalar(own) is None:
        raise NotFoundError
    refused = select(rows.key).where(rows.job_id == job_id, rows.verdict == "refused")
    return [UUID(row.key) for row in await tx.all(refused.order_by(rows.number))]


def _waits_for_me(tx: Transaction, table: Table = work_orders) -> ColumnElement[bool]:
    t, principal = table.c, tx.principal
    owners = owners_of(principal.roles)
    of_department = [owner for owner in owners if owner in _OF_DEPARTMENT]
    elsewhere = [owner for owner in owners if owner not in _OF_DEPARTMENT]
    ways: list[ColumnElement[bool]] = []
    if of_department and principal.department:
        ways.append(
            and_(t.department == principal.department, _is_any_of(t.waits_for, of_department))
        )
    if elsewhere:
        ways.append(_is_any_of(t.waits_for, elsewhere))
    return or_(*ways) if ways else false()


def _is_any_of(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    # One value is an equality, so that the index gives the order too.
    return column == values[0] if len(values) == 1 else column.in_(values)


def _due(when: str, now: datetime) -> ColumnElement[bool]:
    act_by = work_orders.c.act_by
    if when == "overdue":
        return act_by <= now
    return and_(act_by > now, act_by <= day_end(local_date(now)))

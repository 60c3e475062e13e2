"""Reads for screens and figures; they never write. Reach is applied by the database."""

import time
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    Text,
    any_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.clock import local_date
from chassis.errors import NotFoundError
from chassis.identity import Scope
from chassis.ids import is_readable_number
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.domain.application import ApplicationState
from workorder.domain.search import search_words
from workorder.domain.work_order import QueryTooShortError, WorkOrderState
from workorder.tables import (
    applications,
    suspensions,
    work_order_words,
    work_orders,
)

FEW_MATCHES = 3_000
"""Up to this many matches of a search are looked up one by one."""
RARE_WORDS = 3
FREQUENCIES_FRESH_SECONDS = 300.0
_NO_WORDS = sql_text("'{}'::text[]")
_FREQUENCIES = sql_text(
    "SELECT most_common_elems::text::text[] AS words, most_common_elem_freqs AS shares FROM pg_stats "
    "WHERE tablename = 'work_order_words' AND attname = 'words' AND most_common_elems IS NOT NULL"
)
WORKING = (WorkOrderState.DISPATCHED, WorkOrderState.REOPENED)


def within(
    statement: Select[Any], scope: Scope, *, own: Column[Any], department: Column[Any]
) -> Select[Any]:
    """Say the reach again where one index serves it; row security holds it in any case.

    PostgreSQL cannot use an index for the policy's OR, and would walk the whole table for a caller with few rows.
    """
    if scope.everything or scope.division:
        return statement
    reached: list[ColumnElement[bool]] = []
    if scope.own:
        reached.append(own == UUID(scope.own))
    if scope.department:
        reached.append(department == scope.department)
    return statement.where(or_(*reached) if reached else false())


def applications_where(
    tx: Transaction,
    *,
    state: ApplicationState | None = None,
    item_code: str | None = None,
    number: str | None = None,
    overdue: bool | None = None,
    due_before: date | None = None,
) -> Select[Any]:
    """Applications within the caller's reach."""
    statement = within(
        select(applications),
        tx.scope,
        own=applications.c.applicant_id,
        department=applications.c.department,
    )
    if state is not None:
        statement = statement.where(applications.c.state == state)
    if item_code:
        statement = statement.where(applications.c.item_code == item_code)
    if number:
        statement = statement.where(applications.c.number == number)
    if overdue is not None:
        is_late = applications.c.due_on < local_date(tx.now)
        running = applications.c.state == ApplicationState.ACCEPTED
        statement = statement.where(running, is_late if overdue else ~is_late)
    if due_before is not None:
        statement = statement.where(applications.c.due_on < due_before)
    return statement


async def application_row(tx: Transaction, application_id: UUID) -> Row[Any]:
    row = await tx.one_or_none(select(applications).where(applications.c.id == application_id))
    if row is None:
        raise NotFoundError
    return row


def suspensions_of(application_id: UUID) -> Select[Any]:
    return select(suspensions).where(suspensions.c.application_id == application_id)


async def work_orders_where(
    tx: Transaction,
    *,
    kind: WorkOrderKind | None = None,
    state: WorkOrderState | None = None,
    department: str | None = None,
    category: str | None = None,
    q: str | None = None,
    overdue: bool | None = None,
    due_before: date | None = None,
) -> Select[Any]:
    """Work orders within the caller's reach; raises QueryTooShortError for a `q` that no index serves."""
    statement = within(
        select(work_orders),
        tx.scope,
        own=work_orders.c.caller_id,
        department=work_orders.c.department,
    )
    equals = {"kind": kind, "state": state, "department": department, "category": category}
    for name, value in equals.items():
        if value:
            statement = statement.where(work_orders.c[name] == value)
    if q:
        statement = statement.where(await _says(tx, q.strip()))
    if overdue is not None:
        is_late = work_orders.c.due_on < local_date(tx.now)
        running = work_orders.c.state.in_(WORKING)
        statement = statement.where(running, is_late if overdue else ~is_late)
    if due_before is not None:
        statement = statement.where(work_orders.c.due_on < due_before)
    return statement


async def _says(tx: Transaction, q: str) -> ColumnElement[bool]:
    """Orders whose number or words are these.

    Few matches are found by the array index, once. With many, the newest orders within reach are walked and their
    words looked at, until the page is full: what is common is met soon. The planner cannot tell the two apart,
    because neighbouring pairs are not independent.
    """
    if is_readable_number(q.upper()):
        return work_orders.c.number == q.upper()
    words = search_words(q)
    if not words:
        raise QueryTooShortError
    table = work_order_words
    rare = await _rarest(tx, words)
    matching = select(table.c.work_order_id).where(table.c.words.contains(rare))
    if len(rare) < len(words):
        # Written so that the index is not asked for the common ones too: they are checked on what it found.
        matching = matching.where(
            func.array_cat(table.c.words, _NO_WORDS, type_=ARRAY(Text)).contains(words)
        )
    found = [row.work_order_id for row in await tx.all(matching.limit(FEW_MATCHES + 1))]
    if len(found) <= FEW_MATCHES:
        return work_orders.c.id == any_(literal(found, ARRAY(work_orders.c.id.type)))
    said = select(table.c.words).where(table.c.work_order_id == work_orders.c.id)
    # A CASE is estimated at one half, so that the planner trusts the walk to end soon.
    return case((said.scalar_subquery().contains(words), true()), else_=false())


class _Frequencies:
    """How common words are, as PostgreSQL's own statistics say; read again now and then, shared by all requests."""

    def __init__(self) -> None:
        self.of: dict[str, float] = {}
        self.read_at = float("-inf")


_frequencies = _Frequencies()


async def _rarest(tx: Transaction, words: list[str]) -> list[str]:
    """The few rarest of these words: the index's work grows with every common word it is asked for."""
    if len(words) <= RARE_WORDS:
        return words
    if time.monotonic() - _frequencies.read_at > FREQUENCIES_FRESH_SECONDS:
        row = (await tx.execute(_FREQUENCIES)).one_or_none()
        _frequencies.of = dict(zip(row.words, row.shares, strict=False)) if row else {}
        _frequencies.read_at = time.monotonic()
    return sorted(words, key=lambda word: _frequencies.of.get(word, 0.0))[:RARE_WORDS]


async def work_order_row(tx: Transaction, work_order_id: UUID) -> Row[Any]:
    row = await tx.one_or_none(select(work_orders).where(work_orders.c.id == work_order_id))
    if row is None:
        raise NotFoundError
    return row


async def provisional_works(
    tx: Transaction,
) -> list[tuple[Literal["application", "work-order"], UUID, str]]:
    """Open work whose due date was counted beyond the published calendar: kind, id and number."""
    open_applications = (ApplicationState.SUBMITTED, ApplicationState.ACCEPTED)
    of_applications = await tx.all(
        select(applications.c.id, applications.c.number).where(
            applications.c.due_is_provisional, applications.c.state.in_(open_applications)
        )
    )
    of_orders = await tx.all(
        select(work_orders.c.id, work_orders.c.number).where(
            work_orders.c.due_is_provisional, work_orders.c.state.in_(WORKING)
        )
    )
    works: list[tuple[Literal["application", "work-order"], UUID, str]] = [
        ("application", row.id, row.number) for row in of_applications
    ]
    return works + [("work-order", row.id, row.number) for row in of_orders]


def _applications_in(instant: Column[Any], period: Period) -> list[ColumnElement[bool]]:
    t = applications.c
    within = period.conditions(at=instant, division=t.division, department=t.department)
    return [instant.is_not(None), *within]


def _orders_in(
    kind: WorkOrderKind, instant: Column[Any], period: Period
) -> list[ColumnElement[bool]]:
    t = work_orders.c
    within = period.conditions(at=instant, division=t.division, department=t.department)
    return [t.kind == kind, instant.is_not(None), *within]


async def _count(tx: Transaction, conditions: list[ColumnElement[bool]]) -> int:
    return int(await tx.scalar(select(func.count()).where(*conditions)) or 0)


async def applications_count(tx: Transaction, period: Period) -> Figure:
    return count_figure(await _count(tx, _applications_in(applications.c.submitted_at, period)))


async def applications_on_time_share(tx: Transaction, period: Period) -> Figure:
    decided = _applications_in(applications.c.decided_at, period)
    on_time = await _count(tx, [*decided, applications.c.on_time])
    return ratio_figure(on_time, await _count(tx, decided))


async def business_setup_days(tx: Transaction, period: Period) -> Figure:
    codes = await tx.rule("business-setup-item-codes")
    if not codes:
        return Figure(value=None)
    conditions = [
        *_applications_in(applications.c.decided_at, period),
        applications.c.item_code.in_(codes),
    ]
    median = func.percentile_cont(0.5).within_group(applications.c.working_days_used)
    found = await tx.scalar(select(median).where(*conditions))
    count = await _count(tx, conditions)
    return Figure(value=None if found is None else round(found), denominator=count)


async def hotline_orders(tx: Transaction, period: Period) -> Figure:
    opened = _orders_in(WorkOrderKind.HOTLINE, work_orders.c.opened_at, period)
    return count_figure(await _count(tx, opened))


async def hotline_dispatched(tx: Transaction, period: Period) -> Figure:
    sent = _orders_in(WorkOrderKind.HOTLINE, work_orders.c.dispatched_at, period)
    return count_figure(await _count(tx, sent))


async def hotline_completion_rate(tx: Transaction, period: Period) -> Figure:
    due = _due_in(WorkOrderKind.HOTLINE, tx, period)
    closed = await _count(tx, [*due, work_orders.c.state == WorkOrderState.CLOSED])
    return ratio_figure(closed, await _count(tx, due))


async def rectifications_on_time_share(tx: Transaction, period: Period) -> Figure:
    due = _due_in(WorkOrderKind.RECTIFICATION, tx, period)
    in_time = [*due, work_orders.c.on_time, work_orders.c.replied_at.is_not(None)]
    return ratio_figure(await _count(tx, in_time), await _count(tx, due))


def _due_in(kind: WorkOrderKind, tx: Transaction, period: Period) -> list[ColumnElement[bool]]:
    """Due in the period: closed already, or its due date is behind us."""
    t = work_orders.c
    due_on, state = t.due_on, t.state
    last = min(period.last_day or date.max, local_date(tx.now) - timedelta(days=1))
    conditions: list[ColumnElement[bool]] = [
        t.kind == kind,
        due_on.is_not(None),
        or_(due_on <= last, state == WorkOrderState.CLOSED),
        *period.conditions(division=t.division, department=t.department),
    ]
    if period.last_day is not None:
        conditions.append(due_on <= period.last_day)
    if period.first_day is not None:
        conditions.append(due_on >= period.first_day)
    return conditions


INDICATORS = (
    Indicator(
        code="applications",
        name_zh="办件量",
        definition_zh="期内收到的办件申请",
        definition_en="Applications handed in in the period",
        unit="件",
        compute=applications_count,
        records="/workorder/v1/applications",
    ),
    Indicator(
        code="applications_on_time_share",
        name_zh="办件按时办结率",
        definition_zh="期内作出决定的办件中，在到期日当日或之前决定的占比",
        definition_en="Applications decided in the period on or before their due date / applications decided in it",
        unit="%",
        compute=applications_on_time_share,
        records="/workorder/v1/applications?state=delivered",
    ),
    Indicator(
        code="business_setup_days",
        name_zh="开办企业办理时间",
        definition_zh="期内决定的开办企业事项自受理至决定的工作日中位数（扣除停表日）；事项见规则 business-setup-item-codes，未填写时为空",
        definition_en="Median working days from acceptance to decision of the items in rule business-setup-item-codes; null while it is empty",
        unit="工作日",
        compute=business_setup_days,
        records="/workorder/v1/applications",
    ),
    Indicator(
        code="hotline_orders",
        name_zh="热线工单量",
        definition_zh="期内登记的 12345 热线工单",
        definition_en="Hotline orders opened in the period",
        unit="件",
        compute=hotline_orders,
        records="/workorder/v1/work-orders?kind=hotline",
    ),
    Indicator(
        code="hotline_dispatched",
        name_zh="热线派单量",
        definition_zh="期内派往承办单位的热线工单",
        definition_en="Hotline orders sent to a department in the period",
        unit="件",
        compute=hotline_dispatched,
        records="/workorder/v1/work-orders?kind=hotline",
    ),
    Indicator(
        code="hotline_completion_rate",
        name_zh="热线工单办结率",
        definition_zh="期内应办结（到期日在期内且已过，或已办结）的热线派单中已办结的占比",
        definition_en="Closed orders / dispatched hotline orders due in the period (due date past, or closed already)",
        unit="%",
        compute=hotline_completion_rate,
        records="/workorder/v1/work-orders?kind=hotline&state=closed",
    ),
    Indicator(
        code="rectifications_on_time_share",
        name_zh="差评整改按时率",
        definition_zh="期内应办结的差评整改工单中，每轮均按期回复的占比",
        definition_en="Rectifications due in the period replied to in time in every round / rectifications due in it",
        unit="%",
        compute=rectifications_on_time_share,
        records="/workorder/v1/work-orders?kind=rectification",
    ),
)

"""Reads for screens and figures; they never write. Reach is applied by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, or_, select

from chassis.clock import CITY_ZONE, local_date
from chassis.errors import NotFoundError
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction
from datashare.domain.grant import GrantState
from datashare.domain.partner import Partner
from datashare.domain.resource import ResourceUnknownError, ShareType
from datashare.tables import (
    data_resources,
    feed_events,
    grant_requests,
    grants,
    look_ups,
)


def where_given(table: Table, **filters: str | UUID | None) -> Select[Any]:
    """Rows of a table that hold these values; an empty filter rules nothing out."""
    statement = select(table)
    for name, value in filters.items():
        if value is not None and value != "":
            statement = statement.where(table.c[name] == value)
    return statement


async def row_by_id(tx: Transaction, table: Table, id: UUID) -> Row[Any]:
    """One row within reach; raises NotFoundError."""
    row = await tx.one_or_none(select(table).where(table.c.id == id))
    if row is None:
        raise NotFoundError
    return row


async def resource_row(tx: Transaction, code: str) -> Row[Any]:
    row = await tx.one_or_none(select(data_resources).where(data_resources.c.code == code))
    if row is None:
        raise ResourceUnknownError
    return row


async def feed_head(tx: Transaction) -> int:
    return int(await tx.scalar(select(func.max(feed_events.c.position))) or 0)


async def feed_after(
    tx: Transaction,
    partner: Partner,
    *,
    types: Sequence[str],
    after: int,
    head: int,
    limit: int,
) -> Sequence[Row[Any]]:
    """What a partner may see after a position, up to a head that was read before."""
    statement = select(feed_events.c.position, feed_events.c.message).where(
        feed_events.c.position > after,
        feed_events.c.position <= head,
        feed_events.c.type.in_(sorted(types)),
        *_places(partner),
    )
    return await tx.all(statement.order_by(feed_events.c.position).limit(limit))


def _places(partner: Partner) -> list[ColumnElement[bool]]:
    places: list[ColumnElement[bool]] = []
    if partner.divisions:
        places.append(
            or_(
                *(
                    feed_events.c.division.startswith(prefix, autoescape=True)
                    for prefix in partner.divisions
                )
            )
        )
    if partner.departments:
        places.append(feed_events.c.department.in_(sorted(partner.departments)))
    return places


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Which columns of a table a period is held against."""

    at: str | None
    department: str


RESOURCES = Kept(at=None, department="provider_department")
REQUESTS = Kept(at="submitted_at", department="requester_department")
REQUESTS_TO_DECIDE = Kept(at="submitted_at", department="provider_department")
GRANTS = Kept(at=None, department="requester_department")
LOOK_UPS = Kept(at="looked_up_at", department="requester_department")


def in_period(table: Table, period: Period, kept: Kept) -> list[ColumnElement[bool]]:
    """Rows of a time and place; lists and figures use the same, so that a figure opens down to its rows."""
    return period.conditions(
        at=None if kept.at is None else table.c[kept.at],
        division=table.c.division,
        department=table.c[kept.department],
    )


async def _count(tx: Transaction, table: Table, *conditions: ColumnElement[bool]) -> int:
    return int(await tx.scalar(select(func.count()).select_from(table).where(*conditions)) or 0)


async def demand_list(tx: Transaction, period: Period) -> Figure:
    conditions = in_period(grant_requests, period, REQUESTS)
    return count_figure(await _count(tx, grant_requests, *conditions))


async def _resources(tx: Transaction, period: Period, *, shared: bool) -> int:
    refused = data_resources.c.share_type == ShareType.NONE.value
    conditions = in_period(data_resources, period, RESOURCES)
    return await _count(tx, data_resources, ~refused if shared else refused, *conditions)


async def responsibility_list(tx: Transaction, period: Period) -> Figure:
    return count_figure(await _resources(tx, period, shared=True))


async def negative_list(tx: Transaction, period: Period) -> Figure:
    return count_figure(await _resources(tx, period, shared=False))


async def share_lists(tx: Transaction, period: Period) -> Figure:
    demand = (await demand_list(tx, period)).numerator or 0
    shared = await _resources(tx, period, shared=True)
    return count_figure(demand + shared + await _resources(tx, period, shared=False))


async def grant_requests_on_time_share(tx: Transaction, period: Period) -> Figure:
    """Decided by the due day / decided, or due and still open."""
    today = local_date(tx.now)
    decided_on = func.date(func.timezone(CITY_ZONE.key, grant_requests.c.decided_at))
    conditions = in_period(grant_requests, period, REQUESTS_TO_DECIDE)
    overdue = and_(grant_requests.c.decided_at.is_(None), grant_requests.c.due_on < today)
    due = or_(grant_requests.c.decided_at.is_not(None), overdue)
    on_time = await _count(tx, grant_requests, decided_on <= grant_requests.c.due_on, *conditions)
    return ratio_figure(on_time, await _count(tx, grant_requests, due, *conditions))


async def look_ups_count(tx: Transaction, period: Period) -> Figure:
    conditions = in_period(look_ups, period, LOOK_UPS)
    return count_figure(await _count(tx, look_ups, *conditions))


async def grants_active(tx: Transaction, period: Period) -> Figure:
    conditions = in_period(grants, period, GRANTS)
    in_force = and_(grants.c.state == GrantState.ACTIVE.value, grants.c.valid_until > tx.now)
    return count_figure(await _count(tx, grants, in_force, *conditions))


INDICATORS = (
    Indicator(
        code="share_lists",
        name_zh="三张清单条目数",
        definition_zh="需求清单（期内共享申请）、责任清单（可共享资源）、负面清单（不予共享资源）条目之和",
        definition_en="Requests of the period, resources to be shared, and resources not shared, together",
        unit="条",
        compute=share_lists,
        records="/datashare/v1/resources",
    ),
    Indicator(
        code="share_list_demand",
        name_zh="需求清单条目数",
        definition_zh="期内提出的共享申请",
        definition_en="Requests for sharing made in the period",
        unit="条",
        compute=demand_list,
        records="/datashare/v1/grant-requests",
    ),
    Indicator(
        code="share_list_responsibility",
        name_zh="责任清单条目数",
        definition_zh="目录中无条件共享与有条件共享的数据资源",
        definition_en="Resources that are shared, with or without conditions",
        unit="条",
        compute=responsibility_list,
        records="/datashare/v1/resources",
    ),
    Indicator(
        code="share_list_negative",
        name_zh="负面清单条目数",
        definition_zh="目录中不予共享的数据资源，每条均载明法律依据",
        definition_en="Resources that are not shared, each with its law",
        unit="条",
        compute=negative_list,
        records="/datashare/v1/resources?share_type=none",
    ),
    Indicator(
        code="grant_requests_on_time_share",
        name_zh="共享申请按期答复率",
        definition_zh="期内共享申请中，在时限内答复的，与已答复及逾期未答复之和的比",
        definition_en="Requests of the period answered by their due day / answered, or overdue and open",
        unit="%",
        compute=grant_requests_on_time_share,
        records="/datashare/v1/grant-requests?side=provider",
    ),
    Indicator(
        code="look_ups",
        name_zh="数据查询次数",
        definition_zh="期内依授权查询个人或企业数据的次数，每次都可由本人查看",
        definition_en="Readings of somebody's record under a grant in the period; its subject sees each",
        unit="次",
        compute=look_ups_count,
        records="/datashare/v1/look-ups",
    ),
    Indicator(
        code="grants_active",
        name_zh="有效授权数",
        definition_zh="当前有效的共享授权",
        definition_en="Grants in force now",
        unit="件",
        compute=grants_active,
        records="/datashare/v1/grants?state=active",
    ),
)

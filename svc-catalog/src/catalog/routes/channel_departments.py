"""Departments with items live on channels: what the figures channel_departments open to.

GET  /channel-departments, /export   anyone; as it was at the end of `to`, each with how many items
"""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import select

from catalog.queries import channels as queries
from catalog.routes.parameters import Anyone, ChannelAsked
from catalog.schemas.channels import ChannelDepartmentOut
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["channels"])

COLUMNS = (
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="name", head="部门名称", width=32),
    ExportColumn(name="items", head="上线事项数"),
)


@router.get(
    "/channel-departments",
    response_model=Page[ChannelDepartmentOut],
    operation_id="list_channel_departments",
)
async def list_channel_departments(
    call: Anyone, paging: Paging, period: InPeriod, channel: ChannelAsked = ""
) -> Response:
    """Departments with items in force and live on a channel, or on any, at the end of `to`, with how many.

    `/channel-items?department=` lists them.
    """
    async with call.read() as tx:
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        listed = queries.departments_live(booked, channel, period, day).subquery()
        by: list[Any] = [listed.c.department]
        page = await page_of(
            tx,
            select(listed),
            by=by,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"channel-departments {channel} {period}",
            show=ChannelDepartmentOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/channel-departments/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_channel_departments",
)
async def export_channel_departments(
    call: Anyone, period: InPeriod, *, channel: ChannelAsked = "", format: ExportKind = "csv"
) -> Response:
    """The same as a table."""
    async with call.read() as tx:
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
    listed = queries.departments_live(booked, channel, period, day).subquery()
    by: list[Any] = [listed.c.department]
    return await export_of(
        call, select(listed), columns=COLUMNS, by=by, kind=format, name="渠道上线部门"
    )

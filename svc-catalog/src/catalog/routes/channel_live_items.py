"""What is live on channels: the book that each channel or its publishers report.

POST /channels/{code}/live-items                   partner (own channel), publisher (own items), system_admin
GET  /channels/{code}/live-items, /export, /{id}/steps   anyone; as it was at the end of `to`
GET  /channel-items                                anyone; items in force that are live, on one channel or on any
"""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Row, select

from catalog.queries import channels as queries
from catalog.queries.items import one_row
from catalog.routes.parameters import Anyone, ChannelAsked, ChannelCode
from catalog.schemas.channels import (
    ChannelItemOut,
    ChannelStepOut,
    LiveItemOut,
    LiveReportIn,
    LiveReportOut,
)
from catalog.tables.channels import channel_steps, live_items
from catalog.tables.history import item_spans
from catalog.use_cases.report_live_items import LiveSaid, ReportLiveItems, report_live_items
from chassis.door import Call, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["channels"])

LiveReporter = Annotated[
    Call,
    allow(
        {
            # All: what a report mends is closed at the owner, whoever that is. What it may report is its grant.
            Role.PARTNER: Reach.ALL,
            Role.PUBLISHER: Reach.DEPARTMENT,
            Role.SYSTEM_ADMIN: Reach.ALL,
        }
    ),
]

LIVE_COLUMNS = (
    ExportColumn(name="channel", head="渠道编码"),
    ExportColumn(name="item_code", head="事项编码", width=36),
    ExportColumn(name="name", head="事项名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="department_name", head="部门名称", width=28),
    ExportColumn(name="division", head="上线区划"),
    ExportColumn(name="live_from", head="上线日期"),
    ExportColumn(name="live_until", head="下线日期"),
    ExportColumn(name="reporter_kind", head="报送方类别"),
    ExportColumn(name="reported_at", head="报送时间", width=26),
)


@router.post(
    "/channels/{code}/live-items", response_model=LiveReportOut, operation_id="report_live_items"
)
async def post_live_items(code: ChannelCode, body: LiveReportIn, call: LiveReporter) -> Response:
    """What is live on a channel, by who runs it (its own channel) or a publisher (own items); all rows or none."""
    command = ReportLiveItems(
        channel=code,
        rows=[LiveSaid(**row.model_dump()) for row in body.rows],
        complete=body.complete,
        reason=body.reason,
    )
    async with call.begin() as tx:
        changes = await report_live_items(command, tx)
        tx.answer(
            LiveReportOut(
                channel=code,
                begun=changes.begun,
                ended=changes.ended,
                corrected=changes.corrected,
                unchanged=changes.unchanged,
            )
        )
    return tx.response


@router.get(
    "/channels/{code}/live-items", response_model=Page[LiveItemOut], operation_id="list_live_items"
)
async def list_live_items(
    code: ChannelCode, call: Anyone, paging: Paging, period: InPeriod, ended: bool = False
) -> Response:
    """The channel's book at the end of `to` (today); with `ended` the rows that have ended too."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        page = await page_of(
            tx,
            queries.live_rows(code, period, period.day(tx.now), is_ended_shown=ended),
            by=[live_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"live {code} {ended} {period}",
            show=LiveItemOut.model_validate,
        )
    return answer(page)


@router.get(
    "/channels/{code}/live-items/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_live_items",
)
async def export_live_items(
    code: ChannelCode,
    call: Anyone,
    period: InPeriod,
    *,
    ended: bool = False,
    format: ExportKind = "csv",
) -> Response:
    """The channel's book as a table: CSV, XLSX or JSON Lines."""
    async with call.read() as tx:
        row = await one_row(tx, queries.one_channel(code))
        day = period.day(tx.now)
    return await export_of(
        call,
        queries.live_rows(code, period, day, is_ended_shown=ended),
        by=[live_items.c.id],
        columns=LIVE_COLUMNS,
        kind=format,
        name=f"{row.name}上线清单",
    )


@router.get(
    "/channels/{code}/live-items/{live_id}/steps",
    response_model=Page[ChannelStepOut],
    operation_id="list_live_item_steps",
)
async def list_live_steps(
    code: ChannelCode, live_id: UUID, call: Anyone, paging: Paging
) -> Response:
    """When one row of the book was reported, corrected and ended, and why."""
    async with call.read() as tx:
        t = live_items.c
        await one_row(tx, select(live_items).where(t.id == live_id, t.channel == code))
        page = await page_of_steps(
            tx,
            channel_steps,
            of={"kind": "live", "of_id": str(live_id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ChannelStepOut,
        )
    return answer(page)


@router.get(
    "/channel-items", response_model=Page[ChannelItemOut], operation_id="list_channel_items"
)
async def list_channel_items(
    call: Anyone, paging: Paging, period: InPeriod, channel: ChannelAsked = ""
) -> Response:
    """Items in force and live on a channel, or on any, at the end of `to` (today): the records of channel_items."""
    async with call.read() as tx:
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        page = await page_of(
            tx,
            queries.items_live(booked, channel, period, day),
            by=[item_spans.c.item_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"channel-items {channel} {period}",
            show=lambda row: _channel_item_out(row, booked, channel),
            descending=False,
        )
    return answer(page)


def item_names(row: Any) -> dict[str, Any]:
    names = ("name", "item_code", "department", "department_name", "division")
    return {name: getattr(row, name) for name in names}


def _channel_item_out(row: Row[Any], booked: Mapping[str, bool], channel: str) -> ChannelItemOut:
    live_on = sorted(row.live_on or ())
    by_book = booked.get(channel, False) if channel else bool(live_on)
    return ChannelItemOut(
        item_id=row.item_id,
        **item_names(row),
        version=row.number,
        live_on=live_on,
        claimed_on=sorted(row.claimed_on),
        basis="book" if by_book else "claim",
    )

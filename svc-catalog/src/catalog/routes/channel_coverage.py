"""Where guides and channels' lists disagree, and how far each channel reaches.

GET  /channels/{code}/differences                  anyone; item by item
GET  /channels/{code}/coverage                     anyone; division by division
GET  /channels/{code}/coverage/{division}/missing  anyone; what one division lacks
"""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from sqlalchemy import Row, func, select

from catalog.queries import channels as queries
from catalog.queries.audit import unknown_items
from catalog.queries.items import one_row
from catalog.routes.channel_live_items import item_names
from catalog.routes.parameters import Anyone, ChannelCode, DivisionLevel
from catalog.schemas.channels import (
    CoverageOut,
    CoveragePageOut,
    DifferenceOut,
    DifferencesOut,
    MissingItemOut,
)
from catalog.tables.items import divisions, published_items
from chassis.clock import local_date
from chassis.door import answer
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["channels"])

Difference = Literal[
    "", "claimed-not-live", "live-not-claimed", "live-not-in-force", "shown-unknown"
]


@router.get(
    "/channels/{code}/differences",
    response_model=DifferencesOut,
    operation_id="list_channel_differences",
)
async def list_differences(
    code: ChannelCode, call: Anyone, paging: Paging, period: InPeriod, kind: Difference = ""
) -> Response:
    """Where guides and the channel's own list disagree at the end of `to` (today), item by item.

    `shown-unknown`, only when asked for: items of which the channel has not said which guide it shows.
    """
    async with call.read() as tx:
        row = await one_row(tx, queries.one_channel(code))
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        listed = (
            unknown_items(code, period, day)
            if kind == "shown-unknown"
            else queries.differences(code, kind, period, day)
        )
        page = await page_of(
            tx,
            listed,
            by=[published_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"differences {code} {kind} {period}",
            show=lambda found: _difference_out(found, row.name),
            descending=False,
        )
    return answer(
        DifferencesOut(
            results=page.results,
            next_cursor=page.next_cursor,
            count=page.count,
            has_book=booked[code],
            on=day,
        )
    )


@router.get(
    "/channels/{code}/coverage", response_model=CoveragePageOut, operation_id="get_channel_coverage"
)
async def get_coverage(
    code: ChannelCode,
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    level: DivisionLevel = "town",
    missing_only: bool = False,
) -> Response:
    """By division (towns): how many of the channel's items are for it, how many are live there, what is missing."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        every = queries.coverage(code, period.division, level, day, missing_only=False).subquery()
        complete = func.count().filter(every.c.expected > 0, every.c.live == every.c.expected)
        totals = (
            await tx.all(
                select(func.count().label("all"), complete.label("complete")).select_from(every)
            )
        )[0]
        page = await page_of(
            tx,
            queries.coverage(code, period.division, level, day, missing_only=missing_only),
            by=[divisions.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"coverage {code} {level} {missing_only} {period}",
            show=lambda row: _coverage_out(row, code, day),
            descending=False,
        )
    return answer(
        CoveragePageOut(
            results=page.results,
            next_cursor=page.next_cursor,
            count=page.count,
            channel=code,
            level=level,
            on=day,
            has_book=booked[code],
            divisions=totals.all,
            complete=totals.complete,
        )
    )


@router.get(
    "/channels/{code}/coverage/{division}/missing",
    response_model=Page[MissingItemOut],
    operation_id="list_missing_channel_items",
)
async def list_missing_items(
    code: ChannelCode,
    division: Annotated[str, Path(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")],
    call: Anyone,
    paging: Paging,
    to: date | None = None,
) -> Response:
    """Items live on the channel elsewhere, for this division too, and not live in it."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        day = to or local_date(tx.now)
        page = await page_of(
            tx,
            queries.missing_in(code, division, day),
            by=[published_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"missing-items {code} {division} {day}",
            show=lambda row: MissingItemOut(item_id=row.id, **item_names(row)),
            descending=False,
        )
    return answer(page)


_DIFFERENCES = {
    "shown-unknown": (
        "{name}未报送该事项展示的是哪一版指南；请渠道在上线清单中报送 version",
        "The channel has not said which version of the guide it shows: have it report `version`",
    ),
    "claimed-not-live": (
        "办事指南写明已上线{name}，但{name}未报送上线；请渠道核实上线，或修改指南的 channels",
        "The guide claims it is live and the channel's list has it not: put it live, or change the guide",
    ),
    "live-not-claimed": (
        "{name}已上线，但办事指南未写；请在指南的 channels 中补上，或由渠道下线",
        "The channel has it live and the guide does not say so: add it to the guide, or take it down",
    ),
    "live-not-in-force": (
        "事项已停办，但{name}仍在线；请渠道下线",
        "The item is not in force and the channel still has it live: take it down",
    ),
}


def _difference_out(row: Row[Any], channel_name: str) -> DifferenceOut:
    zh, en = _DIFFERENCES[row.kind]
    return DifferenceOut(
        item_id=row.id,
        **item_names(row),
        kind=row.kind,
        words=zh.format(name=channel_name),
        words_en=en,
    )


def _coverage_out(row: Row[Any], code: str, day: date) -> CoverageOut:
    return CoverageOut(
        code=row.code,
        name=row.name,
        expected=row.expected,
        live=row.live,
        missing=row.expected - row.live,
        is_complete=row.expected > 0 and row.live == row.expected,
        missing_url=f"/catalog/v1/channels/{code}/coverage/{row.code}/missing?to={day}",
    )

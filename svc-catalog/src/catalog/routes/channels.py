"""The register of channels (渠道): where items may be applied for. What is live, and what is reported, beside this module.

GET  /channels, /{code}, /{code}/steps     anyone
POST /channels · PUT /channels/{code}      system_admin; PUT with If-Match
"""

from fastapi import APIRouter, Response
from sqlalchemy import select

from catalog.queries import channels as queries
from catalog.queries.items import one_row
from catalog.routes.parameters import Administrator, Anyone, ChannelCode
from catalog.schemas.channels import ChannelIn, ChannelOut, ChannelStepOut, NewChannelIn
from catalog.tables.channels import channel_steps, channels
from catalog.use_cases.change_channel import change_channel
from catalog.use_cases.register_channel import register_channel
from chassis.door import answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps

router = APIRouter(prefix="/catalog/v1", tags=["channels"])


@router.get("/channels", response_model=Page[ChannelOut], operation_id="list_channels")
async def list_channels(call: Anyone, paging: Paging) -> Response:
    """The register of channels (渠道), by code."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(channels),
            by=[channels.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="channels",
            show=ChannelOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/channels", status_code=201, response_model=ChannelOut, operation_id="register_channel"
)
async def post_channel(body: NewChannelIn, call: Administrator) -> Response:
    """Put a channel on the register."""
    values = body.model_dump(exclude={"reason"})
    async with call.begin() as tx:
        await register_channel(values, tx, reason=body.reason)
        row = await one_row(tx, queries.one_channel(body.code))
        tx.answer(
            ChannelOut.model_validate(row),
            status=201,
            etag=row.version,
            location=f"/catalog/v1/channels/{body.code}",
        )
    return tx.response


@router.get("/channels/{code}", response_model=ChannelOut, operation_id="get_channel")
async def get_channel(code: ChannelCode, call: Anyone) -> Response:
    """One channel."""
    async with call.read() as tx:
        row = await one_row(tx, queries.one_channel(code))
    return answer(ChannelOut.model_validate(row), etag=row.version)


@router.put("/channels/{code}", response_model=ChannelOut, operation_id="change_channel")
async def put_channel(code: ChannelCode, body: ChannelIn, call: Administrator) -> Response:
    """Correct a channel's data. Needs `If-Match`."""
    call.if_match()
    values = body.model_dump(exclude={"reason"})
    async with call.begin() as tx:
        await change_channel(code, values, tx, reason=body.reason)
        row = await one_row(tx, queries.one_channel(code))
        tx.answer(ChannelOut.model_validate(row), etag=row.version)
    return tx.response


@router.get(
    "/channels/{code}/steps", response_model=Page[ChannelStepOut], operation_id="list_channel_steps"
)
async def list_steps(code: ChannelCode, call: Anyone, paging: Paging) -> Response:
    """What happened to a channel's entry, oldest first."""
    async with call.read() as tx:
        await one_row(tx, queries.one_channel(code))
        page = await page_of_steps(
            tx,
            channel_steps,
            of={"kind": "channel", "of_id": code},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ChannelStepOut,
        )
    return answer(page)

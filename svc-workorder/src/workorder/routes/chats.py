"""Live chat (在线客服) through the HTTP door.

POST /chats                            citizens               begin to write; queue position in the answer
GET  /chats, /chats/{id}               own; hotline
POST /chats/{id}/messages              both sides
GET  /chats/{id}/messages?after=&wait= both sides             waits for what is said next, up to `wait` seconds
POST /chats/{id}/hand-overs, /ends     the agent; either side
POST /chats/{id}/orders                the agent              becomes an order in one step, the transcript kept with it
"""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import PrincipalKind
from workorder.domain.chats import Chat
from workorder.domain.work_order import CONTENT_CHARACTERS_MAX
from workorder.repository.chats import get_chat, messages_of, waiting_before
from workorder.routes.policies import APPLICANTS, CHATTERS, HOTLINE
from workorder.schemas.seats import (
    ChatIn,
    ChatOrderIn,
    ChatOut,
    HandOverChatIn,
    MessageIn,
    MessageOut,
    MessagesOut,
)
from workorder.schemas.work_orders import WorkOrderOut
from workorder.tables import chats
from workorder.use_cases.end_chat import end_chat
from workorder.use_cases.hand_over_chat import hand_over_chat
from workorder.use_cases.open_chat import open_chat
from workorder.use_cases.open_hotline_order import OpenHotlineOrder, open_hotline_order
from workorder.use_cases.say_in_chat import say_in_chat

router = APIRouter(prefix="/workorder/v1/chats", tags=["chats"])

WAIT_SECONDS_MAX = 25
LOOK_SECONDS = 0.5
SIDES = {"citizen": "来电人", "agent": "话务员", "system": "系统"}


@router.post("", status_code=201, response_model=ChatOut, operation_id="open_chat")
async def post_chat(body: ChatIn, call: Annotated[Call, allow(APPLICANTS)]) -> Response:
    """Begin to write; the next agent has it, or `position` says how many wait before."""
    async with call.begin() as tx:
        chat = await open_chat(body.skill, body.text, tx)
        position = await _position(tx, chat)
        tx.answer(ChatOut.of(chat, position), status=201, location=f"/workorder/v1/chats/{chat.id}")
    return tx.response


@router.get("", response_model=Page[ChatOut], operation_id="list_chats")
async def list_chats(
    call: Annotated[Call, allow(CHATTERS)],
    paging: Paging,
    state: Literal["waiting", "talking", "ended"] | None = None,
    mine: bool = False,
) -> Response:
    """Chats within reach, newest first; `mine`: those that this agent has."""
    statement = select(chats)
    if state is not None:
        statement = statement.where(chats.c.state == state)
    if mine:
        statement = statement.where(chats.c.agent == call.principal.subject)
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[chats.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"chats {state} {mine}",
            show=ChatOut.model_validate,
        )
    return answer(page)


@router.get("/{chat_id}", response_model=ChatOut, operation_id="get_chat")
async def get_one_chat(chat_id: UUID, call: Annotated[Call, allow(CHATTERS)]) -> Response:
    """One chat, with its place in the row while it waits."""
    async with call.read() as tx:
        chat = await get_chat(tx, chat_id, lock=False)
        position = await _position(tx, chat)
    return answer(ChatOut.of(chat, position), etag=chat.row_version)


@router.post(
    "/{chat_id}/messages", status_code=201, response_model=MessageOut, operation_id="say_in_chat"
)
async def post_message(
    chat_id: UUID, body: MessageIn, call: Annotated[Call, allow(CHATTERS)]
) -> Response:
    """Say something; kept encrypted."""
    async with call.begin() as tx:
        message = await say_in_chat(chat_id, body.text, tx)
        tx.answer(MessageOut.of(message, is_clear=True), status=201)
    return tx.response


@router.get("/{chat_id}/messages", response_model=MessagesOut, operation_id="list_chat_messages")
async def list_messages(
    chat_id: UUID,
    call: Annotated[Call, allow(CHATTERS)],
    after: UUID | None = None,
    wait: Annotated[int, Query(ge=0, le=WAIT_SECONDS_MAX)] = 0,
) -> Response:
    """What was said after `after`; with `wait` the answer comes when something is said, or when that is over.

    In clear for the two who talk; masked for other staff.
    """
    for _ in range(int(wait / LOOK_SECONDS)):
        found = await _messages(chat_id, call, after)
        if found.results or found.state == "ended":
            return answer(found)
        await asyncio.sleep(LOOK_SECONDS)
    return answer(await _messages(chat_id, call, after))


@router.post(
    "/{chat_id}/hand-overs", status_code=201, response_model=ChatOut, operation_id="hand_over_chat"
)
async def post_hand_over(
    chat_id: UUID, body: HandOverChatIn, call: Annotated[Call, allow(HOTLINE)]
) -> Response:
    """To whoever is next, perhaps with another skill; the citizen is told."""
    async with call.begin() as tx:
        chat = await hand_over_chat(chat_id, body.skill, tx)
        tx.answer(ChatOut.of(chat), status=201)
    return tx.response


@router.post("/{chat_id}/ends", status_code=201, response_model=ChatOut, operation_id="end_chat")
async def post_end(chat_id: UUID, call: Annotated[Call, allow(CHATTERS)]) -> Response:
    """Either side ends it; the agent is free for whoever waits."""
    async with call.begin() as tx:
        chat = await end_chat(chat_id, tx)
        tx.answer(ChatOut.of(chat), status=201)
    return tx.response


@router.post(
    "/{chat_id}/orders",
    status_code=201,
    response_model=WorkOrderOut,
    operation_id="make_order_of_chat",
)
async def post_order(
    chat_id: UUID, body: ChatOrderIn, call: Annotated[Call, allow(HOTLINE)]
) -> Response:
    """The chat becomes an order of the citizen's own, followed and rated by them as any other."""
    async with call.begin() as tx:
        chat = await get_chat(tx, chat_id)
        command = OpenHotlineOrder(
            type=body.type,
            title=body.title,
            content=body.content or await _transcript(tx, chat),
            category=body.category,
            division=body.division or call.principal.division,
            caller_id=chat.citizen_id,
            contact_phone=None,
            is_confidential=False,
            channel=call.principal.channel,
            source="web-chat",
            urgency=body.urgency,
            place=body.place,
            chat_id=chat.id,
        )
        order = await open_hotline_order(command, tx)
        tx.answer(
            WorkOrderOut.of(order),
            status=201,
            etag=order.version,
            location=f"/workorder/v1/work-orders/{order.id}",
        )
    return tx.response


async def _messages(chat_id: UUID, call: Call, after: UUID | None) -> MessagesOut:
    async with call.read() as tx:
        chat = await get_chat(tx, chat_id, lock=False)
        found = await messages_of(tx, chat_id, after=after)
        position = await _position(tx, chat)
    is_clear = call.principal.kind != PrincipalKind.STAFF or chat.agent == call.principal.subject
    return MessagesOut(
        results=[MessageOut.of(each, is_clear=is_clear) for each in found],
        state=chat.state,
        position=position,
    )


async def _position(tx: DoorTransaction, chat: Chat) -> int | None:
    """Counted over everybody's chats; only the number is told."""
    if chat.state != "waiting":
        return None
    async with tx.beyond_reach():
        return await waiting_before(tx, chat)


async def _transcript(tx: DoorTransaction, chat: Chat) -> str:
    lines = [
        f"{SIDES[each.side]}：{each.text}"
        for each in await messages_of(tx, chat.id)
        if each.side != "system"
    ]
    return "\n".join(lines)[:CONTENT_CHARACTERS_MAX] or "（未发言）"

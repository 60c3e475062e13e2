"""Items as their department's publishers write them: drafts, publication by a second person, withdrawal."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response

from catalog.domain.item import Item, ItemVersion
from catalog.queries import items as queries
from catalog.routes.reading import item_out
from catalog.schemas.items import DraftIn, DraftOut, ItemOut, PublicationIn, WithdrawalIn
from catalog.tables.items import item_versions
from catalog.use_cases.add_draft import add_draft
from catalog.use_cases.change_draft import ChangeDraft, change_draft
from catalog.use_cases.create_item import create_item
from catalog.use_cases.publish_draft import PublishDraft, publish_draft
from catalog.use_cases.withdraw_item import WithdrawItem, withdraw_item
from chassis.door import Call, allow, answer
from chassis.identity import Reach
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["publishing"])

Publisher = Annotated[Call, allow({Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]


@router.post("/items", status_code=201, response_model=DraftOut, operation_id="create_item")
async def post_item(body: DraftIn, call: Publisher) -> Response:
    """Write a new item of the own department, with its first draft; it is public once a second person publishes it."""
    async with call.begin() as tx:
        item, draft = await create_item(body.guide, tx)
        _answer_draft(tx, item, draft)
    return tx.response


@router.get("/items/{item_id}/drafts", response_model=Page[DraftOut], operation_id="list_drafts")
async def list_drafts(item_id: UUID, call: Publisher, paging: Paging) -> Response:
    """Drafts of an item of the own department, newest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.drafts_of(item_id),
            by=[item_versions.c.number],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"drafts {item_id}",
            show=lambda row: _draft_out(row, call.principal.subject),
        )
    return answer(page)


@router.post(
    "/items/{item_id}/drafts", status_code=201, response_model=DraftOut, operation_id="add_draft"
)
async def post_draft(item_id: UUID, body: DraftIn, call: Publisher) -> Response:
    """Draft the next version; the one in force stays in force until the draft is published."""
    async with call.begin() as tx:
        item, draft = await add_draft(item_id, body.guide, tx)
        _answer_draft(tx, item, draft)
    return tx.response


@router.get("/items/{item_id}/drafts/{number}", response_model=DraftOut, operation_id="get_draft")
async def get_draft(item_id: UUID, number: Number, call: Publisher) -> Response:
    """One draft of the own department; its ETag is what the publication names in If-Match."""
    async with call.read() as tx:
        statement = queries.drafts_of(item_id).where(item_versions.c.number == number)
        row = await queries.one_row(tx, statement)
    return answer(_draft_out(row, call.principal.subject), etag=row.version)


@router.put(
    "/items/{item_id}/drafts/{number}", response_model=DraftOut, operation_id="change_draft"
)
async def put_draft(item_id: UUID, number: Number, body: DraftIn, call: Publisher) -> Response:
    """Replace a draft's content. Needs `If-Match`. Whoever changes a draft may not publish it."""
    command = ChangeDraft(item_id=item_id, number=number, guide=body.guide, seen=call.if_match())
    async with call.begin() as tx:
        draft = await change_draft(command, tx)
        tx.answer(_draft_of(draft, call.principal.subject), etag=draft.version)
    return tx.response


@router.post(
    "/items/{item_id}/publications",
    status_code=201,
    response_model=ItemOut,
    operation_id="publish_draft",
)
async def post_publication(item_id: UUID, body: PublicationIn, call: Publisher) -> Response:
    """Put a draft in force: a second publisher of the department, none of its drafters."""
    command = PublishDraft(item_id=item_id, number=body.number, seen=_seen(call))
    async with call.begin() as tx:
        item, _ = await publish_draft(command, tx)
        await tx.flush()
        row = await queries.one_row(tx, queries.item_with_version(item_id, body.number))
        location = f"/catalog/v1/items/{item_id}?version={body.number}"
        tx.answer(item_out(row), status=201, etag=item.version, location=location)
    return tx.response


@router.post(
    "/items/{item_id}/withdrawals",
    status_code=201,
    response_model=ItemOut,
    operation_id="withdraw_item",
)
async def post_withdrawal(item_id: UUID, body: WithdrawalIn, call: Publisher) -> Response:
    """Take no new applications for an item; what is in flight goes on on its version."""
    command = WithdrawItem(item_id=item_id, reason=body.reason, seen=_seen(call))
    async with call.begin() as tx:
        item = await withdraw_item(command, tx)
        await tx.flush()
        row = await queries.one_row(tx, queries.item_with_version(item_id, None))
        tx.answer(
            item_out(row), status=201, etag=item.version, location=f"/catalog/v1/items/{item_id}"
        )
    return tx.response


def _seen(call: Call) -> str:
    """Steps take If-Match when it is given; they have their own state guard."""
    return call.if_match() if "if-match" in call.request.headers else "*"


def _answer_draft(tx: Any, item: Item, draft: ItemVersion) -> None:
    tx.answer(
        _draft_of(draft, tx.principal.subject),
        status=201,
        etag=draft.version,
        location=f"/catalog/v1/items/{item.id}/drafts/{draft.number}",
    )


def _draft_of(draft: ItemVersion, caller: str) -> DraftOut:
    return DraftOut(
        item_id=draft.item_id,
        item_version_id=draft.id,
        number=draft.number,
        state=draft.state,
        guide=draft.guide,
        drafted_at=draft.drafted_at,
        is_mine=caller in draft.drafters,
    )


def _draft_out(row: Any, caller: str) -> DraftOut:
    return DraftOut(
        item_id=row.item_id,
        item_version_id=row.id,
        number=row.number,
        state=row.state,
        guide=row.guide,
        drafted_at=row.drafted_at,
        is_mine=caller in row.drafters,
    )

"""Items as their department's publishers write them: drafts, publication by a second person, withdrawal.

POST /items                            publisher (own department)  a new item with its first draft
GET  /drafts                           the same        what waits: by state, item, mine, to_check
GET, POST /items/{id}/drafts           the same        PUT /{number} with If-Match
POST /items/{id}/drafts/{number}/submissions, /recalls, /discards      the same
POST /items/{id}/drafts/{number}/checks                a second publisher: passed, or returned
POST /items/{id}/publications          a second publisher
POST /items/{id}/withdrawals           the same        停办
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from catalog.domain.drafts import VersionState
from catalog.domain.item import Item, ItemVersion
from catalog.queries import items as queries
from catalog.queries.item_pages import item_page
from catalog.routes.parameters import Publisher, VersionNumber
from catalog.routes.reading import item_out
from catalog.schemas.items import (
    CheckIn,
    DiscardIn,
    DraftIn,
    DraftOut,
    ItemOut,
    PublicationIn,
    RecallIn,
    WithdrawalIn,
)
from catalog.tables.items import item_versions
from catalog.use_cases.add_draft import add_draft
from catalog.use_cases.change_draft import ChangeDraft, change_draft
from catalog.use_cases.check_draft import CheckDraft, check_draft
from catalog.use_cases.create_item import create_item
from catalog.use_cases.discard_draft import DiscardDraft, discard_draft
from catalog.use_cases.publish_draft import PublishDraft, publish_draft
from catalog.use_cases.recall_draft import RecallDraft, recall_draft
from catalog.use_cases.submit_draft import SubmitDraft, submit_draft
from catalog.use_cases.withdraw_item import WithdrawItem, withdraw_item
from chassis.door import Call, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.guide import Guide

router = APIRouter(prefix="/catalog/v1", tags=["publishing"])

DraftState = Literal["draft", "submitted", "checked", "scheduled", "discarded"]


@router.post("/items", status_code=201, response_model=DraftOut, operation_id="create_item")
async def post_item(body: DraftIn, call: Publisher) -> Response:
    """Write a new item of the own department, with its first draft; it is public once a second person publishes it."""
    async with call.begin() as tx:
        item, draft = await create_item(body.guide, tx)
        _answer_draft(tx, item, draft)
    return tx.response


@router.get("/drafts", response_model=Page[DraftOut], operation_id="list_waiting_drafts")
async def list_waiting(
    call: Publisher,
    paging: Paging,
    state: Annotated[DraftState | None, Query()] = None,
    item: Annotated[UUID | None, Query()] = None,
    mine: Annotated[bool, Query()] = False,
    to_check: Annotated[bool, Query()] = False,
) -> Response:
    """Versions of the own department that are not in force yet, newest first: who waits for what.

    Those discarded are shown when `state` asks for them.
    `mine`: those the caller wrote in; `to_check`: submitted ones that the caller may check.
    """
    me = call.principal.subject
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.waiting_drafts(
                state=state or "",
                drafter=me if mine else "",
                to_check_by=me if to_check else "",
                item_id=item,
            ),
            by=[item_versions.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"waiting {state} {mine} {to_check} {item}",
            show=lambda row: _draft_out(row, me),
        )
    return answer(page)


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
async def get_draft(item_id: UUID, number: VersionNumber, call: Publisher) -> Response:
    """One draft of the own department; its ETag is what the publication names in If-Match."""
    async with call.read() as tx:
        row = await queries.one_row(tx, queries.one_draft(item_id, number))
    return answer(_draft_out(row, call.principal.subject), etag=row.version)


@router.put(
    "/items/{item_id}/drafts/{number}", response_model=DraftOut, operation_id="change_draft"
)
async def put_draft(
    item_id: UUID, number: VersionNumber, body: DraftIn, call: Publisher
) -> Response:
    """Replace a draft's content. Needs `If-Match`. Whoever changes a draft may not publish it."""
    command = ChangeDraft(item_id=item_id, number=number, guide=body.guide, seen=call.if_match())
    async with call.begin() as tx:
        draft = await change_draft(command, tx)
        tx.answer(_draft_out(draft, call.principal.subject), etag=draft.version)
    return tx.response


@router.post(
    "/items/{item_id}/drafts/{number}/submissions",
    status_code=201,
    response_model=DraftOut,
    operation_id="submit_draft",
)
async def post_submission(item_id: UUID, number: VersionNumber, call: Publisher) -> Response:
    """Hand a draft in for its check; what does not keep the publishing rules is named, every fault at once."""
    async with call.begin() as tx:
        draft = await submit_draft(SubmitDraft(item_id=item_id, number=number), tx)
        tx.answer(_draft_out(draft, call.principal.subject), status=201, etag=draft.version)
    return tx.response


@router.post(
    "/items/{item_id}/drafts/{number}/checks",
    status_code=201,
    response_model=DraftOut,
    operation_id="check_draft",
)
async def post_check(
    item_id: UUID, number: VersionNumber, body: CheckIn, call: Publisher
) -> Response:
    """A second person's check, none of its drafters: passed, or returned with the reason."""
    command = CheckDraft(item_id=item_id, number=number, outcome=body.outcome, reason=body.reason)
    async with call.begin() as tx:
        draft = await check_draft(command, tx)
        tx.answer(_draft_out(draft, call.principal.subject), status=201, etag=draft.version)
    return tx.response


@router.post(
    "/items/{item_id}/drafts/{number}/recalls",
    status_code=201,
    response_model=DraftOut,
    operation_id="recall_draft",
)
async def post_recall(
    item_id: UUID, number: VersionNumber, body: RecallIn, call: Publisher
) -> Response:
    """Take back what is not in force yet, a scheduled publication too: it is a draft again."""
    command = RecallDraft(item_id=item_id, number=number, reason=body.reason)
    async with call.begin() as tx:
        draft = await recall_draft(command, tx)
        tx.answer(_draft_out(draft, call.principal.subject), status=201, etag=draft.version)
    return tx.response


@router.post(
    "/items/{item_id}/drafts/{number}/discards",
    status_code=201,
    response_model=DraftOut,
    operation_id="discard_draft",
)
async def post_discard(
    item_id: UUID, number: VersionNumber, body: DiscardIn, call: Publisher
) -> Response:
    """End a draft that nobody will publish, for good; one that is scheduled is recalled first."""
    command = DiscardDraft(item_id=item_id, number=number, reason=body.reason)
    async with call.begin() as tx:
        draft = await discard_draft(command, tx)
        tx.answer(_draft_out(draft, call.principal.subject), status=201, etag=draft.version)
    return tx.response


@router.post(
    "/items/{item_id}/publications",
    status_code=201,
    response_model=ItemOut | DraftOut,
    operation_id="publish_draft",
)
async def post_publication(item_id: UUID, body: PublicationIn, call: Publisher) -> Response:
    """Put a draft in force: a second publisher of the department, none of its drafters.

    With a later `effective_from` it is scheduled and enters into force on that day: 202, and the draft's state.
    """
    command = PublishDraft(item_id=item_id, number=body.number, seen=_seen(call))
    async with call.begin() as tx:
        item, draft = await publish_draft(command, tx)
        if draft.state is VersionState.SCHEDULED:
            _answer_draft(tx, item, draft, status=202)
        else:
            await tx.flush()
            row = await queries.one_row(tx, item_page(item_id, body.number))
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
        row = await queries.one_row(tx, item_page(item_id, None))
        tx.answer(
            item_out(row), status=201, etag=item.version, location=f"/catalog/v1/items/{item_id}"
        )
    return tx.response


def _seen(call: Call) -> str:
    """Steps take If-Match when it is given; they have their own state guard."""
    return call.if_match() if "if-match" in call.request.headers else "*"


def _answer_draft(tx: Any, item: Item, draft: ItemVersion, *, status: int = 201) -> None:
    tx.answer(
        _draft_out(draft, tx.principal.subject),
        status=status,
        etag=draft.version,
        location=f"/catalog/v1/items/{item.id}/drafts/{draft.number}",
    )


def _draft_out(draft: Any, caller: str) -> DraftOut:
    """Of an ItemVersion, or of its row."""
    guide = Guide.model_validate(draft.guide)
    return DraftOut(
        item_id=draft.item_id,
        item_version_id=draft.id,
        number=draft.number,
        state=draft.state,
        guide=guide,
        drafted_at=draft.drafted_at,
        submitted_at=draft.submitted_at,
        effective_from=guide.effective_from,
        is_checked=draft.checked_by is not None,
        base_number=draft.base_number,
        drafters=list(draft.drafters),
        is_mine=caller in draft.drafters,
    )

"""Bundles as their lead department writes them.

POST /bundles · POST /bundles/{id}/drafts          publisher of the lead department
GET  /bundles/{id}/drafts/{n} · PUT with If-Match  the same
POST /bundles/{id}/drafts/{n}/discards             the same
GET  /bundle-drafts                                the same
POST /bundles/{id}/publications · /withdrawals     the same; publication by a second person
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.domain.bundles import BundleContent, BundleVersion
from catalog.queries import bundles as queries
from catalog.queries.items import one_row
from catalog.routes.bundles import bundle_out, places_out
from catalog.routes.parameters import Publisher, VersionNumber
from catalog.schemas.bundles import (
    BundleDraftOut,
    BundleIn,
    BundleOut,
    BundlePublicationIn,
    BundleWithdrawalIn,
)
from catalog.schemas.items import DiscardIn
from catalog.tables.bundles import bundle_versions
from catalog.use_cases.add_bundle_draft import add_bundle_draft
from catalog.use_cases.change_bundle_draft import change_bundle_draft
from catalog.use_cases.create_bundle import create_bundle
from catalog.use_cases.discard_bundle_draft import discard_bundle_draft
from catalog.use_cases.publish_bundle import publish_bundle
from catalog.use_cases.withdraw_bundle import withdraw_bundle
from chassis.door import answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["bundles"])


@router.post(
    "/bundles", status_code=201, response_model=BundleDraftOut, operation_id="create_bundle"
)
async def post_bundle(body: BundleIn, call: Publisher) -> Response:
    """Write a new bundle that the own department leads; it is public once a second person publishes it."""
    async with call.begin() as tx:
        _, draft = await create_bundle(body.bundle, tx)
        _answer_draft(tx, draft)
    return tx.response


@router.get(
    "/bundle-drafts", response_model=Page[BundleDraftOut], operation_id="list_bundle_drafts"
)
async def list_drafts(call: Publisher, paging: Paging) -> Response:
    """Drafts of the bundles that the own department leads, newest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.bundle_drafts(call.principal.department),
            by=[bundle_versions.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"bundle_drafts {call.principal.department}",
            show=lambda row: _draft_out(row, call.principal.subject),
        )
    return answer(page)


@router.post(
    "/bundles/{bundle_id}/drafts",
    status_code=201,
    response_model=BundleDraftOut,
    operation_id="add_bundle_draft",
)
async def post_draft(bundle_id: UUID, body: BundleIn, call: Publisher) -> Response:
    """Draft the next version; the one in force stays in force until the draft is published."""
    async with call.begin() as tx:
        _, draft = await add_bundle_draft(bundle_id, body.bundle, tx)
        _answer_draft(tx, draft)
    return tx.response


@router.put(
    "/bundles/{bundle_id}/drafts/{number}",
    response_model=BundleDraftOut,
    operation_id="change_bundle_draft",
)
async def put_draft(
    bundle_id: UUID, number: VersionNumber, body: BundleIn, call: Publisher
) -> Response:
    """Replace a draft's content. Needs `If-Match`. Whoever changes a draft may not publish it."""
    call.if_match()
    async with call.begin() as tx:
        draft = await change_bundle_draft(bundle_id, number, body.bundle, tx)
        tx.answer(_draft_out(draft, call.principal.subject), etag=draft.version)
    return tx.response


@router.get(
    "/bundles/{bundle_id}/drafts/{number}",
    response_model=BundleDraftOut,
    operation_id="get_bundle_draft",
)
async def get_draft(bundle_id: UUID, number: VersionNumber, call: Publisher) -> Response:
    """One draft of the own department, a discarded one too; its ETag is what a change and a publication name."""
    async with call.read() as tx:
        row = await one_row(tx, queries.bundle_draft(bundle_id, number))
    return answer(_draft_out(row, call.principal.subject), etag=row.version)


@router.post(
    "/bundles/{bundle_id}/drafts/{number}/discards",
    status_code=201,
    response_model=BundleDraftOut,
    operation_id="discard_bundle_draft",
)
async def post_discard(
    bundle_id: UUID, number: VersionNumber, body: DiscardIn, call: Publisher
) -> Response:
    """End a draft that nobody will publish, for good; it leaves the list of drafts and stays in the history."""
    async with call.begin() as tx:
        draft = await discard_bundle_draft(bundle_id, number, body.reason, tx)
        tx.answer(_draft_out(draft, call.principal.subject), status=201, etag=draft.version)
    return tx.response


@router.post(
    "/bundles/{bundle_id}/publications",
    status_code=201,
    response_model=BundleOut,
    operation_id="publish_bundle",
)
async def post_publication(bundle_id: UUID, body: BundlePublicationIn, call: Publisher) -> Response:
    """Put a draft in force: a second publisher of the lead department, none of its drafters."""
    async with call.begin() as tx:
        bundle, _ = await publish_bundle(bundle_id, body.number, tx)
        await tx.flush()
        found = await bundle_out(tx, bundle_id, body.number)
        location = f"/catalog/v1/bundles/{bundle_id}?version={body.number}"
        tx.answer(found, status=201, etag=bundle.version, location=location)
    return tx.response


@router.post(
    "/bundles/{bundle_id}/withdrawals",
    status_code=201,
    response_model=BundleOut,
    operation_id="withdraw_bundle",
)
async def post_withdrawal(bundle_id: UUID, body: BundleWithdrawalIn, call: Publisher) -> Response:
    """Close a bundle; its members stay open one by one. A later version takes it up again."""
    async with call.begin() as tx:
        bundle = await withdraw_bundle(bundle_id, body.reason, tx)
        await tx.flush()
        tx.answer(await bundle_out(tx, bundle_id, None), status=201, etag=bundle.version)
    return tx.response


def _answer_draft(tx: Any, draft: BundleVersion) -> None:
    tx.answer(
        _draft_out(draft, tx.principal.subject),
        status=201,
        etag=draft.version,
        location=f"/catalog/v1/bundles/{draft.bundle_id}/drafts/{draft.number}",
    )


def _draft_out(draft: Any, caller: str) -> BundleDraftOut:
    """Of a BundleVersion, or of its row."""
    return BundleDraftOut(
        bundle_id=draft.bundle_id,
        number=draft.number,
        state=draft.state,
        bundle=BundleContent.model_validate(draft.content),
        places=places_out(draft.merged),
        drafted_at=draft.drafted_at,
        is_mine=caller in draft.drafters,
    )

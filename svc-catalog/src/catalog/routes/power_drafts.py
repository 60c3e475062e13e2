"""Rows of the list of powers as they are written.

POST /powers                           system_admin: listed at once · publisher: drafts of the own department
GET  /power-drafts, /{id}              publisher, of the own department
POST /power-drafts/{id}/publications   publisher, a second one
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.domain.powers import PowerContent, content_faults
from catalog.queries import items as item_queries
from catalog.queries import powers as queries
from catalog.repository.powers import stages_by_type
from catalog.routes.parameters import Publisher, PublisherOrAdministrator
from catalog.routes.powers import power_out
from catalog.schemas.powers import (
    FaultOut,
    PowerDraftOut,
    PowerOut,
    PowerRowOut,
    PowerRowsOut,
    PowersIn,
    ReasonIn,
)
from catalog.tables.powers import power_drafts
from catalog.use_cases.list_powers import ListPowers, RowOutcome, list_powers
from catalog.use_cases.publish_power_draft import publish_power_draft
from chassis.clock import CITY_ZONE
from chassis.door import answer
from chassis.errors import FieldFault, InvalidError
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["powers"])


@router.post("/powers", response_model=PowerRowsOut, operation_id="register_powers")
async def post_powers(body: PowersIn, call: PublisherOrAdministrator) -> Response:
    """Rows of the list, each with its verdict: listed at once for an administrator, drafts for a publisher."""
    async with call.begin() as tx:
        is_admin = Role.SYSTEM_ADMIN in tx.principal.roles
        since = tx.now
        if body.since is not None:
            since = datetime.combine(body.since, time(), CITY_ZONE)
        if since > tx.now:
            raise InvalidError(
                "列入日期不能晚于今天；将来生效的请提出调整",
                "`since` is not in the future; what is to hold later is an adjustment",
                code="since-in-future",
            )
        command = ListPowers(
            rows=body.rows,
            since=since,
            reason=body.reason,
            is_whole=body.atomic,
            as_drafts_of=None if is_admin else tx.principal.department,
        )
        outcomes = await list_powers(command, tx)
        refused = sum(outcome.outcome == "refused" for outcome in outcomes)
        tx.answer(
            PowerRowsOut(
                accepted=len(outcomes) - refused,
                refused=refused,
                results=[_row_out(outcome) for outcome in outcomes],
            )
        )
    return tx.response


@router.get("/power-drafts", response_model=Page[PowerDraftOut], operation_id="list_power_drafts")
async def get_drafts(call: Publisher, paging: Paging) -> Response:
    """Drafts of the own department, newest first."""
    async with call.read() as tx:
        stages = await stages_by_type(tx)
        page = await page_of(
            tx,
            queries.open_drafts(),
            by=[power_drafts.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="power-drafts",
            show=lambda row: _draft_out(row, call.principal.subject, stages),
        )
    return answer(page)


@router.get(
    "/power-drafts/{draft_id}", response_model=PowerDraftOut, operation_id="get_power_draft"
)
async def get_draft(draft_id: UUID, call: Publisher) -> Response:
    """One draft of the own department, with what still stands in the way of publishing it."""
    async with call.read() as tx:
        row = await item_queries.one_row(tx, queries.open_drafts(draft_id))
        shown = _draft_out(row, call.principal.subject, await stages_by_type(tx))
    return answer(shown, etag=row.version)


@router.post(
    "/power-drafts/{draft_id}/publications",
    status_code=201,
    response_model=PowerOut,
    operation_id="publish_power_draft",
)
async def post_publication(draft_id: UUID, body: ReasonIn, call: Publisher) -> Response:
    """Put a draft on the list, by a second publisher of the department."""
    async with call.begin() as tx:
        power = await publish_power_draft(draft_id, body.reason, tx)
        row = await item_queries.one_row(tx, queries.power_version(power.id, None))
        tx.answer(
            power_out(row),
            status=201,
            etag=power.number,
            location=f"/catalog/v1/powers/{power.id}",
        )
    return tx.response


def _row_out(outcome: RowOutcome) -> PowerRowOut:
    return PowerRowOut(
        number=outcome.number,
        outcome=outcome.outcome,
        id=outcome.id,
        faults=_faults_out(outcome.faults),
    )


def _faults_out(faults: Sequence[FieldFault]) -> list[FaultOut]:
    return [
        FaultOut(pointer=fault.pointer, code=fault.code, detail=fault.zh, detail_en=fault.en)
        for fault in faults
    ]


def _draft_out(row: Any, caller: str, stages: dict[str, tuple[str, ...]]) -> PowerDraftOut:
    content = PowerContent.model_validate(row.content)
    return PowerDraftOut(
        id=row.id,
        content=content,
        drafted_at=row.drafted_at,
        is_mine=caller in row.drafters,
        version=row.version,
        faults=_faults_out(content_faults(content, stages)),
    )

"""Audits of all guides in force, how complete guides are, and whether they say the same everywhere.

POST /audits                       coordinator, system_admin   a job
GET  /audits, /guide-completeness  anyone
GET  /items/{id}/consistency       anyone; the item beside the same item elsewhere, and beside what channels show
POST /channel-copies               partner, publisher (own department), system_admin; what channels show
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Row, select

from catalog.domain.consistency import Content, content_of, differences, version_difference
from catalog.queries import audit as queries
from catalog.queries.items import one_row
from catalog.repository.audit import guides_of
from catalog.repository.auditing import AUDIT
from catalog.repository.channel_copies import contents_of
from catalog.routes.parameters import Anyone, CoordinatorOrAdministrator
from catalog.schemas.audit import (
    AuditOut,
    ChannelStandingOut,
    CompletenessOut,
    ConsistencyOut,
    CopiesIn,
    CopiesOut,
    DivisionStandingOut,
)
from catalog.tables.audit import audit_tallies, audits
from catalog.use_cases.report_channel_copies import CopySaid, report_channel_copies
from chassis.door import Call, allow, answer
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.job_routes import JobOut, answer_queued
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["audit"])

CopyReporter = Annotated[
    Call,
    allow(
        {Role.PARTNER: Reach.ALL, Role.PUBLISHER: Reach.DEPARTMENT, Role.SYSTEM_ADMIN: Reach.ALL},
        assurance=0,
    ),
]


@router.post("/audits", status_code=202, response_model=JobOut, operation_id="start_audit")
async def post_audit(call: CoordinatorOrAdministrator) -> Response:
    """Look over all items in force; a job, whose progress counts rules."""
    async with call.begin() as tx:
        answer_queued(tx, call.runtime, kind=AUDIT, input={})
    return tx.response


@router.get("/audits", response_model=Page[AuditOut], operation_id="list_audits")
async def list_audits(call: Anyone, paging: Paging) -> Response:
    """Audits, newest first, with what each opened and closed."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(audits),
            by=[audits.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="audits",
            show=AuditOut.model_validate,
        )
    return answer(page)


@router.get(
    "/guide-completeness",
    response_model=Page[CompletenessOut],
    operation_id="list_guide_completeness",
)
async def list_completeness(call: Anyone, paging: Paging, period: InPeriod) -> Response:
    """How complete guides are, by department, as the last audit up to `to` counted."""
    async with call.read() as tx:
        audit = await queries.last_audit(tx, period.last_day)
        if audit is None:
            return answer(Page[CompletenessOut](results=[]))
        page = await page_of(
            tx,
            queries.completeness_by_department(audit.id, period),
            by=[audit_tallies.c.department, audit_tallies.c.division],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"guide-completeness {audit.id} {period}",
            show=_completeness,
            descending=False,
        )
    return answer(page)


@router.get(
    "/items/{item_id}/consistency",
    response_model=ConsistencyOut,
    operation_id="get_item_consistency",
)
async def get_consistency(item_id: UUID, call: Anyone) -> Response:
    """An item in force beside the same item elsewhere, and beside what each of its channels shows."""
    async with call.read() as tx:
        facts = await one_row(tx, queries.facts_row(item_id))
        divisions = await queries.divisions_with(tx, facts)
        item = (await guides_of(tx, [item_id]))[item_id]
        copies = {row.channel: row for row in await tx.all(queries.copies_of(item_id))}
        contents = await contents_of(tx, list(copies.values()))
    here = content_of(item.guide)
    channels = sorted({*item.guide["channels"], *copies})
    return answer(
        ConsistencyOut(
            item_id=item_id,
            group=facts.group_key,
            divisions=[DivisionStandingOut(**each) for each in divisions],
            channels=[
                _standing(
                    channel,
                    copies.get(channel),
                    here=here,
                    shown=contents.get((item_id, channel)),
                    number=item.number,
                )
                for channel in channels
            ],
        )
    )


@router.post("/channel-copies", response_model=CopiesOut, operation_id="report_channel_copies")
async def post_copies(body: CopiesIn, call: CopyReporter) -> Response:
    """What channels really show of items, in full or as a version of the guide; all rows or none.

    The guide itself does not change. What a channel shows of an older version differs, and is found at the owner.
    """
    rows = [
        CopySaid(
            item_id=row.item_id,
            channel=row.channel,
            materials=tuple(row.materials or ()),
            conditions=tuple(row.conditions or ()),
            version=row.version,
        )
        for row in body.rows
    ]
    async with call.begin() as tx:
        kept, differing = await report_channel_copies(rows, tx)
        tx.answer(CopiesOut(kept=kept, differing=differing))
    return tx.response


def _completeness(row: Row[Any]) -> CompletenessOut:
    share = round(row.filled / row.mandatory, 4) if row.mandatory else None
    return CompletenessOut(
        department=row.department,
        division=row.division,
        items=row.items,
        filled=row.filled,
        mandatory=row.mandatory,
        share=share,
    )


def _standing(
    channel: str, copy: Row[Any] | None, *, here: Content, shown: Content | None, number: int
) -> ChannelStandingOut:
    if copy is None or shown is None:
        return ChannelStandingOut(
            channel=channel, standing="unknown", reported_at=None, differences=[]
        )
    found = [*version_difference(copy.shown_version, number), *differences(here, shown)]
    return ChannelStandingOut(
        channel=channel,
        standing="differs" if found else "consistent",
        reported_at=copy.reported_at,
        shown_version=copy.shown_version,
        differences=[each.as_json() for each in found],
    )

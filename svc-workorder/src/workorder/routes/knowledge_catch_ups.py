"""Catching up of the knowledge base (知识库) with the guides in force, through the HTTP door.

POST /knowledge-catch-ups                                     lead, system_admin     a job: draw from guides not drawn from yet
GET  /knowledge-catch-ups, /{id}                              those, auditor         how far each is; cancelled as every job is
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Row, Select, select

from chassis.door import Call, allow, answer
from chassis.errors import NotFoundError
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.domain.knowledge import CATCH_UP
from workorder.routes.policies import CATCH_UP_READERS, CATCH_UP_STARTERS
from workorder.routes.started_jobs import answer_started
from workorder.schemas.calendar import JobStartedOut
from workorder.schemas.knowledge import CatchUpOut

router = APIRouter(prefix="/workorder/v1", tags=["knowledge base"])


@router.post(
    "/knowledge-catch-ups",
    status_code=202,
    response_model=JobStartedOut,
    operation_id="start_knowledge_catch_up",
)
async def post_catch_up(
    call: Annotated[Call, allow(CATCH_UP_STARTERS, assurance=3)],
) -> Response:
    """Draw answers from every guide in force that none was drawn from. Takes no body; drawn once is drawn."""
    async with call.begin() as tx:
        answer_started(tx, call, kind=CATCH_UP, place="knowledge-catch-ups")
    return tx.response


@router.get(
    "/knowledge-catch-ups",
    response_model=Page[CatchUpOut],
    operation_id="list_knowledge_catch_ups",
)
async def list_catch_ups(
    call: Annotated[Call, allow(CATCH_UP_READERS)], paging: Paging
) -> Response:
    """Catch-ups, newest first, whoever started them."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            _catch_ups(call),
            by=[call.runtime.table("jobs").c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="knowledge_catch_ups",
            show=_shown,
        )
    return answer(page)


@router.get(
    "/knowledge-catch-ups/{catch_up_id}",
    response_model=CatchUpOut,
    operation_id="get_knowledge_catch_up",
)
async def get_catch_up(
    catch_up_id: UUID, call: Annotated[Call, allow(CATCH_UP_READERS)]
) -> Response:
    """How far a catch-up is: guides drawn from, of how many, and those that could not be read."""
    jobs = call.runtime.table("jobs")
    async with call.read() as tx:
        row = await tx.one_or_none(_catch_ups(call).where(jobs.c.id == catch_up_id))
    if row is None:
        raise NotFoundError
    return answer(_shown(row))


def _catch_ups(call: Call) -> Select[Any]:
    jobs = call.runtime.table("jobs")
    return select(jobs).where(jobs.c.kind == CATCH_UP)


def _shown(row: Row[Any]) -> CatchUpOut:
    return CatchUpOut(
        id=row.id,
        state=row.state,
        done=row.done,
        total=row.total,
        drawn=row.accepted,
        unreadable=row.refused,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )

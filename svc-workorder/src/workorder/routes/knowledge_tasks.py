"""What is to be done for the knowledge base (知识库) through the HTTP door.

GET  /knowledge-tasks, POST /{id}/dismissals, /reopenings     departments, lead      to review, to look at, to answer
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.queries import knowledge as queries
from workorder.routes.policies import ARTICLE_KEEPERS, ARTICLE_READERS
from workorder.schemas.knowledge import ArticleReasonIn, KbTaskOut
from workorder.tables import kb_tasks
from workorder.use_cases.finish_kb_task import finish_kb_task

router = APIRouter(prefix="/workorder/v1", tags=["knowledge base"])


@router.get("/knowledge-tasks", response_model=Page[KbTaskOut], operation_id="list_kb_tasks")
async def list_kb_tasks(
    call: Annotated[Call, allow(ARTICLE_READERS)],
    paging: Paging,
    kind: Literal["review", "redraw", "answer"] | None = None,
    is_open: Annotated[bool, Query(alias="open")] = True,
) -> Response:
    """What is to be done for the knowledge base, the most pressing first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.tasks_where(kind=kind, is_open=is_open),
            by=[kb_tasks.c.due_on, kb_tasks.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"kb_tasks {kind} {is_open}",
            show=KbTaskOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/knowledge-tasks/{task_id}/dismissals",
    status_code=201,
    response_model=KbTaskOut,
    operation_id="dismiss_kb_task",
)
async def post_dismissal(
    task_id: UUID, body: ArticleReasonIn, call: Annotated[Call, allow(ARTICLE_KEEPERS)]
) -> Response:
    """Nothing has to be done, and why."""
    async with call.begin() as tx:
        await finish_kb_task(task_id, body.reason, tx)
        await _answer_task(tx, task_id)
    return tx.response


@router.post(
    "/knowledge-tasks/{task_id}/reopenings",
    status_code=201,
    response_model=KbTaskOut,
    operation_id="reopen_kb_task",
)
async def post_reopening(
    task_id: UUID, body: ArticleReasonIn, call: Annotated[Call, allow(ARTICLE_KEEPERS)]
) -> Response:
    """It has to be done after all."""
    async with call.begin() as tx:
        await finish_kb_task(task_id, body.reason, tx, take_back=True)
        await _answer_task(tx, task_id)
    return tx.response


async def _answer_task(tx: DoorTransaction, task_id: UUID) -> None:
    row = await tx.one_or_none(select(kb_tasks).where(kb_tasks.c.id == task_id))
    assert row is not None
    tx.answer(KbTaskOut.model_validate(row), status=201, etag=row.row_version)

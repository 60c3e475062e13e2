"""Published answers of the knowledge base (知识库) through the HTTP door.

GET  /knowledge-answers, /{id}                                every desk             what is published, by words; age and owner
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.clock import local_date
from chassis.door import Call, allow, answer
from chassis.errors import NotFoundError
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.queries import knowledge as queries
from workorder.routes.policies import EVERY_DESK
from workorder.schemas.knowledge import (
    CategoryAsked,
    DepartmentAsked,
    FoundAnswerOut,
    ItemAsked,
)
from workorder.tables import kb_articles

router = APIRouter(prefix="/workorder/v1", tags=["knowledge base"])


@router.get(
    "/knowledge-answers", response_model=Page[FoundAnswerOut], operation_id="search_answers"
)
async def search_answers(
    call: Annotated[Call, allow(EVERY_DESK)],
    paging: Paging,
    q: Annotated[str | None, Query(max_length=100)] = None,
    category: CategoryAsked = None,
    department: DepartmentAsked = None,
    item_code: ItemAsked = None,
) -> Response:
    """Published answers that hold today, the newest first; `q` searches title, question and answer."""
    async with call.read() as tx:
        now, today = tx.now, local_date(tx.now)
        page = await page_of(
            tx,
            queries.answers_where(
                today, q=q, category=category, department=department, item_code=item_code
            ),
            by=[kb_articles.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"answers {q} {category} {department} {item_code}",
            show=lambda row: FoundAnswerOut.of_row(row, now, today),
        )
    return answer(page)


@router.get(
    "/knowledge-answers/{article_id}", response_model=FoundAnswerOut, operation_id="get_answer"
)
async def get_answer(article_id: UUID, call: Annotated[Call, allow(EVERY_DESK)]) -> Response:
    """One published answer."""
    async with call.read() as tx:
        today = local_date(tx.now)
        statement = queries.answers_where(today).where(kb_articles.c.id == article_id)
        row = await tx.one_or_none(statement)
        if row is None:
            raise NotFoundError
        out = FoundAnswerOut.of_row(row, tx.now, today)
    return answer(out, etag=row.row_version)

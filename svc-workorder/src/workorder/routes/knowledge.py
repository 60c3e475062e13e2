"""The knowledge base (知识库) through the HTTP door.

GET  /knowledge-answers, /{id}                                every desk             what is published, by words; age and owner
GET  /knowledge-articles, /export, /{id}, /{id}/steps         departments, lead      articles in any state, with versions
POST /knowledge-articles, PUT /{id}                           departments, lead      write down; it waits for a second person
POST /knowledge-articles/{id}/publications, /rejections       departments, lead      by a second person
POST /knowledge-articles/{id}/reviews                         departments, lead      looked at, still right
POST /knowledge-articles/{id}/retirements, /restorations      departments, lead      out of use; taken back
POST /knowledge-articles/imports                              departments            a job, row by row
GET  /knowledge-tasks, POST /{id}/dismissals, /reopenings     departments, lead      to review, to look at, to answer
GET  /work-orders/{id}/citations                              readers of orders      answers that were cited
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, File, Query, Response, UploadFile
from sqlalchemy import select

from chassis.clock import local_date
from chassis.door import Call, DoorTransaction, allow, answer
from chassis.errors import NotFoundError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.job_routes import JobOut
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from workorder.domain.knowledge import ARTICLE_IMPORT
from workorder.queries import knowledge as queries
from workorder.queries import work_orders as order_queries
from workorder.repository.knowledge import article_row
from workorder.routes.policies import (
    ARTICLE_KEEPERS,
    ARTICLE_READERS,
    DEPARTMENTS,
    EVERY_DESK,
    WORK_ORDER_READERS,
)
from workorder.routes.table_files import take_file
from workorder.schemas.knowledge import (
    ArticleOut,
    ArticleReasonIn,
    ArticleReviewIn,
    ArticleSaveIn,
    ArticleStepOut,
    CitationOut,
    FoundAnswerOut,
    KbTaskOut,
)
from workorder.tables import kb_article_steps, kb_articles, kb_tasks, work_order_citations
from workorder.use_cases.finish_kb_task import finish_kb_task
from workorder.use_cases.publish_article import publish_article
from workorder.use_cases.retire_article import retire_article
from workorder.use_cases.review_article import review_article
from workorder.use_cases.save_article import SaveArticle, save_article
from workorder.use_cases.send_article_back import send_article_back

router = APIRouter(prefix="/workorder/v1", tags=["knowledge base"])

COLUMNS = [
    ExportColumn(name="category", head="分类"),
    ExportColumn(name="title", head="标题", width=40),
    ExportColumn(name="question", head="问题", width=40),
    ExportColumn(name="answer", head="答案", width=80),
    ExportColumn(name="department", head="承办单位", width=24),
    ExportColumn(name="owner", head="责任人", width=24),
    ExportColumn(name="state", head="状态"),
    ExportColumn(name="valid_from", head="生效日期"),
    ExportColumn(name="valid_until", head="失效日期"),
    ExportColumn(name="review_due", head="复核日期"),
    ExportColumn(name="is_stale", head="已陈旧"),
    ExportColumn(name="item_code", head="事项编码", width=24),
    ExportColumn(name="answered_at", head="最近答复时间", width=20),
    ExportColumn(name="version", head="版本"),
]
CategoryAsked = Annotated[str | None, Query(max_length=64)]
DepartmentAsked = Annotated[str | None, Query(pattern=r"^[0-9A-Z-]{2,22}$")]
ItemAsked = Annotated[str | None, Query(max_length=64)]
StateAsked = Literal["draft", "published", "retired"]


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


@router.get("/knowledge-articles", response_model=Page[ArticleOut], operation_id="list_articles")
async def list_articles(
    call: Annotated[Call, allow(ARTICLE_READERS)],
    paging: Paging,
    state: StateAsked | None = None,
    category: CategoryAsked = None,
    department: DepartmentAsked = None,
    item_code: ItemAsked = None,
    stale: bool | None = None,
    pending: bool | None = None,
    due_by: date | None = None,
) -> Response:
    """Articles in any state within reach, newest first; `pending`: a change waits for a second person."""
    statement = queries.articles_where(
        state=state,
        category=category,
        department=department,
        item_code=item_code,
        stale=stale,
        pending=pending,
        due_by=due_by,
    )
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[kb_articles.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"articles {state} {category} {department} {item_code} {stale} {pending} {due_by}",
            show=ArticleOut.model_validate,
        )
    return answer(page)


@router.get(
    "/knowledge-articles/export",
    operation_id="export_articles",
    response_class=Response,
    responses=EXPORT_RESPONSES,
)
async def export_articles(
    call: Annotated[Call, allow(ARTICLE_READERS)],
    state: StateAsked | None = None,
    category: CategoryAsked = None,
    department: DepartmentAsked = None,
    stale: bool | None = None,
    format: ExportKind = "csv",
) -> Response:
    """Articles as a file; it can be imported again."""
    statement = queries.articles_where(
        state=state, category=category, department=department, stale=stale
    )
    return await export_of(
        call, statement, columns=COLUMNS, by=[kb_articles.c.id], name="知识库", kind=format
    )


@router.post(
    "/knowledge-articles",
    status_code=201,
    response_model=ArticleOut,
    operation_id="write_article",
)
async def post_article(body: ArticleSaveIn, call: Annotated[Call, allow(DEPARTMENTS)]) -> Response:
    """Write an answer down for one's department; a second person publishes it."""
    command = SaveArticle(content=body.content(), reason=body.reason, task_id=body.task_id)
    async with call.begin() as tx:
        article_id = await save_article(command, tx)
        await _answer(tx, article_id, status=201)
    return tx.response


@router.get(
    "/knowledge-articles/{article_id}", response_model=ArticleOut, operation_id="get_article"
)
async def get_article(article_id: UUID, call: Annotated[Call, allow(ARTICLE_READERS)]) -> Response:
    """One article within reach, with the change that waits."""
    async with call.read() as tx:
        row = await article_row(tx, article_id)
    return answer(ArticleOut.model_validate(row), etag=row.row_version)


@router.put(
    "/knowledge-articles/{article_id}", response_model=ArticleOut, operation_id="change_article"
)
async def put_article(
    article_id: UUID, body: ArticleSaveIn, call: Annotated[Call, allow(ARTICLE_KEEPERS)]
) -> Response:
    """A change, which waits for a second person; what is published stays until then."""
    call.if_match()
    command = SaveArticle(content=body.content(), reason=body.reason, article_id=article_id)
    async with call.begin() as tx:
        await save_article(command, tx)
        await _answer(tx, article_id)
    return tx.response


@router.post(
    "/knowledge-articles/{article_id}/publications",
    status_code=201,
    response_model=ArticleOut,
    operation_id="publish_article",
)
async def post_publication(
    article_id: UUID, body: ArticleReasonIn, call: Annotated[Call, allow(ARTICLE_KEEPERS)]
) -> Response:
    """Publish what waits, by another person than wrote it."""
    async with call.begin() as tx:
        await publish_article(article_id, body.reason, tx)
        await _answer(tx, article_id, status=201)
    return tx.response


@router.post(
    "/knowledge-articles/{article_id}/rejections",
    status_code=201,
    response_model=ArticleOut,
    operation_id="send_article_back",
)
async def post_rejection(
    article_id: UUID, body: ArticleReasonIn, call: Annotated[Call, allow(ARTICLE_KEEPERS)]
) -> Response:
    """What waits is not published; whoever wrote it may also take it back so."""
    async with call.begin() as tx:
        await send_article_back(article_id, body.reason, tx)
        await _answer(tx, article_id, status=201)
    return tx.response


@router.post(
    "/knowledge-articles/{article_id}/reviews",
    status_code=201,
    response_model=ArticleOut,
    operation_id="review_article",
)
async def post_review(
    article_id: UUID, body: ArticleReviewIn, call: Annotated[Call, allow(ARTICLE_KEEPERS)]
) -> Response:
    """Looked at, and still right: due again later."""
    async with call.begin() as tx:
        await review_article(article_id, body.reason, tx, review_due=body.review_due)
        await _answer(tx, article_id, status=201)
    return tx.response


@router.post(
    "/knowledge-articles/{article_id}/retirements",
    status_code=201,
    response_model=ArticleOut,
    operation_id="retire_article",
)
async def post_retirement(
    article_id: UUID, body: ArticleReasonIn, call: Annotated[Call, allow(ARTICLE_KEEPERS)]
) -> Response:
    """Take it out of use; its versions stay."""
    async with call.begin() as tx:
        await retire_article(article_id, body.reason, tx)
        await _answer(tx, article_id, status=201)
    return tx.response


@router.post(
    "/knowledge-articles/{article_id}/restorations",
    status_code=201,
    response_model=ArticleOut,
    operation_id="restore_article",
)
async def post_restoration(
    article_id: UUID, body: ArticleReasonIn, call: Annotated[Call, allow(ARTICLE_KEEPERS)]
) -> Response:
    """Put it back as it was."""
    async with call.begin() as tx:
        await retire_article(article_id, body.reason, tx, take_back=True)
        await _answer(tx, article_id, status=201)
    return tx.response


@router.get(
    "/knowledge-articles/{article_id}/steps",
    response_model=Page[ArticleStepOut],
    operation_id="list_article_steps",
)
async def list_article_steps(
    article_id: UUID, call: Annotated[Call, allow(ARTICLE_READERS)], paging: Paging
) -> Response:
    """What happened to it, oldest first, with the content of each version."""
    async with call.read() as tx:
        await article_row(tx, article_id)
        page = await page_of_steps(
            tx,
            kb_article_steps,
            of={"kb_article_id": article_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ArticleStepOut,
        )
    return answer(page)


@router.post(
    "/knowledge-articles/imports",
    status_code=202,
    response_model=JobOut,
    operation_id="import_articles",
)
async def import_articles(
    call: Annotated[Call, allow(DEPARTMENTS)], file: Annotated[UploadFile, File()]
) -> Response:
    """Drafts of one's department from a file with the columns of the export; a second person publishes each."""
    return await take_file(call, file, kind=ARTICLE_IMPORT)


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


@router.get(
    "/work-orders/{work_order_id}/citations",
    response_model=Page[CitationOut],
    operation_id="list_citations",
)
async def list_citations(
    work_order_id: UUID, call: Annotated[Call, allow(WORK_ORDER_READERS)], paging: Paging
) -> Response:
    """Answers of the knowledge base by which an order was answered, with the version that was read."""
    async with call.read() as tx:
        await order_queries.work_order_row(tx, work_order_id)
        t = work_order_citations.c
        page = await page_of(
            tx,
            select(work_order_citations).where(t.work_order_id == work_order_id),
            by=[t.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"citations {work_order_id}",
            show=CitationOut.model_validate,
        )
    return answer(page)


async def _answer(tx: DoorTransaction, article_id: UUID, *, status: int = 200) -> None:
    row = await article_row(tx, article_id)
    tx.answer(ArticleOut.model_validate(row), status=status, etag=row.row_version)


async def _answer_task(tx: DoorTransaction, task_id: UUID) -> None:
    row = await tx.one_or_none(select(kb_tasks).where(kb_tasks.c.id == task_id))
    assert row is not None
    tx.answer(KbTaskOut.model_validate(row), status=201, etag=row.row_version)

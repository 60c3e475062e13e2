"""Articles of the knowledge base (知识库) through the HTTP door: written down, published by a second person, retired.

GET  /knowledge-articles, /export, /{id}, /{id}/steps         departments, lead      articles in any state, with versions
POST /knowledge-articles, PUT /{id}                           departments, lead      write down; it waits for a second person
POST /knowledge-articles/{id}/publications, /rejections       departments, lead      by a second person
POST /knowledge-articles/{id}/reviews                         departments, lead      looked at, still right
POST /knowledge-articles/{id}/retirements, /restorations      departments, lead      out of use; taken back
POST /knowledge-articles/imports                              departments            a job, row by row
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, File, Response, UploadFile

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.job_routes import JobOut
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from workorder.domain.knowledge import ARTICLE_IMPORT
from workorder.queries import knowledge as queries
from workorder.repository.knowledge import article_row
from workorder.routes.policies import ARTICLE_KEEPERS, ARTICLE_READERS, DEPARTMENTS
from workorder.routes.table_files import take_file
from workorder.schemas.knowledge import (
    ArticleOut,
    ArticleReasonIn,
    ArticleReviewIn,
    ArticleSaveIn,
    ArticleStepOut,
    CategoryAsked,
    DepartmentAsked,
    ItemAsked,
)
from workorder.tables import kb_article_steps, kb_articles
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
StateAsked = Literal["draft", "published", "retired"]


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


async def _answer(tx: DoorTransaction, article_id: UUID, *, status: int = 200) -> None:
    row = await article_row(tx, article_id)
    tx.answer(ArticleOut.model_validate(row), status=status, etag=row.row_version)

"""The staff's day (工作台) through the HTTP door.

GET  /tasks, /tasks/export, /tasks/counts      desks        what waits for the caller, by when they have to act
GET  /task-parts                               departments  their parts of joint orders
POST /bulk-steps                               desks        one step for many orders, as a job
GET  /saved-filters, POST, PUT /{id}, POST /{id}/removals, /{id}/restorations, GET /{id}/steps    own, shared
"""

import json
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import select

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.jobs import enqueue_job
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from workorder.domain.process.definition import CODE_PATTERN
from workorder.domain.staff_day import BULK_FORM_CONTEXT, BULK_MAX, BULK_STEP
from workorder.domain.work_order import Urgency
from workorder.queries import staff_day as queries
from workorder.repository.saved_filters import own_filter
from workorder.routes.policies import DEPARTMENTS, DESKS, TASK_COUNTERS
from workorder.schemas.staff_day import (
    BulkStepIn,
    BulkStepOut,
    DueWhen,
    SavedFilterIn,
    SavedFilterOut,
    SavedFilterStepOut,
    TaskCountsOut,
    TaskFilter,
    TaskOut,
    TaskPartOut,
)
from workorder.tables import saved_filter_steps, saved_filters, work_order_tasks, work_orders
from workorder.use_cases.remove_filter import remove_filter
from workorder.use_cases.save_filter import SaveFilter, save_filter

router = APIRouter(prefix="/workorder/v1", tags=["staff's day"])

COLUMNS = [
    ExportColumn(name="number", head="编号"),
    ExportColumn(name="kind", head="流程"),
    ExportColumn(name="type", head="类型"),
    ExportColumn(name="title", head="标题", width=40),
    ExportColumn(name="state", head="状态"),
    ExportColumn(name="waits_for", head="责任方"),
    ExportColumn(name="department", head="部门", width=24),
    ExportColumn(name="urgency", head="紧急程度"),
    ExportColumn(name="act_by", head="应办时间", width=20),
    ExportColumn(name="due_on", head="到期日"),
]


async def _asked(
    mine: bool | None = None,
    due: DueWhen | None = None,
    kind: Annotated[str | None, Query(pattern=CODE_PATTERN)] = None,
    state: Annotated[str | None, Query(pattern=CODE_PATTERN)] = None,
    type: Annotated[str | None, Query(max_length=48)] = None,
    urgency: Urgency | None = None,
    supervised: bool | None = None,
    wait_over: bool | None = None,
    q: Annotated[str | None, Query(min_length=2, max_length=60)] = None,
    division: Annotated[str | None, Query(pattern=r"^[0-9A-Z]{2,12}$")] = None,
) -> TaskFilter:
    return TaskFilter(
        mine=mine,
        due=due,
        kind=kind,
        state=state,
        type=type,
        urgency=urgency,
        supervised=supervised,
        wait_over=wait_over,
        q=q,
        division=division,
    )


Asked = Annotated[TaskFilter, Depends(_asked)]
FilterId = Annotated[UUID | None, Query(alias="filter")]


@router.get("/tasks", response_model=Page[TaskOut], operation_id="list_tasks")
async def list_tasks(
    call: Annotated[Call, allow(DESKS)],
    paging: Paging,
    asked: Asked,
    filter_id: FilterId = None,
) -> Response:
    """Work orders that wait for the caller's desk, the most pressing first; `filter` names a saved one."""
    async with call.read() as tx:
        wanted = await _with_kept(tx, asked, filter_id)
        now = tx.now
        page = await page_of(
            tx,
            queries.tasks_where(tx, wanted),
            by=[work_orders.c.act_by, work_orders.c.id],
            # Of a desk's open work alone: PostgreSQL sorts that faster than an index more would cost every write.
            sorts=[work_orders.c.urgency_rank, work_orders.c.opened_at],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"tasks {wanted.model_dump_json()}",
            show=lambda row: TaskOut.model_validate(
                {**row._mapping, "is_overdue": row.act_by <= now}
            ),
            descending=False,
        )
    return answer(page)


@router.get(
    "/tasks/export",
    operation_id="export_tasks",
    response_class=Response,
    responses=EXPORT_RESPONSES,
)
async def export_tasks(
    call: Annotated[Call, allow(DESKS)],
    asked: Asked,
    filter_id: FilterId = None,
    format: ExportKind = "csv",
) -> Response:
    """The whole list as a file."""
    async with call.read() as tx:
        statement = queries.tasks_where(tx, await _with_kept(tx, asked, filter_id))
    return await export_of(
        call,
        statement,
        columns=COLUMNS,
        by=[work_orders.c.act_by, work_orders.c.id],
        name="待办",
        kind=format,
    )


@router.get("/tasks/counts", response_model=TaskCountsOut, operation_id="count_tasks")
async def count_tasks(call: Annotated[Call, allow(TASK_COUNTERS)]) -> Response:
    """How many things wait, for the tabs of a desk."""
    async with call.read() as tx:
        counts = await queries.task_counts(tx)
    return answer(TaskCountsOut(**counts))


@router.get("/task-parts", response_model=Page[TaskPartOut], operation_id="list_task_parts")
async def list_task_parts(call: Annotated[Call, allow(DEPARTMENTS)], paging: Paging) -> Response:
    """Parts of joint orders that wait for the caller's department, oldest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.parts_where(tx),
            by=[work_order_tasks.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="task-parts",
            show=TaskPartOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/bulk-steps", status_code=202, response_model=BulkStepOut, operation_id="take_bulk_steps"
)
async def post_bulk_steps(body: BulkStepIn, call: Annotated[Call, allow(DESKS)]) -> Response:
    """One step for many orders. Each is its own transaction; the job's rows say what was refused, and why."""
    async with call.begin() as tx:
        seen = await _orders_of(tx, body)
        job_id = enqueue_job(
            tx,
            call.runtime,
            kind=BULK_STEP,
            input={
                "ids": [str(each) for each in seen],
                "versions": {str(each): version for each, version in seen.items() if version},
                "step": body.step,
                # What people write may name somebody: unreadable until each step masks it.
                "form": tx.keyring.encrypt(json.dumps(body.form), context=BULK_FORM_CONTEXT),
                "scope": asdict(call.scope),
            },
            total=len(seen),
        )
        out = BulkStepOut(job_id=job_id, total=len(seen))
        tx.answer(out, status=202, location=f"/workorder/v1/jobs/{job_id}")
    return tx.response


@router.get(
    "/saved-filters", response_model=Page[SavedFilterOut], operation_id="list_saved_filters"
)
async def list_saved_filters(call: Annotated[Call, allow(DESKS)], paging: Paging) -> Response:
    """The caller's own filters, and those that their department shares."""
    async with call.read() as tx:
        owner_id = call.principal.owner_id
        page = await page_of(
            tx,
            queries.filters_of(tx),
            by=[saved_filters.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="saved-filters",
            show=lambda row: SavedFilterOut.of(row, owner_id),
        )
    return answer(page)


@router.post(
    "/saved-filters",
    status_code=201,
    response_model=SavedFilterOut,
    operation_id="save_filter",
)
async def post_saved_filter(body: SavedFilterIn, call: Annotated[Call, allow(DESKS)]) -> Response:
    """Keep a filter; a head of department may share it."""
    async with call.begin() as tx:
        filter_id = await save_filter(_command(body), tx)
        await _answer_filter(tx, filter_id, status=201)
    return tx.response


@router.put(
    "/saved-filters/{filter_id}", response_model=SavedFilterOut, operation_id="change_saved_filter"
)
async def put_saved_filter(
    filter_id: UUID, body: SavedFilterIn, call: Annotated[Call, allow(DESKS)]
) -> Response:
    """Change one's own filter."""
    async with call.begin() as tx:
        await save_filter(_command(body, filter_id), tx)
        await _answer_filter(tx, filter_id)
    return tx.response


@router.post(
    "/saved-filters/{filter_id}/removals",
    status_code=201,
    response_model=SavedFilterOut,
    operation_id="remove_saved_filter",
)
async def post_removal(filter_id: UUID, call: Annotated[Call, allow(DESKS)]) -> Response:
    """Take it off the list; it can be put back."""
    async with call.begin() as tx:
        await remove_filter(filter_id, tx)
        await _answer_filter(tx, filter_id, status=201)
    return tx.response


@router.post(
    "/saved-filters/{filter_id}/restorations",
    status_code=201,
    response_model=SavedFilterOut,
    operation_id="restore_saved_filter",
)
async def post_restoration(filter_id: UUID, call: Annotated[Call, allow(DESKS)]) -> Response:
    """Put a removed filter back."""
    async with call.begin() as tx:
        await remove_filter(filter_id, tx, take_back=True)
        await _answer_filter(tx, filter_id, status=201)
    return tx.response


@router.get(
    "/saved-filters/{filter_id}/steps",
    response_model=Page[SavedFilterStepOut],
    operation_id="list_saved_filter_steps",
)
async def list_saved_filter_steps(
    filter_id: UUID, call: Annotated[Call, allow(DESKS)], paging: Paging
) -> Response:
    """What happened to one's own filter, oldest first."""
    async with call.read() as tx:
        await own_filter(tx, filter_id)
        page = await page_of_steps(
            tx,
            saved_filter_steps,
            of={"saved_filter_id": filter_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=SavedFilterStepOut,
        )
    return answer(page)


def _command(body: SavedFilterIn, filter_id: UUID | None = None) -> SaveFilter:
    return SaveFilter(
        name=body.name,
        filter=body.filter.model_dump(mode="json", exclude_none=True),
        is_shared=body.is_shared,
        filter_id=filter_id,
    )


async def _orders_of(tx: DoorTransaction, body: BulkStepIn) -> dict[UUID, int | None]:
    """The orders in their order, each with the version that was seen, where one was named."""
    if body.items is not None:
        return {each.id: each.version for each in body.items}
    if body.ids is not None:
        return dict.fromkeys(body.ids)
    if body.retry_of is not None:
        return dict.fromkeys(await queries.refused_in(tx, body.retry_of))
    wanted = await _with_kept(tx, TaskFilter(), body.filter_id)
    return dict.fromkeys(await queries.ids_within(tx, wanted, limit=BULK_MAX))


async def _with_kept(tx: DoorTransaction, asked: TaskFilter, filter_id: UUID | None) -> TaskFilter:
    return asked if filter_id is None else asked.over(await queries.kept_filter(tx, filter_id))


async def _answer_filter(tx: DoorTransaction, filter_id: UUID, *, status: int = 200) -> None:
    statement = select(saved_filters).where(saved_filters.c.id == filter_id)
    row = await tx.one_or_none(statement)
    assert row is not None
    tx.answer(SavedFilterOut.of(row, tx.principal.owner_id), status=status, etag=row.version)

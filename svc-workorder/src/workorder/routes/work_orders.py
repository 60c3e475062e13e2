"""Work orders (工单) through the HTTP door.

POST /hotline-orders                              hotline, citizens          take a call
GET  /work-orders, /{id}, /{id}/steps             own, department, division subtree, hotline
POST /work-orders/{id}/dispatches                 hotline, coordinator       派单
POST /work-orders/{id}/answers                    hotline                    直接答复
POST /work-orders/{id}/replies                    department                 回复
POST /work-orders/{id}/visits                     who raised it, hotline     回访
POST /work-orders/{id}/contact-disclosures        hotline, for a purpose
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import PrincipalKind, WorkOrderKind
from workorder import queries
from workorder.domain.work_order import WorkOrder, WorkOrderState
from workorder.repository.work_orders import work_order_of
from workorder.routes.policies import (
    CALLERS,
    DEPARTMENTS,
    DISPATCHERS,
    HOTLINE,
    VISITORS,
    WORK_ORDER_READERS,
)
from workorder.schemas.work_orders import (
    ContactOut,
    DisclosureIn,
    DispatchIn,
    HotlineOrderIn,
    ReplyIn,
    VisitIn,
    WorkOrderOut,
    WorkOrderStepOut,
)
from workorder.tables import work_order_steps, work_orders
from workorder.use_cases.answer_work_order import answer_work_order
from workorder.use_cases.disclose_contact import disclose_contact
from workorder.use_cases.dispatch_work_order import DispatchWorkOrder, dispatch_work_order
from workorder.use_cases.open_hotline_order import OpenHotlineOrder, open_hotline_order
from workorder.use_cases.reply_to_work_order import reply_to_work_order
from workorder.use_cases.visit_caller import visit_caller

router = APIRouter(prefix="/workorder/v1", tags=["work orders"])


@router.post(
    "/hotline-orders",
    status_code=201,
    response_model=WorkOrderOut,
    operation_id="open_hotline_order",
)
async def post_hotline_order(
    body: HotlineOrderIn, call: Annotated[Call, allow(CALLERS)]
) -> Response:
    """Take a call, or raise a matter oneself. A citizen's own order can be followed by them."""
    is_staff = call.principal.kind == PrincipalKind.STAFF
    command = OpenHotlineOrder(
        type=body.type,
        title=body.title,
        content=body.content,
        category=body.category,
        division=body.division or call.principal.division,
        caller_id=None if is_staff else UUID(call.principal.owner_id),
        contact_phone=body.contact_phone,
        is_confidential=body.is_confidential,
        channel=body.channel or call.principal.channel,
    )
    async with call.begin() as tx:
        order = await open_hotline_order(command, tx)
        tx.answer(
            WorkOrderOut.of(order),
            status=201,
            etag=order.version,
            location=f"/workorder/v1/work-orders/{order.id}",
        )
    return tx.response


@router.get("/work-orders", response_model=Page[WorkOrderOut], operation_id="list_work_orders")
async def list_work_orders(
    call: Annotated[Call, allow(WORK_ORDER_READERS)],
    paging: Paging,
    kind: WorkOrderKind | None = None,
    state: WorkOrderState | None = None,
    department: Annotated[str | None, Query(pattern=r"^[0-9A-Z-]{1,22}$")] = None,
    category: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    overdue: bool | None = None,
    due_before: date | None = None,
) -> Response:
    """Work orders within the caller's reach, newest first; `q` searches number, title and content."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            await queries.work_orders_where(
                tx,
                kind=kind,
                state=state,
                department=department,
                category=category,
                q=q,
                overdue=overdue,
                due_before=due_before,
            ),
            by=[work_orders.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"work_orders {kind} {state} {department} {category} {q} {overdue} {due_before}",
            show=lambda row: WorkOrderOut.of(work_order_of(row)),
        )
    return answer(page)


@router.get(
    "/work-orders/{work_order_id}", response_model=WorkOrderOut, operation_id="get_work_order"
)
async def get_work_order(
    work_order_id: UUID, call: Annotated[Call, allow(WORK_ORDER_READERS)]
) -> Response:
    """One work order within the caller's reach."""
    async with call.read() as tx:
        row = await queries.work_order_row(tx, work_order_id)
    return answer(WorkOrderOut.of(work_order_of(row)), etag=row.version)


@router.get(
    "/work-orders/{work_order_id}/steps",
    response_model=Page[WorkOrderStepOut],
    operation_id="list_work_order_steps",
)
async def list_work_order_steps(
    work_order_id: UUID, call: Annotated[Call, allow(WORK_ORDER_READERS)], paging: Paging
) -> Response:
    """What happened to a work order, oldest first."""
    async with call.read() as tx:
        await queries.work_order_row(tx, work_order_id)
        page = await page_of_steps(
            tx,
            work_order_steps,
            of={"work_order_id": work_order_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=WorkOrderStepOut,
        )
    return answer(page)


@router.post(
    "/work-orders/{work_order_id}/dispatches",
    status_code=201,
    response_model=WorkOrderOut,
    operation_id="dispatch_work_order",
)
async def post_dispatch(
    work_order_id: UUID, body: DispatchIn, call: Annotated[Call, allow(DISPATCHERS)]
) -> Response:
    """派单: a department has it, with a due date by the order's type."""
    command = DispatchWorkOrder(
        work_order_id=work_order_id,
        department=body.department,
        division=body.division,
        reason=body.reason,
    )
    async with call.begin() as tx:
        _answer(tx, await dispatch_work_order(command, tx))
    return tx.response


@router.post(
    "/work-orders/{work_order_id}/answers",
    status_code=201,
    response_model=WorkOrderOut,
    operation_id="answer_work_order",
)
async def post_answer(
    work_order_id: UUID, body: ReplyIn, call: Annotated[Call, allow(HOTLINE)]
) -> Response:
    """直接答复: the hotline answers at once, and the order is closed."""
    async with call.begin() as tx:
        order = await answer_work_order(work_order_id, outcome=body.outcome, text=body.text, tx=tx)
        _answer(tx, order)
    return tx.response


@router.post(
    "/work-orders/{work_order_id}/replies",
    status_code=201,
    response_model=WorkOrderOut,
    operation_id="reply_to_work_order",
)
async def post_reply(
    work_order_id: UUID, body: ReplyIn, call: Annotated[Call, allow(DEPARTMENTS)]
) -> Response:
    """回复: the department says what it did; the caller is asked before it is closed."""
    async with call.begin() as tx:
        order = await reply_to_work_order(
            work_order_id, outcome=body.outcome, text=body.text, tx=tx
        )
        _answer(tx, order)
    return tx.response


@router.post(
    "/work-orders/{work_order_id}/visits",
    status_code=201,
    response_model=WorkOrderOut,
    operation_id="visit_caller",
)
async def post_visit(
    work_order_id: UUID, body: VisitIn, call: Annotated[Call, allow(VISITORS)]
) -> Response:
    """回访: satisfied closes the loop; not satisfied sends it round again."""
    async with call.begin() as tx:
        order = await visit_caller(work_order_id, satisfied=body.satisfied, note=body.note, tx=tx)
        _answer(tx, order)
    return tx.response


@router.post(
    "/work-orders/{work_order_id}/contact-disclosures",
    status_code=201,
    response_model=ContactOut,
    operation_id="disclose_contact",
)
async def post_contact_disclosure(
    work_order_id: UUID, body: DisclosureIn, call: Annotated[Call, allow(HOTLINE)]
) -> Response:
    """The caller's telephone in clear, for a purpose; looking leaves a step on the order."""
    async with call.begin() as tx:
        phone = await disclose_contact(work_order_id, body.purpose, tx)
        tx.answer(ContactOut(contact_phone=phone), status=201)
    return tx.response


def _answer(tx: DoorTransaction, order: WorkOrder) -> None:
    tx.answer(WorkOrderOut.of(order), status=201, etag=order.version)

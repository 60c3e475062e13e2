"""Work orders (工单) through the HTTP door; their steps stand in work_order_steps.py.

POST /hotline-orders                              hotline, citizens          take a call
POST /work-orders                                 staff                     work of any process that people may begin
GET  /work-orders, /{id}, /{id}/steps             own, department, division subtree, hotline
POST /work-orders/{id}/contact-disclosures        hotline, for a purpose
"""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.door import Call, allow, answer
from chassis.masking import mask_text
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.vocabulary import PrincipalKind
from workorder.domain.part_returns import RULING_LATE, RULING_RECOUNTED
from workorder.domain.similarity import Appeal
from workorder.domain.work_order import WorkOrder
from workorder.queries import work_orders as queries
from workorder.queries.order_filters import narrowed
from workorder.queries.similar_orders import Wanted, similar_orders
from workorder.repository.processes import process_of
from workorder.repository.work_orders import work_order_of
from workorder.routes.narrowing import Narrowing
from workorder.routes.policies import CALLERS, HOTLINE, OPENERS, WORK_ORDER_READERS
from workorder.schemas.hotline import HotlineOrderOut, SimilarOrderOut
from workorder.schemas.processes import WorkOrderIn
from workorder.schemas.work_orders import (
    ContactOut,
    DisclosureIn,
    HotlineOrderIn,
    WorkOrderOut,
    WorkOrderStepOut,
)
from workorder.tables import work_order_steps, work_orders
from workorder.use_cases.disclose_contact import disclose_contact
from workorder.use_cases.open_hotline_order import OpenHotlineOrder, open_hotline_order
from workorder.use_cases.open_work_order import OpenWorkOrder, open_work_order

BY_URGENCY = frozenset({"urgency", "-urgency"})

router = APIRouter(prefix="/workorder/v1", tags=["work orders"])


@router.post(
    "/hotline-orders",
    status_code=201,
    response_model=HotlineOrderOut,
    operation_id="open_hotline_order",
)
async def post_hotline_order(
    body: HotlineOrderIn, call: Annotated[Call, allow(CALLERS)], similar: bool = False
) -> Response:
    """Take a call, or raise a matter oneself. A citizen's own order can be followed by them.

    With `similar=true` the answer names orders within reach that are much the same.
    """
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
        source=body.source or ("phone" if is_staff else "app"),
        urgency=body.urgency,
        confidentiality=body.confidentiality,
        place=body.place,
        longitude=body.longitude,
        latitude=body.latitude,
        is_enterprise=body.is_enterprise or call.principal.kind == PrincipalKind.ENTERPRISE,
    )
    async with call.begin() as tx:
        alike = await _similar(tx, command) if similar else None
        order = await open_hotline_order(command, tx)
        out = HotlineOrderOut.of(order)
        tx.answer(
            out.model_copy(update={"similar": alike}),
            status=201,
            etag=order.version,
            location=f"/workorder/v1/work-orders/{order.id}",
        )
    return tx.response


async def _similar(tx: Transaction, command: OpenHotlineOrder) -> list[SimilarOrderOut]:
    """Looked for before the order is kept, so that it does not find itself."""
    appeal = Appeal(
        title=mask_text(command.title),
        content=mask_text(command.content),
        place=mask_text(command.place),
        longitude=command.longitude,
        latitude=command.latitude,
    )
    wanted = Wanted.new(tx, appeal, caller_id=command.caller_id, phone=command.contact_phone)
    return [SimilarOrderOut.of(each) for each in await similar_orders(tx, wanted)]


@router.post(
    "/work-orders", status_code=201, response_model=WorkOrderOut, operation_id="open_work_order"
)
async def post_work_order(body: WorkOrderIn, call: Annotated[Call, allow(OPENERS)]) -> Response:
    """Begin work of a process that people may begin; who may, and what `form` has to say, its definition says."""
    command = OpenWorkOrder(
        process=body.process,
        type=body.type,
        title=body.title,
        content=body.content,
        category=body.category,
        division=body.division,
        department=body.department or "",
        urgency=body.urgency.value,
        place=body.place,
        channel=call.principal.channel,
        form=body.form,
    )
    async with call.begin() as tx:
        order: WorkOrder = await open_work_order(command, tx)
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
    narrowing: Narrowing,
    kind: str | None = None,
    state: str | None = None,
    category: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    overdue: bool | None = None,
    due_before: date | None = None,
) -> Response:
    """Work orders within the caller's reach, newest first; `q` searches number, title and content.

    `sort=urgency` shows open work only, emergencies first. With `figure`, exactly those that the figure counts
    between `from` and `to`; else those opened between them.
    """
    async with call.read() as tx:
        found = await queries.work_orders_where(
            tx,
            kind=kind,
            state=state,
            category=category,
            q=q,
            overdue=overdue,
            due_before=due_before,
        )
        if paging.sort in BY_URGENCY:
            paging = replace(paging, sort="-urgency_rank")
            found = found.where(work_orders.c.waits_for.is_not(None))
        page = await page_of(
            tx,
            narrowed(found, narrowing, tx.now),
            by=[work_orders.c.id],
            sorts=[work_orders.c.urgency_rank],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"work_orders {kind} {state} {category} {q} {overdue} {due_before} {narrowing.words}",
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
    """What happened to a work order, oldest first; what the office does among itself, its staff see."""
    async with call.read() as tx:
        row = await queries.work_order_row(tx, work_order_id)
        hidden: frozenset[str] = frozenset()
        if call.principal.kind != PrincipalKind.STAFF:
            process = await process_of(tx, row.process, row.process_version)
            hidden = process.definition.internal_records | {RULING_LATE, RULING_RECOUNTED}
        page = await page_of_steps(
            tx,
            work_order_steps,
            of={"work_order_id": work_order_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=WorkOrderStepOut,
            but=hidden,
        )
    return answer(page)


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

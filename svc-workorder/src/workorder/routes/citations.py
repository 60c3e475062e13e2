"""Answers of the knowledge base (知识库) by which orders were answered, through the HTTP door.

GET  /work-orders/{id}/citations                              readers of orders      answers that were cited
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select

from chassis.door import Call, allow, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.queries import work_orders as order_queries
from workorder.routes.policies import WORK_ORDER_READERS
from workorder.schemas.knowledge import CitationOut
from workorder.tables import work_order_citations

router = APIRouter(prefix="/workorder/v1", tags=["knowledge base"])


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

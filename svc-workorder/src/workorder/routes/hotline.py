"""The hotline's desk (12345) through the HTTP door.

GET /work-orders/{id}/similar      hotline, coordinators     orders about the same matter, with reasons
GET /work-orders/{id}/tasks        readers of the order      parts of a joint order, and who has it already
GET /work-orders/{id}/returns      readers of the order      its returns within reach, with their rulings
GET /returns, /export, /counts     hotline, coordinators; departments their own
GET /refusal-reasons               anyone                    which way to go with what the hotline does not take
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Select

from chassis.door import Call, allow, allow_anyone, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.queries import returns as queries
from workorder.queries.similar_orders import similar_orders, wanted_of
from workorder.queries.work_orders import work_order_row
from workorder.routes.policies import DESKS, DISPATCHERS, RETURN_READERS, WORK_ORDER_READERS
from workorder.schemas.hotline import (
    PartOut,
    PartsOut,
    RefusalReasonOut,
    RefusalReasonsOut,
    ReturnCountOut,
    ReturnCountsOut,
    ReturnOut,
    SimilarOrderOut,
    SimilarOrdersOut,
)
from workorder.tables import work_order_returns

router = APIRouter(prefix="/workorder/v1", tags=["hotline"])

RETURN_COLUMNS = (
    ExportColumn(name="number", head="工单编号", width=22),
    ExportColumn(name="department", head="退单单位", width=22),
    ExportColumn(name="asked_at", head="申请时间", width=20),
    ExportColumn(name="reason", head="退单理由", width=40),
    ExportColumn(name="suggested_department", head="建议承办单位", width=22),
    ExportColumn(name="is_granted", head="是否同意"),
    ExportColumn(name="ruled_at", head="裁定时间", width=20),
    ExportColumn(name="ruling", head="裁定理由", width=40),
    ExportColumn(name="decided_department", head="裁定承办单位", width=22),
    ExportColumn(name="task_id", head="协办部分", width=36),
    ExportColumn(name="rule_by", head="应裁定时间", width=20),
    ExportColumn(name="withdrawn_at", head="撤回时间", width=20),
)


@dataclass(frozen=True, kw_only=True)
class _Returns:
    """Filters of the list of returns."""

    department: str | None
    granted: bool | None
    is_open: bool | None
    of_part: bool | None
    from_day: date | None
    to_day: date | None

    @property
    def statement(self) -> Select[Any]:
        return queries.returns_where(
            department=self.department,
            granted=self.granted,
            is_open=self.is_open,
            of_part=self.of_part,
            from_day=self.from_day,
            to_day=self.to_day,
        )


async def _returns(
    department: Annotated[str | None, Query(pattern=r"^[0-9A-Z-]{1,22}$")] = None,
    granted: bool | None = None,
    open: bool | None = None,
    of_part: bool | None = None,
    from_day: Annotated[date | None, Query(alias="from")] = None,
    to_day: Annotated[date | None, Query(alias="to")] = None,
) -> _Returns:
    return _Returns(
        department=department,
        granted=granted,
        is_open=open,
        of_part=of_part,
        from_day=from_day,
        to_day=to_day,
    )


@router.get(
    "/work-orders/{work_order_id}/similar",
    response_model=SimilarOrdersOut,
    operation_id="list_similar_orders",
)
async def list_similar_orders(
    work_order_id: UUID, call: Annotated[Call, allow(DISPATCHERS)]
) -> Response:
    """Orders of the last weeks that are much the same: by words, caller and place, the most alike first."""
    async with call.read() as tx:
        row = await work_order_row(tx, work_order_id)
        found = await similar_orders(tx, await wanted_of(tx, row))
    return answer(SimilarOrdersOut(results=[SimilarOrderOut.of(each) for each in found]))


@router.get(
    "/work-orders/{work_order_id}/tasks", response_model=PartsOut, operation_id="list_parts"
)
async def list_parts(
    work_order_id: UUID, call: Annotated[Call, allow(WORK_ORDER_READERS)]
) -> Response:
    """Who works on a joint order, who has it already, and what each did; empty when one department has it alone."""
    async with call.read() as tx:
        await work_order_row(tx, work_order_id)
        rows = await tx.all(queries.parts_of(work_order_id))
    return answer(PartsOut(results=[PartOut.model_validate(row) for row in rows]))


@router.get(
    "/work-orders/{work_order_id}/returns",
    response_model=Page[ReturnOut],
    operation_id="list_returns_of_order",
)
async def list_returns_of_order(
    work_order_id: UUID, call: Annotated[Call, allow(DESKS)], paging: Paging
) -> Response:
    """Returns of one order, oldest first; a department sees its own."""
    async with call.read() as tx:
        await work_order_row(tx, work_order_id)
        page = await page_of(
            tx,
            queries.returns_where(work_order_id=work_order_id),
            by=[work_order_returns.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"returns of {work_order_id}",
            show=ReturnOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get("/returns", response_model=Page[ReturnOut], operation_id="list_returns")
async def list_returns(
    call: Annotated[Call, allow(RETURN_READERS)],
    paging: Paging,
    wanted: Annotated[_Returns, Depends(_returns)],
) -> Response:
    """Returns (退单) within reach, newest first: a department's own, wherever the order is now."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            wanted.statement,
            by=[work_order_returns.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"returns {wanted}",
            show=ReturnOut.model_validate,
        )
    return answer(page)


@router.get(
    "/returns/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_returns",
)
async def export_returns(
    call: Annotated[Call, allow(RETURN_READERS)],
    wanted: Annotated[_Returns, Depends(_returns)],
    format: ExportKind = "csv",
) -> Response:
    """The list as a file: CSV, XLSX or JSON Lines."""
    return await export_of(
        call,
        wanted.statement,
        by=[work_order_returns.c.id],
        columns=RETURN_COLUMNS,
        name="退单台账",
        kind=format,
        descending=True,
    )


@router.get("/returns/counts", response_model=ReturnCountsOut, operation_id="count_returns")
async def count_returns(
    call: Annotated[Call, allow(RETURN_READERS)],
    from_day: Annotated[date | None, Query(alias="from")] = None,
    to_day: Annotated[date | None, Query(alias="to")] = None,
) -> Response:
    """Returns counted by department: asked, granted, denied, still open."""
    async with call.read() as tx:
        rows = await queries.return_counts(tx, from_day=from_day, to_day=to_day)
    return answer(ReturnCountsOut(results=[ReturnCountOut(**row) for row in rows]))


@router.get(
    "/refusal-reasons", response_model=RefusalReasonsOut, operation_id="list_refusal_reasons"
)
async def list_refusal_reasons(call: Annotated[Call, allow_anyone()]) -> Response:
    """What the hotline does not take, and the right channel for each: what the caller has to be told."""
    async with call.read() as tx:
        reasons = await tx.rule("hotline-channels")
    return answer(
        RefusalReasonsOut(
            results=[RefusalReasonOut(code=code, **words) for code, words in reasons.items()]
        )
    )

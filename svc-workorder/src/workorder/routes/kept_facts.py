"""Facts that came before the work they are about (暂存事件) through the HTTP door.

GET  /kept-facts, /kept-facts/export     system_admin, auditor     which wait, which were followed, which waited in vain
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Select

from chassis.door import Call, allow, answer
from chassis.envelope import TYPE_SHAPE
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.queries.kept_facts import kept_where
from workorder.routes.policies import KEPT_FACT_READERS
from workorder.schemas.kept_facts import KeptFactOut, KeptState
from workorder.tables import kept_facts

router = APIRouter(prefix="/workorder/v1/kept-facts", tags=["processes"])

STATE_WORDS = {"kept": "待相关工单", "followed": "已跟进", "expired": "已过期"}
COLUMNS = (
    ExportColumn(name="event_id", head="事件编号", width=36),
    ExportColumn(name="fact", head="事件类型", width=40),
    ExportColumn(
        name="said",
        head="内容",
        read=lambda row: json.dumps(row.said, ensure_ascii=False),
        width=60,
    ),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="department", head="单位", width=22),
    ExportColumn(name="told_at", head="发生时间", width=20),
    ExportColumn(name="kept_at", head="收到时间", width=20),
    ExportColumn(name="keep_until", head="保留至", width=20),
    ExportColumn(name="state", head="状态", read=lambda row: STATE_WORDS[row.state]),
    ExportColumn(name="ended_at", head="结束时间", width=20),
    ExportColumn(name="ending", head="结束原因", width=40),
    ExportColumn(name="number", head="工单编号", width=22),
    ExportColumn(name="moved", head="据此办理的工单数"),
)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """Filters of the list."""

    state: KeptState | None
    fact: str | None
    work_order_id: UUID | None
    from_day: date | None
    to_day: date | None

    @property
    def statement(self) -> Select[Any]:
        return kept_where(**asdict(self))


async def _kept(
    state: KeptState | None = None,
    fact: Annotated[str | None, Query(pattern=TYPE_SHAPE.pattern, max_length=100)] = None,
    work_order_id: UUID | None = None,
    from_day: Annotated[date | None, Query(alias="from")] = None,
    to_day: Annotated[date | None, Query(alias="to")] = None,
) -> _Kept:
    return _Kept(
        state=state, fact=fact, work_order_id=work_order_id, from_day=from_day, to_day=to_day
    )


@router.get("", response_model=Page[KeptFactOut], operation_id="list_kept_facts")
async def list_kept_facts(
    call: Annotated[Call, allow(KEPT_FACT_READERS)],
    paging: Paging,
    wanted: Annotated[_Kept, Depends(_kept)],
) -> Response:
    """Facts that a process in force names and that came before the work they are about, newest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            wanted.statement,
            by=[kept_facts.c.event_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"kept_facts {wanted}",
            show=KeptFactOut.model_validate,
        )
    return answer(page)


@router.get(
    "/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_kept_facts",
)
async def export_kept_facts(
    call: Annotated[Call, allow(KEPT_FACT_READERS)],
    wanted: Annotated[_Kept, Depends(_kept)],
    kind: Annotated[ExportKind, Query(alias="format")] = "csv",
) -> Response:
    """The list as a file: CSV, XLSX or JSON Lines."""
    return await export_of(
        call,
        wanted.statement,
        by=[kept_facts.c.event_id],
        columns=COLUMNS,
        name="暂存事件",
        kind=kind,
        descending=True,
    )

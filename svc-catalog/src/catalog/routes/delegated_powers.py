"""Where powers went: down to counties and towns, and from item to item.

GET  /delegated-powers, /export    anyone; by receiving division, at the end of `to`
GET  /items/{id}/moves             anyone; where an item went and came from
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.domain.powers import Level
from catalog.queries import items as item_queries
from catalog.queries import powers as queries
from catalog.routes.parameters import Anyone
from catalog.schemas.powers import DelegatedPowerOut, ItemMoveOut
from catalog.tables.powers import item_moves
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod, Period
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["powers"])


@router.get(
    "/delegated-powers",
    response_model=Page[DelegatedPowerOut],
    operation_id="list_delegated_powers",
)
async def get_delegated(
    call: Anyone, paging: Paging, period: InPeriod, level: Level = "county"
) -> Response:
    """Powers moved down to a level at the end of `to`, by receiving division: one row for each that the figures count."""
    async with call.read() as tx:
        found = _delegated(level, period, tx.now)
        page = await page_of(
            tx,
            found,
            by=[found.selected_columns.code, found.selected_columns.from_division],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"delegated-powers {level} {period}",
            show=DelegatedPowerOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/delegated-powers/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_delegated_powers",
)
async def export_delegated(
    call: Anyone, period: InPeriod, level: Level = "county", format: ExportKind = "csv"
) -> Response:
    """The same list as a table: CSV, XLSX or JSON Lines."""
    found = _delegated(level, period, call.runtime.clock.now())
    return await export_of(
        call,
        found,
        by=[found.selected_columns.code, found.selected_columns.from_division],
        columns=(
            ExportColumn(name="code", head="职权编码"),
            ExportColumn(name="name", head="职权名称"),
            ExportColumn(name="kind", head="职权类型"),
            ExportColumn(name="from_division", head="移交方区划"),
            ExportColumn(name="divisions", head="承接方区划"),
            ExportColumn(name="receivers", head="承接方数"),
        ),
        name="下放职权",
        kind=format,
    )


@router.get(
    "/items/{item_id}/moves", response_model=Page[ItemMoveOut], operation_id="list_item_moves"
)
async def get_moves(item_id: UUID, call: Anyone, paging: Paging) -> Response:
    """Where an item's power went, and where it came from, oldest first."""
    async with call.read() as tx:
        await item_queries.one_row(tx, item_queries.published_item(item_id))
        page = await page_of(
            tx,
            queries.moves_of(item_id),
            by=[item_moves.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"item-moves {item_id}",
            show=ItemMoveOut.model_validate,
            descending=False,
        )
    return answer(page)


def _delegated(level: str, period: Period, now: datetime) -> Any:
    return queries.delegated(
        level,
        division=period.division,
        department=period.department,
        on=period.last_day,
        now=now,
    ).select()

"""The list of items as a file, streamed, in the layout that an import reads.

GET  /items/export     anyone; JSON Lines, CSV or XLSX, with the filters of GET /items
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from catalog.documents.guide_writers import GuideWorkbook, csv_guides, csv_head
from catalog.domain.codes import to_guangdong
from catalog.domain.file_rows import FLAT_COLUMNS
from catalog.domain.flat_rows import flat_values_of
from catalog.queries.items import ItemFilter
from catalog.queries.transfers import guides_after
from catalog.routes.item_files import Codes, attachment, check_codes, file_answer
from catalog.routes.item_search import item_filter
from catalog.routes.parameters import Anyone
from chassis.blobs import CSV, JSON_LINES, XLSX
from chassis.clock import CITY_ZONE
from chassis.door import Call
from chassis.errors import UnsupportedError
from chassis.workbooks import write_csv, write_json_lines
from contracts.guide import Guide

router = APIRouter(prefix="/catalog/v1", tags=["transfers"])

PAGE_ITEMS = 500
WORKBOOK_ITEMS_MAX = 50_000

Guides = Sequence[Mapping[str, Any]]


@router.get(
    "/items/export",
    response_class=Response,
    responses={200: {"content": {JSON_LINES: {}, CSV: {}, XLSX: {}}}},
    operation_id="export_items",
)
async def export_items(
    call: Anyone,
    wanted: Annotated[ItemFilter, Depends(item_filter)],
    format: Annotated[Literal["jsonl", "csv", "xlsx"], Query()] = "jsonl",
    shape: Annotated[Literal["whole", "flat"] | None, Query()] = None,
    codes: Annotated[Codes, Query()] = "national",
) -> Response:
    """Guides in force, with the filters of `GET /items`: XLSX and JSON Lines whole, as the import takes them.

    CSV is the flat list unless `shape=whole` asks for guides with their parts as JSON in columns of their own.
    """
    day = call.runtime.clock.now().astimezone(CITY_ZONE).date().isoformat()
    if format == "xlsx":
        check_codes(codes, XLSX)
        book = await _workbook(_guides(call, wanted, codes))
        return file_answer(book.packed(), f"办事指南-{day}.xlsx")
    if format == "csv":
        if shape == "whole":
            check_codes(codes, XLSX)
        guides = _guides(call, wanted, codes)
        pieces = _whole_csv(guides) if shape == "whole" else _flat_csv(guides)
        return StreamingResponse(pieces, media_type=CSV, headers=attachment(f"事项-{day}.csv"))
    return StreamingResponse(
        _json_lines(_guides(call, wanted, codes)),
        media_type=JSON_LINES,
        headers=attachment(f"办事指南-{day}.jsonl"),
    )


async def _workbook(pages: AsyncIterator[Guides]) -> GuideWorkbook:
    """Made whole before the first byte goes out, so that what does not fit is a refusal and no broken file."""
    book, count = GuideWorkbook(), 0
    async for guides in pages:
        count += len(guides)
        if count > WORKBOOK_ITEMS_MAX:
            raise UnsupportedError(
                f"超过 {WORKBOOK_ITEMS_MAX} 项，工作簿放不下；请用区划、部门等条件缩小范围，或改用 CSV、JSON Lines",
                f"More than {WORKBOOK_ITEMS_MAX} items; narrow the filters, or take CSV or JSON Lines",
                code="too-many-for-a-workbook",
            )
        await asyncio.to_thread(book.add, guides)
    return book


async def _json_lines(pages: AsyncIterator[Guides]) -> AsyncIterator[bytes]:
    columns = list(Guide.model_fields)
    async for guides in pages:
        yield b"".join(write_json_lines(columns, guides))


async def _whole_csv(pages: AsyncIterator[Guides]) -> AsyncIterator[bytes]:
    yield csv_head()
    async for guides in pages:
        yield await asyncio.to_thread(csv_guides, guides)


async def _flat_csv(pages: AsyncIterator[Guides]) -> AsyncIterator[bytes]:
    columns = list(FLAT_COLUMNS.values())
    is_first = True
    async for guides in pages:
        pieces = write_csv(columns, [flat_values_of(guide) for guide in guides])
        header = next(pieces)
        yield b"".join([header, *pieces] if is_first else pieces)
        is_first = False


async def _guides(call: Call, wanted: ItemFilter, codes: Codes) -> AsyncIterator[Guides]:
    """Guides page by page, each in a short transaction of its own; always at least one page.

    What was kept before a field of the guide was there gets that field's default.
    """
    last: UUID | None = None
    while True:
        async with call.read() as tx:
            rows = await tx.all(guides_after(last, wanted=wanted, limit=PAGE_ITEMS))
        yield [_in_codes(_whole(row.guide), codes) for row in rows]
        if len(rows) < PAGE_ITEMS:
            return
        last = rows[-1].id


def _whole(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    if kept.keys() >= Guide.model_fields.keys():
        return kept
    return Guide.model_validate(dict(kept)).model_dump(mode="json")


def _in_codes(guide: Mapping[str, Any], codes: Codes) -> Mapping[str, Any]:
    if codes == "national":
        return guide
    return {**guide, "task_type": to_guangdong(guide["task_type"])}

"""A list as a file: any keyset-ordered select, streamed as CSV, XLSX or JSON Lines.

    return await export_of(
        call, statement, by=[kiosks.c.code], name="自助终端", kind=kind,
        columns=[
            ExportColumn(name="code", head="编码"),
            ExportColumn(name="state", head="状态", read=lambda row: STATES[row.state]),
        ],
    )

Rows are read page by page, each in a short transaction of its own, within the caller's reach. Column heads are
for people; JSON Lines has the names of the API as its keys. Text that a spreadsheet would run stays text.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Literal
from urllib.parse import quote

from fastapi.responses import StreamingResponse
from sqlalchemy import ColumnElement, Row, Select, literal, tuple_

from chassis.blobs import CSV, JSON_LINES, XLSX
from chassis.cells import CELL_CHARACTERS_MAX, plain
from chassis.clock import CITY_ZONE
from chassis.door import Call
from chassis.workbook_writer import PIECE_BYTES, Look, SheetWriter, Value, WorkbookWriter
from chassis.workbooks import write_csv, write_json_lines

PAGE_ROWS = 1_000
ExportKind = Literal["csv", "xlsx", "jsonl"]
"""The query parameter `format` of an export."""

EXPORT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV: {}, XLSX: {}, JSON_LINES: {}}}
}
"""For the route's `responses`, beside `response_class=Response`."""

_MEDIA_TYPES = {"csv": CSV, "xlsx": XLSX, "jsonl": JSON_LINES}


@dataclass(frozen=True, kw_only=True)
class ExportColumn:
    """One column: its name in the API, its head for people, and what of a row stands in it (default: that name)."""

    name: str
    head: str
    read: Callable[[Row[Any]], Any] | None = None
    width: int = 16

    def of(self, row: Row[Any]) -> Any:
        found = getattr(row, self.name) if self.read is None else self.read(row)
        # An instant is read in the city's time by everybody who opens the file.
        return found.astimezone(CITY_ZONE) if isinstance(found, datetime) else found


async def export_of(
    call: Call,
    statement: Select[Any],
    *,
    columns: Sequence[ExportColumn],
    by: Sequence[ColumnElement[Any]],
    name: str,
    kind: ExportKind = "csv",
    descending: bool = False,
) -> StreamingResponse:
    """The whole list as a file to keep, of a `kind`. `by`: selected columns, never null, together unique.

    A workbook is made before the first byte goes out, so that what does not fit is a refusal (InvalidError) and no
    broken file; the other formats stream in bounded memory.
    """
    pages = _pages(call, statement, by=by, descending=descending)
    day = call.runtime.clock.now().astimezone(CITY_ZONE).date().isoformat()
    if kind == "xlsx":
        pieces = _packed(await _workbook(pages, columns, name))
    elif kind == "csv":
        pieces = _csv(pages, columns)
    else:
        pieces = _json_lines(pages, columns)
    return StreamingResponse(
        pieces,
        media_type=_MEDIA_TYPES[kind],
        headers={"Content-Disposition": disposition(f"{name}-{day}", kind)},
    )


def disposition(name: str, suffix: str) -> str:
    """Under what name a browser keeps the file (RFC 6266, RFC 8187); old ones read the plain name."""
    true_name = quote(f"{name}.{suffix}", safe="")
    return f"attachment; filename=\"export.{suffix}\"; filename*=UTF-8''{true_name}"


async def _pages(
    call: Call, statement: Select[Any], *, by: Sequence[ColumnElement[Any]], descending: bool
) -> AsyncIterator[Sequence[Row[Any]]]:
    keys = tuple_(*by)
    ordered = statement.order_by(
        *((column.desc() if descending else column.asc()) for column in by)
    ).limit(PAGE_ROWS)
    seen: list[Any] | None = None
    while True:
        page = ordered
        if seen is not None:
            last = tuple_(
                *(literal(value, column.type) for value, column in zip(seen, by, strict=True))
            )
            page = ordered.where(keys < last if descending else keys > last)
        async with call.read() as tx:
            rows = await tx.all(page)
        yield rows
        if len(rows) < PAGE_ROWS:
            return
        seen = [getattr(rows[-1], str(getattr(column, "name", ""))) for column in by]


async def _csv(
    pages: AsyncIterator[Sequence[Row[Any]]], columns: Sequence[ExportColumn]
) -> AsyncIterator[bytes]:
    heads, is_first = [column.head for column in columns], True
    async for rows in pages:
        pieces = list(
            write_csv(
                heads, ({column.head: _words(column.of(row)) for column in columns} for row in rows)
            )
        )
        yield b"".join(pieces if is_first else pieces[1:])
        is_first = False


async def _json_lines(
    pages: AsyncIterator[Sequence[Row[Any]]], columns: Sequence[ExportColumn]
) -> AsyncIterator[bytes]:
    names = [column.name for column in columns]
    async for rows in pages:
        yield b"".join(
            write_json_lines(
                names,
                ({column.name: _json_value(column.of(row)) for column in columns} for row in rows),
            )
        )


async def _workbook(
    pages: AsyncIterator[Sequence[Row[Any]]], columns: Sequence[ExportColumn], name: str
) -> WorkbookWriter:
    book = WorkbookWriter()
    sheet = book.sheet(
        name[:31], [Look(head=column.head, width=column.width) for column in columns]
    )
    async for rows in pages:
        # Values first, in the loop: a row belongs to its own transaction.
        cells = [[_cell(column.of(row)) for column in columns] for row in rows]
        await asyncio.to_thread(_append, sheet, cells)
    return book


def _append(sheet: SheetWriter, cells: Sequence[Sequence[Value]]) -> None:
    for row in cells:
        sheet.append(row)


async def _packed(book: WorkbookWriter) -> AsyncIterator[bytes]:
    packed = book.packed()
    file: IO[bytes] = await asyncio.to_thread(packed.__enter__)
    try:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
    finally:
        packed.__exit__(None, None, None)


def _words(value: Any) -> Any:
    """What a person reads in a cell: lists as their words, yes and no in Chinese."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(plain(each) for each in value)
    return value


def _cell(value: Any) -> Value:
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or isinstance(value, int):
        return value
    return plain(_words(value))[:CELL_CHARACTERS_MAX]


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.isoformat() if isinstance(value, date) else value

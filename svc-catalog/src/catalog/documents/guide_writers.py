"""Guides going out: the workbook, its template, and CSV; JSON Lines are the chassis' own.

What is written here comes back through documents/guide_files.py to the same content, field by field.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import IO, Any

from catalog.domain.file_rows import FLAT_COLUMNS
from catalog.domain.flat_rows import FLAT_EXAMPLE, FLAT_NOTES
from catalog.domain.guide_sheets import (
    CSV_COLUMNS,
    EXAMPLE_MARK,
    FLAT_SHEET,
    ITEM_COLUMNS,
    ITEMS_SHEET,
    NOTES_SHEET,
    PART_SHEETS,
    TASK_TYPES,
    Column,
    sheet_columns,
    shown_parts,
    shown_row,
)
from chassis.cells import escaped, guarded_text
from chassis.workbook_writer import EXAMPLE, Look, SheetWriter, WorkbookWriter

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""By which office programs know UTF-8."""
_NOTE_LOOKS = (
    Look(head="工作表", width=12),
    Look(head="列", width=20),
    Look(head="说明", width=40),
    Look(head="可填内容", width=60),
    Look(head="字段", width=24),
)


class GuideWorkbook:
    """A workbook of whole guides that grows guide by guide."""

    def __init__(self) -> None:
        self._book = WorkbookWriter()
        self._items = self._book.sheet(ITEMS_SHEET, [_look(one) for one in ITEM_COLUMNS])
        self._parts = {
            sheet.field: self._book.sheet(sheet.name, [_look(one) for one in sheet_columns(sheet)])
            for sheet in PART_SHEETS
        }

    def add(self, guides: Sequence[Mapping[str, Any]]) -> None:
        """Guides as JSON holds them. InvalidError when one is more than a sheet can hold."""
        for guide in guides:
            self._items.append(shown_row(ITEM_COLUMNS, guide))
            for sheet in PART_SHEETS:
                for row in shown_parts(sheet, guide):
                    self._parts[sheet.field].append(row)

    def packed(self) -> AbstractContextManager[IO[bytes]]:
        return self._book.packed()

    def add_examples(self) -> None:
        """In every sheet a row that shows how it is filled in, marked as such."""
        self._items.append([one.example for one in ITEM_COLUMNS], style=EXAMPLE)
        for sheet in PART_SHEETS:
            columns = sheet_columns(sheet)
            self._parts[sheet.field].append([one.example for one in columns], style=EXAMPLE)

    def add_notes(self) -> None:
        notes = self._book.sheet(NOTES_SHEET, _NOTE_LOOKS)
        notes.append(
            ["", "", f"实施编码以“{EXAMPLE_MARK}”开头的行是示例，不会导入，可以删去", "", ""]
        )
        _note(notes, ITEMS_SHEET, ITEM_COLUMNS)
        for sheet in PART_SHEETS:
            _note(notes, sheet.name, sheet_columns(sheet))


def guide_template() -> GuideWorkbook:
    """An empty workbook for whole guides, with drop-downs, an example in each sheet, and notes on every column."""
    book = GuideWorkbook()
    book.add_examples()
    book.add_notes()
    return book


def flat_template() -> WorkbookWriter:
    """An empty workbook for the flat list."""
    book = WorkbookWriter()
    choices = {FLAT_COLUMNS["task_type"]: tuple(TASK_TYPES.values())}
    looks = [
        Look(head=head, width=24, choices=choices.get(head, ()), prompt=FLAT_NOTES[name])
        for name, head in FLAT_COLUMNS.items()
    ]
    sheet = book.sheet(FLAT_SHEET, looks)
    sheet.append([FLAT_EXAMPLE[name] for name in FLAT_COLUMNS], style=EXAMPLE)
    notes = book.sheet(NOTES_SHEET, _NOTE_LOOKS)
    for name, head in FLAT_COLUMNS.items():
        notes.append([FLAT_SHEET, head, FLAT_NOTES[name], "、".join(choices.get(head, ())), name])
    return book


def csv_head() -> bytes:
    """The first line of whole guides as CSV."""
    return BYTE_ORDER_MARK + csv_lines([[column.head for column in CSV_COLUMNS]])


def csv_guides(guides: Sequence[Mapping[str, Any]]) -> bytes:
    """Whole guides as lines of CSV; nested parts are JSON in their columns."""
    return csv_lines([shown_row(CSV_COLUMNS, guide) for guide in guides])


def csv_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([_csv_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def _csv_cell(cell: Any) -> Any:
    return guarded_text(escaped(cell)) if isinstance(cell, str) else cell


def pieces_of(file: IO[bytes], *, bytes_each: int) -> Iterator[bytes]:
    while piece := file.read(bytes_each):
        yield piece


def _look(column: Column) -> Look:
    codec = column.codec
    prompt = "。".join(part for part in (column.note, codec.hint) if part)
    return Look(
        head=column.head,
        width=column.width,
        choices=codec.choices,
        is_open=codec.is_open,
        prompt=prompt,
    )


def _note(notes: SheetWriter, sheet: str, columns: Sequence[Column]) -> None:
    for column in columns:
        notes.append([sheet, column.head, column.note, column.codec.hint, column.field])

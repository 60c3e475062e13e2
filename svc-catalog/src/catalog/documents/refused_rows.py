"""The refused rows of an import as a file of the same layout, with what is wrong beside them: to mend and send again."""

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from catalog.documents.guide_parts import ORPHANS_FROM
from catalog.domain.guide_sheets import (
    FAULT_HEAD,
    ITEM_COLUMNS,
    ITEMS_SHEET,
    KEY_COLUMNS,
    PART_SHEETS,
    columns_by_head,
)
from chassis.blobs import JSON_LINES, XLSX
from chassis.cells import escaped, guarded_text, unguarded
from chassis.sheet_rows import SheetRow
from chassis.sheets import Book, open_book
from chassis.texts import UNREADABLE, encoding_of, open_text
from chassis.workbook_writer import Look, WorkbookWriter
from chassis.workbooks import header_of

Refused = Mapping[int, Sequence[Mapping[str, Any]]]
"""Row numbers of the report to the faults of each."""

_MEMORY_BYTES = 1024 * 1024


@contextmanager
def refused_rows(data: bytes, media_type: str, refused: Refused) -> Iterator[IO[bytes]]:
    """A file at its beginning: these rows of that file, in its own format (text as UTF-8)."""
    if media_type == XLSX:
        with open_book(data) as book, _workbook(book, refused).packed() as file:
            yield file
        return
    pieces = _json_lines if media_type == JSON_LINES else _csv
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        for piece in pieces(data, refused):
            file.write(UNREADABLE.sub("\ufffd", piece).encode())
        file.seek(0)
        yield file


def _json_lines(data: bytes, refused: Refused) -> Iterator[str]:
    with open_text(data, encoding_of(data) or "utf-8-sig") as text:
        for number, line in enumerate(text, start=1):
            if number in refused:
                yield line if line.endswith("\n") else line + "\n"


def _csv(data: bytes, refused: Refused) -> Iterator[str]:
    with open_text(data, encoding_of(data) or "utf-8-sig") as text, _Lines() as out:
        lines = csv.reader(text, strict=True)
        heads = next(lines)
        while heads and not heads[-1].strip():
            heads.pop()
        width = len([head for head in heads if head != FAULT_HEAD])
        yield "\ufeff" + out.line([*heads[:width], FAULT_HEAD])
        while True:
            number = lines.line_num + 1
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error:
                cells = []
            if number in refused:
                padded = [*cells[:width], *[""] * (width - len(cells))]
                yield out.line([*padded, _words(refused[number])])


class _Lines:
    """CSV line by line."""

    def __enter__(self) -> "_Lines":
        self._line = ""
        self._writer = csv.writer(self)
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, line: str) -> None:
        self._line = line

    def line(self, cells: Sequence[str]) -> str:
        self._writer.writerow(cells)
        return self._line


def _workbook(book: Book, refused: Refused) -> WorkbookWriter:
    out = WorkbookWriter()
    if ITEMS_SHEET not in book.sheets:
        _copy(out, book, book.sheets[0], refused)
        return out
    keys: set[tuple[str, ...]] = set()
    _copy(out, book, ITEMS_SHEET, refused, keys=keys)
    for place, sheet in enumerate(PART_SHEETS, start=1):
        orphans = {
            number - ORPHANS_FROM * place: faults
            for number, faults in refused.items()
            if number // ORPHANS_FROM == place
        }
        _copy(out, book, sheet.name, orphans, belongs_to=keys)
    return out


def _copy(
    out: WorkbookWriter,
    book: Book,
    name: str,
    refused: Refused,
    *,
    keys: set[tuple[str, ...]] | None = None,
    belongs_to: set[tuple[str, ...]] | None = None,
) -> None:
    """Rows that were refused, and those that belong to a refused item; `keys` takes down which those are."""
    rows = book.rows(name)
    heads = header_of(next(rows, None))
    width = len(heads) - (heads[-1] == FAULT_HEAD)
    sheet = out.sheet(name, [Look(head=head) for head in (*heads[:width], FAULT_HEAD)])
    spots = _key_spots(heads)
    for row in rows:
        faults = refused.get(row.number)
        key = tuple(_text(row, spot).strip() for spot in spots)
        if faults is None and not (belongs_to and _belongs(key, belongs_to)):
            continue
        if keys is not None:
            keys.add(key)
        cells = [_text(row, place) for place in range(width)]
        sheet.append([*cells, _words(faults or ())[:30_000]])


def _key_spots(heads: Sequence[str]) -> list[int | None]:
    fields = [column.field if column else "" for column in columns_by_head(ITEM_COLUMNS, heads)]
    return [
        fields.index(column.field) if column.field in fields else None for column in KEY_COLUMNS
    ]


def _belongs(key: tuple[str, ...], keys: set[tuple[str, ...]]) -> bool:
    """Whether a part's row is one of a refused item; an empty division or department fits any."""
    return key in keys or any(
        key[0] == code and key[1] in ("", division) and key[2] in ("", department)
        for code, division, department in keys
        if "" in key
    )


def _text(row: SheetRow, place: int | None) -> str:
    if place is None or place >= len(row.cells):
        return ""
    cell = row.cells[place]
    return unguarded(cell) if isinstance(cell, str) else ""


def _words(faults: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with a row, for who mends it."""
    found = [
        f"{fault.get('cell') or fault.get('column') or ''} {fault.get('zh', '')}".strip()
        for fault in faults
    ]
    return guarded_text(escaped("；".join(found)))

"""Files of items in and out: whole guides as a workbook of several sheets, as CSV or JSON Lines, and the flat list.

What a row says is read in domain/imported.py; here is where it stands: sheet, row and cell, so that a fault can name it.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.documents.guide_parts import (
    Parts,
    SheetHead,
    cell_faults,
    columns_unknown,
    holds_something,
)
from catalog.documents.parts_beside import read_parts
from catalog.domain.file_rows import FLAT_COLUMNS, Place, SourceRow, fault
from catalog.domain.flat_rows import flat_unknown
from catalog.domain.guide_sheets import (
    CSV_COLUMNS,
    FAULT_HEAD,
    ITEM_COLUMNS,
    ITEMS_SHEET,
    PART_SHEETS,
    columns_by_head,
    join_parts,
)
from chassis.blobs import JSON_LINES, XLSX
from chassis.cells import unguarded
from chassis.errors import InvalidError
from chassis.sheet_rows import SheetRow
from chassis.sheets import Book, open_book
from chassis.workbooks import RowFault, check_count, header_of, read_json_lines
from chassis.workbooks import read_cells as read_table

CSV_CELL_CHARACTERS_MAX = 4 * 1024 * 1024
"""Of CSV, whose cells may hold all parts of a kind; a workbook's are bounded by the format."""


def rows_of(data: bytes, media_type: str) -> Iterator[SourceRow]:
    """Every row that is not empty, in the order of the file; faults of parts stand at their item.

    Raises InvalidError, TooLargeError or UnsupportedError for what concerns the whole file, at the latest while
    iterating.
    """
    found = _rows_of(data, media_type)
    for count, row in enumerate(found, start=1):
        check_count(count)
        yield row


def _rows_of(data: bytes, media_type: str) -> Iterator[SourceRow]:
    if media_type == JSON_LINES:
        yield from map(_from_json, read_json_lines(data))
    elif media_type == XLSX:
        with open_book(data) as book:
            if ITEMS_SHEET in book.sheets:
                yield from _guides_of(book, data)
            else:
                yield from _from_table(book.rows(book.sheets[0]), sheet=book.sheets[0])
    else:
        yield from _from_table(
            read_table(data, media_type, characters_max=CSV_CELL_CHARACTERS_MAX), sheet=""
        )


def _from_json(row: Any) -> SourceRow:
    if isinstance(row, RowFault):
        return SourceRow(
            number=row.number, values={}, faults=(fault(row.code, row.zh, row.en, row=row.number),)
        )
    return SourceRow(number=row.number, values=row.values, is_whole=_is_whole(row.values))


def _is_whole(values: Mapping[str, Any]) -> bool:
    return "department_name" in values or "division" in values


def _from_table(rows: Iterator[SheetRow], *, sheet: str) -> Iterator[SourceRow]:
    """One sheet or CSV: the flat list or whole guides, told apart by the column heads."""
    heads = header_of(next(rows, None))
    foreign = flat_unknown([head for head in heads if head != FAULT_HEAD])
    if foreign and len(foreign) < sum(one is None for one in columns_by_head(CSV_COLUMNS, heads)):
        raise columns_unknown(foreign, tuple(FLAT_COLUMNS.values()), "")
    if not foreign:
        spots = {head: place for place, head in enumerate(heads)} if sheet else {}
        for row in rows:
            if holds_something(row, heads):
                yield _flat(row, heads, Place(sheet, row.number, spots))
        return
    head = SheetHead.of(heads, CSV_COLUMNS, sheet=sheet, needs=())
    for row in rows:
        if holds_something(row, heads):
            yield _whole(row, head)


def _flat(row: SheetRow, heads: Sequence[str], place: Place) -> SourceRow:
    faults = cell_faults(row, heads, place.sheet)
    values = {
        head: unguarded(cell.strip())
        for head, cell in zip(heads, row.cells, strict=False)
        if isinstance(cell, str) and head != FAULT_HEAD
    }
    return SourceRow(number=row.number, values=values, faults=tuple(faults), places={"": [place]})


def _whole(row: SheetRow, head: SheetHead) -> SourceRow:
    faults, decoded = head.read(row)
    return SourceRow(
        number=row.number,
        values=decoded.values,
        is_whole=True,
        faults=tuple(faults),
        places={"": [head.place(row.number)]},
        broken=frozenset(decoded.broken),
    )


def _guides_of(book: Book, data: bytes) -> Iterator[SourceRow]:
    """A workbook of whole guides: parts are kept aside in a file, then the items are read and given theirs."""
    missing = [sheet.name for sheet in PART_SHEETS if sheet.name not in book.sheets]
    if missing:
        raise InvalidError(
            f"缺少工作表：{'、'.join(missing)}；没有内容的表也请保留（只留表头），可从模板补上",
            f"Sheets are missing: {', '.join(missing)}; keep empty ones with their heads",
            code="sheets-missing",
        )
    with tempfile.TemporaryFile() as kept:
        parts = read_parts(book, data, kept)
        rows = book.rows(ITEMS_SHEET)
        needs = [column for column in ITEM_COLUMNS if column.field in _ALWAYS]
        head = SheetHead.of(
            header_of(next(rows, None)), ITEM_COLUMNS, sheet=ITEMS_SHEET, needs=needs
        )
        for row in rows:
            if holds_something(row, head.heads):
                yield _with_parts(_whole(row, head), parts)
        yield from parts.orphans()


_ALWAYS = frozenset({"item_code", "name", "task_type", "department", "department_name", "division"})


def _with_parts(row: SourceRow, parts: Parts) -> SourceRow:
    values, faults, places = dict(row.values), list(row.faults), dict(row.places)
    broken = set(row.broken)
    key = tuple(str(values.get(name) or "") for name in ("item_code", "division", "department"))
    for sheet in PART_SHEETS:
        found = parts.of(sheet, key)
        if not found:
            values[sheet.field] = []
            continue
        for one in found:
            faults.extend(one.faults)
            broken.update({sheet.field} if one.faults else ())
        values[sheet.field], begins = join_parts(sheet, [one.values for one in found])
        places[sheet.field] = [parts.heads[sheet.field].place(found[n].number) for n in begins]
    return SourceRow(
        number=row.number,
        values=values,
        is_whole=True,
        faults=tuple(faults),
        places=places,
        broken=frozenset(broken),
    )

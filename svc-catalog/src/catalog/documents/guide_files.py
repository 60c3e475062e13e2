"""Files of items in and out: whole guides as a workbook of several sheets, as CSV or JSON Lines, and the flat list.

What a row says is read in domain/imported.py; here is where it stands: sheet, row and cell, so that a fault can name it.
"""

import mmap
import pickle
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from catalog.domain.file_rows import FLAT_COLUMNS, Place, SourceRow, fault
from catalog.domain.flat_rows import flat_unknown
from catalog.domain.guide_sheets import (
    CSV_COLUMNS,
    EXAMPLE_MARK,
    FAULT_HEAD,
    ITEM_COLUMNS,
    ITEMS_SHEET,
    KEY_COLUMNS,
    PART_SHEETS,
    CellReader,
    Column,
    Decoded,
    PartSheet,
    columns_by_head,
    join_parts,
    sheet_columns,
)
from chassis.blobs import JSON_LINES, XLSX
from chassis.cells import column_name, unescaped, unguarded
from chassis.errors import InvalidError
from chassis.sheet_rows import BadCell, SheetRow
from chassis.sheets import Book, open_book
from chassis.workbooks import (
    RowFault,
    check_count,
    fault_in,
    header_of,
    read_json_lines,
)
from chassis.workbooks import read_cells as read_table

CSV_CELL_CHARACTERS_MAX = 4 * 1024 * 1024
"""Of CSV, whose cells may hold all parts of a kind; a workbook's are bounded by the format."""
ORPHANS_FROM = 2_000_000
"""Rows of further sheets that belong to no item are numbered after those of the first: sheet by sheet, this far apart."""


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
                yield from _guides_of(book)
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
        raise _columns_unknown(foreign, tuple(FLAT_COLUMNS.values()), "")
    if not foreign:
        spots = {head: place for place, head in enumerate(heads)} if sheet else {}
        for row in rows:
            if _holds_something(row, heads):
                yield _flat(row, heads, Place(sheet, row.number, spots))
        return
    head = _Head.of(heads, CSV_COLUMNS, sheet=sheet, needs=())
    for row in rows:
        if _holds_something(row, heads):
            yield _whole(row, head)


def _holds_something(row: SheetRow, heads: Sequence[str]) -> bool:
    """Whether a row says anything; what we ourselves wrote beside it does not count."""
    return any(
        (not isinstance(cell, str) or cell.strip())
        and not (place < len(heads) and heads[place] == FAULT_HEAD)
        for place, cell in enumerate(row.cells)
    )


def _flat(row: SheetRow, heads: Sequence[str], place: Place) -> SourceRow:
    faults = _cell_faults(row, heads, place.sheet)
    values = {
        head: unguarded(cell.strip())
        for head, cell in zip(heads, row.cells, strict=False)
        if isinstance(cell, str) and head != FAULT_HEAD
    }
    return SourceRow(number=row.number, values=values, faults=tuple(faults), places={"": [place]})


def _whole(row: SheetRow, head: "_Head") -> SourceRow:
    faults, decoded = head.read(row)
    return SourceRow(
        number=row.number,
        values=decoded.values,
        is_whole=True,
        faults=tuple(faults),
        places={"": [head.place(row.number)]},
        broken=frozenset(decoded.broken),
    )


def _cell_faults(row: SheetRow, heads: Sequence[str], sheet: str) -> list[dict[str, Any]]:
    found = []
    for place, cell in enumerate(row.cells):
        column = heads[place] if place < len(heads) else None
        bad = fault_in(cell, column)
        if bad is not None and column != FAULT_HEAD:
            found.append(
                fault(
                    bad.code,
                    bad.zh,
                    bad.en,
                    column or "",
                    sheet=sheet,
                    row=row.number,
                    cell=f"{column_name(place)}{row.number}" if sheet else "",
                )
            )
    return found


@dataclass(frozen=True, kw_only=True)
class _Head:
    """The columns of one sheet as they stand in this file."""

    sheet: str
    heads: list[str]
    columns: list[Column | None]
    spots: dict[str, int]
    """Where the column of each field stands."""
    reader: CellReader

    @classmethod
    def of(
        cls, heads: list[str], known: Sequence[Column], *, sheet: str, needs: Sequence[Column]
    ) -> "_Head":
        columns = columns_by_head(known, heads)
        _check_heads(heads, columns, known, sheet)
        spots = {one.field: place for place, one in enumerate(columns) if one is not None}
        missing = [column.head for column in needs if column.field not in spots]
        if missing:
            raise _columns_missing(missing, sheet)
        reader = CellReader(columns)
        return cls(sheet=sheet, heads=heads, columns=columns, spots=spots, reader=reader)

    def place(self, row: int) -> Place:
        return Place(self.sheet, row, self.spots if self.sheet else {})

    def read(self, row: SheetRow) -> tuple[list[dict[str, Any]], Decoded]:
        """The faults of a row's cells, and what the others say."""
        is_plain = len(row.cells) <= len(self.heads) and BadCell not in map(type, row.cells)
        faults = [] if is_plain else _cell_faults(row, self.heads, self.sheet)
        decoded = self.reader.read(
            cell if cell == "" else self._text(cell) if isinstance(cell, str) else ""
            for cell in row.cells
        )
        if is_plain and not decoded.errors:
            return faults, decoded
        unreadable = {place for place, cell in enumerate(row.cells) if not isinstance(cell, str)}
        for place, error in decoded.errors:
            if place not in unreadable:
                column = self.heads[place]
                name = f"{column_name(place)}{row.number}" if self.sheet else ""
                faults.append(
                    fault(
                        error.code,
                        error.zh,
                        error.en,
                        column,
                        sheet=self.sheet,
                        row=row.number,
                        cell=name,
                    )
                )
        for place in unreadable:
            column_there = self.columns[place] if place < len(self.columns) else None
            if column_there is not None:
                decoded.values.pop(column_there.field, None)
                decoded.broken.add(column_there.field)
        return faults, decoded

    def _text(self, cell: str) -> str:
        # A workbook's own escapes are undone where its XML is read.
        if cell[:1] == "'":
            cell = unguarded(cell)
        return cell if self.sheet else unescaped(cell)


def _check_heads(
    heads: Sequence[str], columns: Sequence[Column | None], known: Sequence[Column], sheet: str
) -> None:
    unknown = [
        head
        for head, column in zip(heads, columns, strict=True)
        if column is None and head != FAULT_HEAD
    ]
    if unknown:
        raise _columns_unknown(unknown, [column.head for column in known], sheet)
    fields = [column.field for column in columns if column is not None]
    twice = [heads[place] for place, name in enumerate(fields) if name in fields[:place]]
    if twice:
        raise InvalidError(
            f"同一列出现两次：{'、'.join(twice)}，请删去一列",
            f"The same column stands twice: {', '.join(twice)}; delete one",
            code="header-malformed",
        )


def _columns_unknown(unknown: Sequence[str], usable: Sequence[str], sheet: str) -> InvalidError:
    named = "、".join(unknown[:10])[:200]
    where = f"工作表“{sheet}”中" if sheet else ""
    return InvalidError(
        f"{where}没有这些列：{named}；可用的列：{'、'.join(usable)}",
        f"Unknown columns {sheet}: {named}; take the columns of GET /catalog/v1/imports/template",
        code="columns-unknown",
    )


def _columns_missing(missing: Sequence[str], sheet: str) -> InvalidError:
    named = "、".join(missing[:20])
    return InvalidError(
        f"工作表“{sheet}”缺少这些列：{named}；请从模板补上列名（内容可空）",
        f"The sheet {sheet} lacks these columns: {named}; add their heads from the template",
        code="columns-missing",
    )


def _guides_of(book: Book) -> Iterator[SourceRow]:
    """A workbook of whole guides: parts are kept aside in a file, then the items are read and given theirs."""
    missing = [sheet.name for sheet in PART_SHEETS if sheet.name not in book.sheets]
    if missing:
        raise InvalidError(
            f"缺少工作表：{'、'.join(missing)}；没有内容的表也请保留（只留表头），可从模板补上",
            f"Sheets are missing: {', '.join(missing)}; keep empty ones with their heads",
            code="sheets-missing",
        )
    with tempfile.TemporaryFile() as kept:
        parts = _Parts(kept)
        for sheet in PART_SHEETS:
            parts.read(book, sheet)
        rows = book.rows(ITEMS_SHEET)
        needs = [column for column in ITEM_COLUMNS if column.field in _ALWAYS]
        head = _Head.of(header_of(next(rows, None)), ITEM_COLUMNS, sheet=ITEMS_SHEET, needs=needs)
        for row in rows:
            if _holds_something(row, head.heads):
                yield _with_parts(_whole(row, head), parts)
        yield from parts.orphans()


_ALWAYS = frozenset({"item_code", "name", "task_type", "department", "department_name", "division"})


def _with_parts(row: SourceRow, parts: "_Parts") -> SourceRow:
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


@dataclass(frozen=True)
class _PartRow:
    number: int
    values: dict[str, Any]
    faults: list[dict[str, Any]]


@dataclass
class _Parts:
    """Rows of parts by the item they name, in a file, because a workbook may hold a million of them."""

    kept: IO[bytes]
    heads: dict[str, _Head] = field(default_factory=dict)
    _spots: dict[str, dict[str, dict[tuple[str, str], list[int]]]] = field(default_factory=dict)
    """Sheet, then item code, then division and department (empty: any) to where the rows lie in the file."""
    _used: set[tuple[str, str, tuple[str, str]]] = field(default_factory=set)
    _memory: mmap.mmap | None = None
    """The file as it lies in memory, once all of it is written: a row costs no call of its own."""
    _lost: list[tuple[str, int]] = field(default_factory=list)
    _size: int = 0

    def read(self, book: Book, sheet: PartSheet) -> None:
        columns = sheet_columns(sheet)
        needs = [column for column in columns if column.field not in {"division", "department"}]
        rows = book.rows(sheet.name)
        heads = header_of(next(rows, None))
        head = self.heads[sheet.field] = _Head.of(heads, columns, sheet=sheet.name, needs=needs)
        for row in rows:
            if _holds_something(row, heads):
                self._keep(sheet, row, head)

    def _keep(self, sheet: PartSheet, row: SheetRow, head: _Head) -> None:
        faults, decoded = head.read(row)
        names = [column.field for column in KEY_COLUMNS]
        key = tuple(str(decoded.values.pop(name, "") or "") for name in names)
        if key[0].startswith(EXAMPLE_MARK):
            return
        # An unreadable division may not widen the row to every division.
        if not key[0] or decoded.broken.intersection(names):
            self._lost.append((sheet.field, row.number))
            return
        of_item = self._spots.setdefault(sheet.field, {}).setdefault(key[0], {})
        of_item.setdefault((key[1], key[2]), []).append(self._size)
        self._size += self.kept.write(pickle.dumps((row.number, decoded.values, faults)))

    def of(self, sheet: PartSheet, key: tuple[str, ...]) -> list[_PartRow]:
        """An item's rows in one sheet, in the order of the sheet."""
        code, division, department = key
        of_item = self._spots.get(sheet.field, {}).get(code)
        if of_item is None:
            return []
        spots: list[int] = []
        for place in dict.fromkeys(
            ((division, department), (division, ""), ("", department), ("", ""))
        ):
            if place in of_item:
                spots.extend(of_item[place])
                self._used.add((sheet.field, code, place))
        return [self._at(spot) for spot in sorted(spots)]

    def orphans(self) -> Iterator[SourceRow]:
        """Rows that name no item of the workbook, each refused under a number of its own."""
        for place, sheet in enumerate(PART_SHEETS, start=1):
            numbers = [number for name, number in self._lost if name == sheet.field]
            for code, of_item in self._spots.get(sheet.field, {}).items():
                for place_named, spots in of_item.items():
                    if (sheet.field, code, place_named) not in self._used:
                        numbers.extend(self._at(spot).number for spot in spots)
            for number in sorted(numbers):
                yield self._orphan(sheet, number, ORPHANS_FROM * place + number)

    def _orphan(self, sheet: PartSheet, row: int, number: int) -> SourceRow:
        column = self.heads[sheet.field].spots["item_code"]
        one = fault(
            "part-without-item",
            "这一行的实施编码（或区划、部门）在“事项”表中没有，请核对编码",
            "The row names no item of the workbook; check its code, division and department",
            KEY_COLUMNS[0].head,
            sheet=sheet.name,
            row=row,
            cell=f"{column_name(column)}{row}",
        )
        return SourceRow(number=number, values={}, faults=(one,))

    def _at(self, spot: int) -> _PartRow:
        if self._memory is None:
            self.kept.flush()
            self._memory = mmap.mmap(self.kept.fileno(), 0, access=mmap.ACCESS_READ)
        with memoryview(self._memory) as whole, whole[spot:] as rest:
            number, values, faults = pickle.loads(rest)  # noqa: S301  a file without a name, written above
        return _PartRow(number, values, faults)

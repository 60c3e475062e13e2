"""Sheets of parts (materials, steps, windows …): their rows, kept by the item they name until that item is read.

A workbook of ten thousand guides has a quarter of a million such rows. Of a large one a second process reads about half
of the sheets meanwhile (parts_beside.py); whatever it could not read is read here, so that a fault is said once, in the
same words.
"""

import mmap
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from catalog.domain.file_rows import Place, SourceRow, fault
from catalog.domain.guide_sheets import (
    EXAMPLE_MARK,
    FAULT_HEAD,
    KEY_COLUMNS,
    PART_SHEETS,
    CellReader,
    Column,
    Decoded,
    PartSheet,
    columns_by_head,
    sheet_columns,
)
from chassis.cells import column_name, unescaped, unguarded
from chassis.errors import InvalidError
from chassis.sheet_rows import PIECE_BYTES, BadCell, SheetRow
from chassis.sheets import Book
from chassis.workbooks import fault_in, header_of

ORPHANS_FROM = 2_000_000
"""Rows of further sheets that belong to no item are numbered after those of the first: sheet by sheet, this far apart."""


def holds_something(row: SheetRow, heads: Sequence[str]) -> bool:
    """Whether a row says anything; what we ourselves wrote beside it does not count."""
    return any(
        (not isinstance(cell, str) or cell.strip())
        and not (place < len(heads) and heads[place] == FAULT_HEAD)
        for place, cell in enumerate(row.cells)
    )


def cell_faults(row: SheetRow, heads: Sequence[str], sheet: str) -> list[dict[str, Any]]:
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
class SheetHead:
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
    ) -> "SheetHead":
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
        faults = [] if is_plain else cell_faults(row, self.heads, self.sheet)
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
        raise columns_unknown(unknown, [column.head for column in known], sheet)
    fields = [column.field for column in columns if column is not None]
    twice = [heads[place] for place, name in enumerate(fields) if name in fields[:place]]
    if twice:
        raise InvalidError(
            f"同一列出现两次：{'、'.join(twice)}，请删去一列",
            f"The same column stands twice: {', '.join(twice)}; delete one",
            code="header-malformed",
        )


def columns_unknown(unknown: Sequence[str], usable: Sequence[str], sheet: str) -> InvalidError:
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


@dataclass(frozen=True)
class PartRow:
    number: int
    values: dict[str, Any]
    faults: list[dict[str, Any]]


Spots = dict[str, dict[str, dict[tuple[str, str], list[int]]]]
"""Sheet, then item code, then division and department (empty: any) to where the rows lie in the file."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What one process tells another of the sheets it has read."""

    heads: dict[str, list[str]]
    spots: Spots
    lost: list[tuple[str, int]]


@dataclass
class Parts:
    """Rows of parts by the item they name, in a file, because a workbook may hold a million of them."""

    kept: IO[bytes]
    heads: dict[str, SheetHead] = field(default_factory=dict)
    _spots: Spots = field(default_factory=dict)
    _raw_heads: dict[str, list[str]] = field(default_factory=dict)
    _used: set[tuple[str, str, tuple[str, str]]] = field(default_factory=set)
    _memory: mmap.mmap | None = None
    """The file as it lies in memory, once all of it is written: a row costs no call of its own."""
    _lost: list[tuple[str, int]] = field(default_factory=list)
    _size: int = 0

    def read(self, book: Book, sheet: PartSheet) -> None:
        """Read one sheet. Raises what concerns all of it."""
        rows = book.rows(sheet.name)
        heads = header_of(next(rows, None))
        head = self._open(sheet, heads)
        for row in rows:
            if holds_something(row, heads):
                self._keep(sheet, row, head)

    def taken(self) -> Taken:
        """What was read so far, for another process; the rows themselves lie in the file."""
        return Taken(heads=self._raw_heads, spots=self._spots, lost=self._lost)

    def take(self, taken: Taken, rows: IO[bytes]) -> None:
        """Add what another process has read of other sheets."""
        start = self._size
        while piece := rows.read(PIECE_BYTES):
            self._size += self.kept.write(piece)
        for sheet in PART_SHEETS:
            if sheet.field in taken.heads:
                self._open(sheet, taken.heads[sheet.field])
        for places in taken.spots.values():
            for of_item in places.values():
                for place, spots in of_item.items():
                    of_item[place] = [start + spot for spot in spots]
        self._spots.update(taken.spots)
        self._lost.extend(taken.lost)

    def _open(self, sheet: PartSheet, heads: list[str]) -> SheetHead:
        columns = sheet_columns(sheet)
        needs = [column for column in columns if column.field not in {"division", "department"}]
        head = SheetHead.of(heads, columns, sheet=sheet.name, needs=needs)
        self.heads[sheet.field], self._raw_heads[sheet.field] = head, heads
        return head

    def _keep(self, sheet: PartSheet, row: SheetRow, head: SheetHead) -> None:
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

    def of(self, sheet: PartSheet, key: tuple[str, ...]) -> list[PartRow]:
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

    def _at(self, spot: int) -> PartRow:
        if self._memory is None:
            self.kept.flush()
            self._memory = mmap.mmap(self.kept.fileno(), 0, access=mmap.ACCESS_READ)
        with memoryview(self._memory) as whole, whole[spot:] as rest:
            number, values, faults = pickle.loads(rest)  # noqa: S301  a file without a name, written above
        return PartRow(number, values, faults)

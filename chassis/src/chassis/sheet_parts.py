"""The parts of an XLSX workbook: its contents, relations, styles, shared texts, and the cells of a sheet (ECMA-376).

Each is XML and is read with expat, piece by piece: no entity is expanded, no link is followed, no formula is run.
"""

import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import from_excel

from chassis.cells import CELL_CHARACTERS_MAX, EXACT_NUMBER_MAX, plain, unescaped
from chassis.errors import TooLargeError
from chassis.sheet_rows import (
    COLUMNS_MAX,
    ERROR,
    FORMULA,
    NOT_A_NUMBER,
    PIECE_BYTES,
    SHEET_ROWS_MAX,
    TOO_LONG,
    TOO_LONG_NUMBER,
    BadCell,
    SheetRow,
    column_number,
    damaged,
)

SHEETS_MAX = 200
SHARED_TEXTS_MAX = 4_000_000
SHARED_CHARACTERS_MAX = 48 * 1024 * 1024
"""Of all shared texts together; they are held in memory while a workbook is read."""
_WIDEST_COLUMN = 16_384
_CHINESE_DATE_FORMATS = frozenset({*range(27, 37), *range(50, 59)})
"""Built-in formats of East Asian spreadsheets that show dates; ECMA-376 part 1, 18.8.30."""


class PartReader:
    """What expat calls; names come without their prefix."""

    done: deque[SheetRow]

    def __init__(self) -> None:
        self.done = deque()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, piece: str) -> None:
        pass


def read_part(archive: zipfile.ZipFile, path: str, reader: PartReader) -> None:
    """Let `reader` see one part whole."""
    for _ in rows_of_part(archive, path, reader):
        pass


def rows_of_part(archive: zipfile.ZipFile, path: str, reader: PartReader) -> Iterator[SheetRow]:
    """Let `reader` see one part, and pass on the rows that it finds as it finds them."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    done = reader.done
    with archive.open(path) as part:
        piece = part.read(PIECE_BYTES)
        # Most programs name the elements without a prefix; a call less for each of a million cells.
        plain_names = _PREFIXED.search(piece[:_ROOT_BYTES]) is None
        parser.StartElementHandler = reader.start if plain_names else _unprefixed(reader.start)
        parser.EndElementHandler = reader.end if plain_names else _unprefixed(reader.end)
        while piece:
            parser.Parse(piece, False)
            while done:
                yield done.popleft()
            piece = part.read(PIECE_BYTES)
        parser.Parse(b"", True)
    yield from done


_PREFIXED = re.compile(rb"<\w+:(?:worksheet|sst|workbook|styleSheet|Relationships)\b")
_ROOT_BYTES = 4_096


def _unprefixed(handle: Callable[..., None]) -> Callable[..., None]:
    def handled(name: str, *attributes: Any) -> None:
        handle(name.rpartition(":")[2], *attributes)

    return handled


def _refuse_document_type(*_: Any) -> None:
    # No spreadsheet program writes one; declared entities can grow without end.
    raise damaged()


def _attribute(attributes: Mapping[str, str], name: str) -> str:
    """An attribute whatever its namespace: relations are named `r:id`."""
    for key, value in attributes.items():
        if key.rpartition(":")[2] == name:
            return value
    return ""


class Contents(PartReader):
    """workbook.xml: the visible sheets and the epoch of dates."""

    def __init__(self) -> None:
        super().__init__()
        self.visible: dict[str, str] = {}
        self.is_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.is_1904 = attributes.get("date1904", "0") in {"1", "true"}
        elif name == "sheet" and attributes.get("state", "visible") == "visible":
            if len(self.visible) >= SHEETS_MAX:
                raise damaged()
            self.visible[attributes.get("name", "")] = _attribute(attributes, "id")


class Relations(PartReader):
    """workbook.xml.rels: what lies where inside the archive."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}
        self.by_kind: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = attributes.get("Target", "")
        self.targets[attributes.get("Id", "")] = target
        self.by_kind[attributes.get("Type", "").rpartition("/")[2]] = target


class Styles(PartReader):
    """styles.xml: which cell styles show a number as a date."""

    def __init__(self) -> None:
        super().__init__()
        self._formats: dict[int, str] = {}
        self._cells: list[int] = []
        self._in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._cells.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def dates(self) -> frozenset[int]:
        return frozenset(place for place, number in enumerate(self._cells) if self._is_date(number))

    def _is_date(self, number: int) -> bool:
        if number in self._formats:
            return bool(is_date_format(self._formats[number]))
        shown = BUILTIN_FORMATS.get(number, "General")
        return number in _CHINESE_DATE_FORMATS or bool(is_date_format(shown))


class Texts(PartReader):
    """sharedStrings.xml: texts that cells name by their place; each cut where no cell may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._left = 0
        self._total = 0
        self._is_text = False
        self._in_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "si":
            self._pieces, self._left = [], CELL_CHARACTERS_MAX + 1
        elif name == "rPh":  # how it is read aloud (furigana), not what it says
            self._in_reading = True
        elif name == "t":
            self._is_text = not self._in_reading

    def text(self, piece: str) -> None:
        if self._is_text and self._left > 0:
            self._pieces.append(piece[: self._left])
            self._left -= len(piece)

    def end(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name == "rPh":
            self._in_reading = False
        elif name == "si":
            text = "".join(self._pieces)
            self._total += len(text)
            if self._total > SHARED_CHARACTERS_MAX or len(self.found) >= SHARED_TEXTS_MAX:
                raise TooLargeError(
                    "工作簿中的文字过多，请拆分后上传",
                    "The workbook holds too much text; split it",
                    code="workbook-too-large",
                )
            self.found.append(unescaped(text))


class SheetReader(PartReader):
    """A sheet's XML: rows are put on `done` as they end."""

    def __init__(self, texts: list[str], date_styles: frozenset[int], epoch: datetime) -> None:
        super().__init__()
        self._texts = texts
        self._date_styles = date_styles
        self._epoch = epoch
        self._number = 0
        self._cells: list[str | BadCell] = []
        self._column = -1
        self._columns: dict[str, int] = {}
        self._kind = "n"
        self._style = "0"
        self._text = ""
        self._is_text = False
        self._is_formula = False
        self._in_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name == "v" or name == "t":
            self._is_text = not self._in_reading
        elif name == "row":
            self._start_row(attributes.get("r"))
        elif name == "f":
            self._is_formula = True
        elif name == "rPh":
            self._in_reading = True

    def _start_row(self, given: str | None) -> None:
        number = int(given) if given else self._number + 1
        if not self._number < number <= SHEET_ROWS_MAX:
            raise damaged()
        self._number, self._cells, self._column = number, [], -1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        name = attributes.get("r")
        if name is None:
            column = self._column + 1
        else:
            letters = name.rstrip("0123456789")
            known = self._columns.get(letters)
            column = self._new_column(letters) if known is None else known
        if not self._column < column < _WIDEST_COLUMN:
            raise damaged()
        self._column = column
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._text = ""
        self._is_formula = False

    def _new_column(self, letters: str) -> int:
        column = self._columns[letters] = column_number(letters)
        return column

    def text(self, piece: str) -> None:
        if self._is_text and len(self._text) <= CELL_CHARACTERS_MAX:
            self._text += piece

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells:
                self.done.append(SheetRow(self._number, self._cells))
        elif name == "rPh":
            self._in_reading = False

    def _end_cell(self) -> None:
        column, cells = self._column, self._cells
        if column > COLUMNS_MAX:
            return
        value: str | BadCell
        if self._is_formula:
            value = FORMULA
        elif self._kind == "inlineStr" and len(self._text) <= CELL_CHARACTERS_MAX:
            value = unescaped(self._text)
        else:
            value = self._value(self._text)
        if value == "":
            return
        if len(cells) < column:
            cells.extend([""] * (column - len(cells)))
        cells.append(value)

    def _value(self, text: str) -> str | BadCell:
        kind = self._kind
        if kind == "s":
            text = self._texts[int(text)] if text else ""
        elif kind in {"inlineStr", "str"}:
            text = unescaped(text)
        elif not text:
            return ""
        elif kind == "e":
            return ERROR
        elif kind == "b":
            return plain(text.strip() in {"1", "true"})
        elif kind == "n":
            return self._number_value(text)
        return TOO_LONG if len(text) > CELL_CHARACTERS_MAX else text

    def _number_value(self, text: str) -> str | BadCell:
        try:
            number = float(text)
            if number != number or abs(number) >= EXACT_NUMBER_MAX:
                return TOO_LONG_NUMBER
            return plain(from_excel(number, self._epoch)) if self._is_day() else plain(number)
        except (ValueError, OverflowError):
            return NOT_A_NUMBER

    def _is_day(self) -> bool:
        return int(self._style) in self._date_styles

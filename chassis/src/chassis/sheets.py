"""Sheets of an XLSX workbook, streamed as rows of text, within bounds whatever the file says of itself.

A workbook from outside is an archive of XML. It is read with expat, piece by piece: no entity is expanded, no link
is followed, no formula is run, and a cell is cut where it is longer than a spreadsheet allows.
"""

import io
import lzma
import posixpath
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from chassis.archives import check_archive
from chassis.cells import CELL_CHARACTERS_MAX, EXACT_NUMBER_MAX, plain, unescaped
from chassis.errors import InvalidError, TooLargeError, UnsupportedError

COLUMNS_MAX = 300
SHEET_ROWS_MAX = 1_048_576
SHEETS_MAX = 200
MERGED_MAX = 20_000
"""Rows that merged ranges may touch, each range counted."""
SHARED_TEXTS_MAX = 4_000_000
SHARED_CHARACTERS_MAX = 48 * 1024 * 1024
"""Of all shared texts together; they are held in memory while a workbook is read."""

_MACROS = ("vbaproject.bin", "xl/macrosheets/", "xl/dialogsheets/")
_LINKS = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
_PIECE_BYTES = 256 * 1024
_WIDEST_COLUMN = 16_384
_CHINESE_DATE_FORMATS = frozenset({*range(27, 37), *range(50, 59)})
"""Built-in formats of East Asian spreadsheets that show dates; ECMA-376 part 1, 18.8.30."""
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z0-9:$]{1,40})[\"']")
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    expat.ExpatError,
    LookupError,
    ValueError,
    EOFError,
    OSError,
    OverflowError,
    NotImplementedError,
)
"""A damaged part shows itself in any of these, wherever the reader stumbles."""


@dataclass(frozen=True)
class BadCell:
    """Stands where a cell's text would: why it cannot be taken over."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class SheetRow:
    """One row that holds something; `number` is the line a person sees."""

    number: int
    cells: list[str | BadCell]


FORMULA = BadCell(
    "cell-formula",
    "单元格是公式，请复制后“选择性粘贴”为数值，再重新导入",
    "The cell is a formula; paste it as a value",
)
ERROR = BadCell("cell-error", "单元格是错误值", "The cell shows an error; type its value")
TOO_LONG_NUMBER = BadCell(
    "cell-number-too-long",
    "数字过长，末位已失真，请将该列设为文本格式后重新填写",
    "The number is too long to be exact; make the column text and type it again",
)
NOT_A_NUMBER = BadCell(
    "cell-number-malformed",
    "单元格的数字有误，请重新填写",
    "The number cannot be read; type it again",
)
MERGED = BadCell(
    "cell-merged",
    "单元格是合并单元格，请取消合并，逐格填写",
    "The cell is part of a merged one; take the merge apart and fill in each cell",
)
TOO_LONG = BadCell(
    "cell-too-long",
    f"单元格内容超过 {CELL_CHARACTERS_MAX} 字，请缩短",
    f"The cell holds more than {CELL_CHARACTERS_MAX} characters; shorten it",
)


@dataclass(kw_only=True)
class Book:
    """An opened workbook. `sheets`: the visible ones, in their order."""

    archive: zipfile.ZipFile
    sheets: tuple[str, ...]
    _paths: Mapping[str, str]
    _texts: list[str] = field(default_factory=list)
    _date_styles: frozenset[int] = frozenset()
    _epoch: datetime = CALENDAR_WINDOWS_1900

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """Rows that hold something, in order. Raises InvalidError or TooLargeError where the part is damaged."""
        try:
            merged = _merged_cells(self.archive, self._paths[sheet])
            reader = _SheetReader(self._texts, self._date_styles, self._epoch)
            for row in _parsed(self.archive, self._paths[sheet], reader):
                yield _with_merged(row, merged)
        except _DAMAGE as error:
            raise damaged() from error


@contextmanager
def open_book(data: bytes | Path) -> Iterator[Book]:
    """A workbook, looked over first. UnsupportedError for macros and links, InvalidError when it is none."""
    with _opened(data) as source:
        check_workbook(source)
        source.seek(0)
        with zipfile.ZipFile(source) as archive:
            try:
                book = _book(archive)
            except _DAMAGE as error:
                raise damaged() from error
            yield book


def read_sheet(data: bytes | Path) -> Iterator[SheetRow]:
    """Rows of the first visible sheet."""
    with open_book(data) as book:
        yield from book.rows(book.sheets[0])


def check_workbook(source: IO[bytes]) -> None:
    """Look at a workbook's table of contents alone; raises what `open_book` would raise for it."""
    names = [name.lower() for name in check_archive(source)]
    if any(macro in name for name in names for macro in _MACROS):
        raise UnsupportedError(
            "不接受含宏的工作簿，请另存为不含宏的 XLSX 后上传",
            "A workbook with macros is not accepted; save it as XLSX without them",
            code="workbook-with-macros",
        )
    if any(name.startswith(_LINKS) for name in names):
        raise UnsupportedError(
            "工作簿引用了外部文件或数据源，请在“数据—编辑链接”中断开后上传",
            "The workbook draws on other files or sources; break the links and send it again",
            code="workbook-with-links",
        )


def damaged() -> InvalidError:
    return InvalidError(
        "表格已损坏，无法读取，请用表格软件打开后另存再上传",
        "The workbook is damaged and cannot be read; open it, save it again, and send that",
        code="workbook-damaged",
    )


def _opened(data: bytes | Path) -> IO[bytes]:
    return io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")


def _book(archive: zipfile.ZipFile) -> Book:
    contents = _Contents()
    _all(archive, "xl/workbook.xml", contents)
    relations = _Relations()
    _all(archive, "xl/_rels/workbook.xml.rels", relations)
    present = set(archive.namelist())
    paths = {
        name: _inside(relations.targets[key])
        for name, key in contents.visible.items()
        if key in relations.targets
    }
    paths = {name: path for name, path in paths.items() if path in present}
    if not paths:
        raise damaged()
    texts, styles = _Texts(), _Styles()
    for kind, reader in (("sharedStrings", texts), ("styles", styles)):
        path = _inside(relations.by_kind.get(kind, ""))
        if path in present:
            _all(archive, path, reader)
    return Book(
        archive=archive,
        sheets=tuple(paths),
        _paths=paths,
        _texts=texts.found,
        _date_styles=styles.dates(),
        _epoch=CALENDAR_MAC_1904 if contents.is_1904 else CALENDAR_WINDOWS_1900,
    )


def _inside(target: str) -> str:
    """Where a relation of the workbook points, as a name in the archive."""
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


class _Reader:
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


def _all(archive: zipfile.ZipFile, path: str, reader: _Reader) -> None:
    for _ in _parsed(archive, path, reader):
        pass


def _parsed(archive: zipfile.ZipFile, path: str, reader: _Reader) -> Iterator[SheetRow]:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    done = reader.done
    with archive.open(path) as part:
        piece = part.read(_PIECE_BYTES)
        # Most programs name the elements without a prefix; a call less for each of a million cells.
        plain_names = _PREFIXED.search(piece[:_ROOT_BYTES]) is None
        parser.StartElementHandler = reader.start if plain_names else _unprefixed(reader.start)
        parser.EndElementHandler = reader.end if plain_names else _unprefixed(reader.end)
        while piece:
            parser.Parse(piece, False)
            while done:
                yield done.popleft()
            piece = part.read(_PIECE_BYTES)
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


class _Contents(_Reader):
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


class _Relations(_Reader):
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


class _Styles(_Reader):
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


class _Texts(_Reader):
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


class _SheetReader(_Reader):
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
        column = self._columns[letters] = _column_number(letters)
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


def _column_number(letters: str) -> int:
    if not letters.isascii() or not letters.isalpha() or not letters.isupper() or len(letters) > 3:
        raise damaged()
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


Merged = dict[int, list[tuple[int, int]]]
"""By row, the merged stretches of columns, counted from zero, both ends included."""


def _merged_cells(archive: zipfile.ZipFile, path: str) -> Merged:
    """Merged ranges stand after the rows they concern, so they are looked for first."""
    found: Merged = {}
    count, tail = 0, b""
    with archive.open(path) as part:
        while piece := part.read(_PIECE_BYTES):
            window = tail + piece
            for match in _MERGED.finditer(window):
                count += _add_merged(found, match.group(1).decode(), most=MERGED_MAX - count)
            last = window.rfind(b"<")
            tail = window[last:] if last >= 0 and len(window) - last < 400 else b""
            if _MERGED.match(tail):
                tail = b""
    return found


def _add_merged(found: Merged, ends: str, *, most: int) -> int:
    """Note one range; returns how many rows it touches."""
    corners = _CELL.findall(ends)
    if not corners:
        return 0
    (left, top), (right, bottom) = corners[0], corners[-1]
    rows = range(int(top), int(bottom) + 1)
    if len(rows) > most:
        raise InvalidError(
            f"合并单元格过多（如 {ends}），请全部取消合并后上传",
            f"Too many merged cells, such as {ends}; take them all apart and send the file again",
            code="cells-merged",
        )
    for row in rows:
        found.setdefault(row, []).append((_column_number(left), _column_number(right)))
    return len(rows)


def _with_merged(row: SheetRow, merged: Merged) -> SheetRow:
    for left, right in merged.get(row.number, ()):
        if left <= COLUMNS_MAX:
            row.cells.extend([""] * (left + 1 - len(row.cells)))
            for column in range(left, min(right + 1, len(row.cells))):
                row.cells[column] = MERGED
    return row

"""Tables in and out: XLSX, CSV and JSON Lines, row by row.

Text is UTF-8 or GB 18030, told by its content; a byte that is neither spoils its row and no other. The first row names the columns. A row that cannot be read is a RowFault in its place and the others go on; what
concerns the whole file raises. In CSV and XLSX every value is text, as a person reads it in the sheet; in JSON
Lines a value is what JSON says.

On the way out, text that a spreadsheet would take for a formula gets a `'` in front; on the way in, that `'`
is taken off again.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook

from chassis.blobs import CSV, JSON_LINES, XLSX
from chassis.cells import (
    CELL_CHARACTERS_MAX,
    cell_name,
    column_name,
    guarded,
    plain,
    sheet_value,
    unguarded,
)
from chassis.errors import InvalidError, TooLargeError, UnsupportedError
from chassis.sheet_rows import COLUMNS_MAX, MERGED, TOO_LONG, BadCell, SheetRow
from chassis.sheets import read_sheet
from chassis.texts import CONTROL, UNREADABLE, encoding_of, open_text

ROWS_MAX = 200_000
CSV_FIELD_CHARACTERS_MAX = 8 * 1024 * 1024
"""Where the reader of CSV gives a row up: a quote without its pair swallows what follows it."""

_BY_SUFFIX = {".xlsx": XLSX, ".csv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row; `number` is the line a person sees in the file."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RowFault:
    """One row that cannot be read, why, and in which column and cell (`C12`) when it is one."""

    number: int
    code: str
    zh: str
    en: str
    column: str | None = None
    cell: str | None = None


TOO_WIDE = BadCell(
    "row-too-wide",
    "单元格多于表头列数，请检查是否多了分隔符或缺少列名",
    "More cells than there are columns; look for a comma too many or a column without a name",
)
UNREADABLE_TEXT = BadCell(
    "text-undecodable",
    "含有无法识别的字节，请改正该处文字后重新导入（文件请存为 UTF-8）",
    "It holds bytes that are no text; type the text again, and save the file as UTF-8",
)
CONTROL_CHARACTER = BadCell(
    "text-control-character",
    "含有不可见的控制字符，请删除后重新导入",
    "It holds a control character; remove it",
)
ROW_MALFORMED = BadCell(
    "row-malformed",
    "引号或分隔符有误，请检查该行的引号是否成对",
    "Quotes or commas do not match; look for a quote without its pair",
)
_NOT_AN_OBJECT = BadCell(
    "row-malformed", "不是一个 JSON 对象，请检查该行", "Not a JSON object; mend this line"
)


def media_type_of(filename: str) -> str:
    """By the file's name; UnsupportedError for anything that is no table of ours, sheets with macros included."""
    media_type = _BY_SUFFIX.get(Path(filename).suffix.lower())
    if media_type is None:
        raise _not_a_table()
    return media_type


def read_rows(
    data: bytes | Path, *, media_type: str, rows_max: int = ROWS_MAX
) -> Iterator[Row | RowFault]:
    """Every row that is not empty, in order.

    Raises, at the latest while iterating: UnsupportedError (no table of ours), InvalidError (damaged file,
    no or doubled column names), TooLargeError (more than `rows_max` rows, or an archive that unpacks into too much).
    """
    if media_type not in {XLSX, CSV, JSON_LINES}:
        raise _not_a_table()
    rows = (
        read_json_lines(data) if media_type == JSON_LINES else _named(read_cells(data, media_type))
    )
    count = 0
    for row in rows:
        if isinstance(row, RowFault) or any(
            value not in ("", None) for value in row.values.values()
        ):
            count += 1
            check_count(count, rows_max)
            yield row


def check_count(count: int, rows_max: int = ROWS_MAX) -> None:
    """TooLargeError when a file holds more rows than are taken at once."""
    if count > rows_max:
        raise TooLargeError(
            f"数据行过多，一次最多 {rows_max} 行，请拆分后导入",
            f"Too many rows, at most {rows_max} at once; split the file",
            code="too-many-rows",
        )


def read_cells(
    data: bytes | Path, media_type: str, *, characters_max: int = CELL_CHARACTERS_MAX
) -> Iterator[SheetRow]:
    """Rows of CSV, or of a workbook's first visible sheet, cell by cell as they stand there; the head is one of them.

    A cell that cannot be taken over is a BadCell; a row that falls apart is a single one.
    """
    return read_sheet(data) if media_type == XLSX else _csv_cells(data, characters_max)


def _csv_cells(data: bytes | Path, characters_max: int) -> Iterator[SheetRow]:
    csv.field_size_limit(CSV_FIELD_CHARACTERS_MAX)
    with _opened_text(data) as text:
        lines = csv.reader(text, strict=True)
        while True:
            number = lines.line_num + 1
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error:
                yield SheetRow(number, [ROW_MALFORMED])
                continue
            yield SheetRow(number, [_csv_cell(cell, characters_max) for cell in cells])


def _csv_cell(cell: str, characters_max: int) -> str | BadCell:
    if len(cell) > characters_max:
        return TOO_LONG
    if cell.isascii() and cell.isprintable():
        return cell
    if UNREADABLE.search(cell):
        return UNREADABLE_TEXT
    return CONTROL_CHARACTER if CONTROL.search(cell) else cell


def _named(rows: Iterator[SheetRow]) -> Iterator[Row | RowFault]:
    """Rows of cells as rows of named values, trimmed."""
    first = next(rows, None)
    header = header_of(first)
    for row in rows:
        yield _row(row, header)


def read_json_lines(data: bytes | Path) -> Iterator[Row | RowFault]:
    """One JSON object a line."""
    with _opened_text(data) as text:
        # Lines end with a line feed alone: what else Unicode takes for a line end stands inside of JSON texts.
        for number, line in enumerate(text, start=1):
            if line.strip():
                yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row | RowFault:
    if UNREADABLE.search(line):
        bad = UNREADABLE_TEXT
    else:
        values = _json_object(line)
        if values is not None:
            return Row(number=number, values=values)
        bad = _NOT_AN_OBJECT
    return RowFault(number=number, code=bad.code, zh=bad.zh, en=bad.en)


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        values = json.loads(line, parse_constant=_refuse_constant)
        # Escapes can name what no database keeps: halves of characters, and the zero character.
        if "\\u" in line and "\\u0000" in _in_utf8(values):
            return None
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _in_utf8(values: Any) -> str:
    text = json.dumps(values, ensure_ascii=False)
    text.encode()
    return text


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _row(row: SheetRow, header: Sequence[str]) -> Row | RowFault:
    for index, cell in enumerate(row.cells):
        column = header[index] if index < len(header) else None
        bad = fault_in(cell, column)
        if bad is ROW_MALFORMED:
            return RowFault(number=row.number, code=bad.code, zh=bad.zh, en=bad.en)
        if bad is not None:
            return RowFault(
                number=row.number,
                code=bad.code,
                zh=bad.zh,
                en=bad.en,
                column=column,
                cell=cell_name(index, row.number),
            )
    values = dict.fromkeys(header, "")
    values.update(zip(header, (unguarded(str(cell).strip()) for cell in row.cells), strict=False))
    return Row(number=row.number, values=values)


def fault_in(cell: str | BadCell, column: str | None) -> BadCell | None:
    """Why a cell under this column head (None: beyond the last one) cannot be taken over."""
    if isinstance(cell, BadCell):
        return cell
    return TOO_WIDE if column is None and cell.strip() else None


def header_of(row: SheetRow | None) -> list[str]:
    """The column heads. InvalidError when one is missing, stands twice or is no plain cell."""
    cells = row.cells if row is not None else []
    if MERGED in cells:
        raise InvalidError(
            "表头含合并单元格（常见于首行的大标题），请删除标题行或取消合并，使第一行为列名",
            "The head holds merged cells, such as a title; the first row must name the columns",
            code="cells-merged",
        )
    names = ["" if isinstance(cell, BadCell) else cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names or len(names) > COLUMNS_MAX:
        raise _no_header("")
    for place, name in enumerate(names):
        if not name:
            raise _no_header(f"（{column_name(place)} 列没有列名 / column {column_name(place)}）")
        if name in names[:place]:
            raise _no_header(f"（“{name[:40]}”出现两次 / twice）")
    return names


def _no_header(where: str) -> InvalidError:
    return InvalidError(
        f"第一行应为列名：不能为空、不能重复{where}",
        f"The first row names the columns: none empty, none twice {where}",
        code="header-malformed",
    )


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Piece by piece, with the mark by which spreadsheets know UTF-8. A column that a row lacks is empty."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([guarded(column) for column in columns])
    yield b"\xef\xbb\xbf" + _drained(buffer)
    for row in rows:
        writer.writerow([guarded(row.get(column)) for column in columns])
        yield _drained(buffer)


def write_json_lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """One object a line, columns in order. Nothing is guarded: no program takes JSON text for a formula."""
    for row in rows:
        values = {column: row.get(column) for column in columns}
        yield json.dumps(values, ensure_ascii=False, default=plain).encode() + b"\n"


def write_xlsx(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A workbook of one sheet; numbers stay numbers, everything else is text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append([guarded(column) for column in columns])
    for row in rows:
        sheet.append([sheet_value(row.get(column)) for column in columns])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _drained(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _opened_text(data: bytes | Path) -> IO[str]:
    encoding = encoding_of(data if isinstance(data, bytes) else data.read_bytes())
    if encoding is None:
        raise InvalidError(
            "无法识别文件的文字编码，请另存为 UTF-8 后上传",
            "The file's text encoding is not known; save it as UTF-8",
            code="encoding-unknown",
        )
    return open_text(data, encoding)


def _not_a_table() -> UnsupportedError:
    return UnsupportedError(
        "请上传 XLSX、CSV 或 JSON Lines 文件（不含宏）",
        "Send an XLSX, CSV or JSON Lines file, without macros",
        code="not-a-table",
    )

"""Tables in and out: XLSX, CSV and JSON Lines, row by row.

The first row names the columns. A row that cannot be read is a RowFault in its place and the others go on; what
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
from typing import Any

from openpyxl import Workbook

from chassis.blobs import CSV, JSON_LINES, XLSX, decode_text
from chassis.cells import CELL_CHARACTERS_MAX, guarded, plain, sheet_value, unguarded
from chassis.errors import InvalidError, TooLargeError, UnsupportedError
from chassis.sheets import COLUMNS_MAX, BadCell, read_sheet

ROWS_MAX = 200_000

_BY_SUFFIX = {".xlsx": XLSX, ".csv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row; `number` is the line a person sees in the file."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RowFault:
    """One row that cannot be read, why, and in which column when it is one."""

    number: int
    code: str
    zh: str
    en: str
    column: str | None = None


_TOO_WIDE = BadCell("row-too-wide", "单元格多于表头列数", "More cells than there are columns")
_TOO_LONG = BadCell(
    "cell-too-long",
    f"单元格内容超过 {CELL_CHARACTERS_MAX} 字",
    f"The cell holds more than {CELL_CHARACTERS_MAX} characters",
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
    readers = {XLSX: _read_xlsx, CSV: _read_csv, JSON_LINES: _read_json_lines}
    if media_type not in readers:
        raise _not_a_table()
    for count, row in enumerate(readers[media_type](data), start=1):
        if count > rows_max:
            raise TooLargeError(
                f"数据行过多，一次最多 {rows_max} 行，请拆分后导入",
                f"Too many rows, at most {rows_max} at once; split the file",
                code="too-many-rows",
            )
        if isinstance(row, RowFault) or any(
            value not in ("", None) for value in row.values.values()
        ):
            yield row


def _read_csv(data: bytes | Path) -> Iterator[Row | RowFault]:
    lines = csv.reader(io.StringIO(_text(data), newline=""), strict=True)
    header: list[str] | None = None
    while True:
        number = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            break
        except csv.Error:
            yield RowFault(
                number=number,
                code="row-malformed",
                zh="引号或分隔符有误",
                en="Quotes or commas do not match",
            )
            continue
        if header is None:
            header = _header(cells)
            continue
        yield _row(number, header, cells)
    if header is None:
        raise _no_header()


def _read_xlsx(data: bytes | Path) -> Iterator[Row | RowFault]:
    header: list[str] | None = None
    for number, cells in enumerate(read_sheet(data), start=1):
        if header is None:
            header = _header(cells)
        else:
            yield _row(number, header, cells)
    if header is None:
        raise _no_header()


def _read_json_lines(data: bytes | Path) -> Iterator[Row | RowFault]:
    for number, line in enumerate(_text(data).split("\n"), start=1):
        if not line.strip():
            continue
        values = _json_object(line)
        if values is not None:
            yield Row(number=number, values=values)
        else:
            yield RowFault(
                number=number, code="row-malformed", zh="不是一个 JSON 对象", en="Not a JSON object"
            )


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


def _row(number: int, header: Sequence[str], cells: Sequence[str | BadCell]) -> Row | RowFault:
    for index, cell in enumerate(cells):
        column = header[index] if index < len(header) else None
        bad = _fault_in(cell, column)
        if bad is not None:
            return RowFault(number=number, code=bad.code, zh=bad.zh, en=bad.en, column=column)
    values = dict.fromkeys(header, "")
    values.update(zip(header, (unguarded(str(cell).strip()) for cell in cells), strict=False))
    return Row(number=number, values=values)


def _fault_in(cell: str | BadCell, column: str | None) -> BadCell | None:
    if isinstance(cell, BadCell):
        return cell
    if column is None and cell.strip():
        return _TOO_WIDE
    return _TOO_LONG if len(cell) > CELL_CHARACTERS_MAX else None


def _header(cells: Sequence[str | BadCell]) -> list[str]:
    names = ["" if isinstance(cell, BadCell) else cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names or not all(names) or len(set(names)) != len(names) or len(names) > COLUMNS_MAX:
        raise _no_header()
    return names


def _no_header() -> InvalidError:
    return InvalidError(
        "第一行应为列名：不能为空、不能重复",
        "The first row names the columns: none empty, none twice",
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


def _text(data: bytes | Path) -> str:
    text = decode_text(data if isinstance(data, bytes) else data.read_bytes())
    if text is None:
        raise InvalidError(
            "无法识别文件的文字编码，请另存为 UTF-8 后上传",
            "The file's text encoding is not known; save it as UTF-8",
            code="encoding-unknown",
        )
    return text


def _not_a_table() -> UnsupportedError:
    return UnsupportedError(
        "请上传 XLSX、CSV 或 JSON Lines 文件（不含宏）",
        "Send an XLSX, CSV or JSON Lines file, without macros",
        code="not-a-table",
    )

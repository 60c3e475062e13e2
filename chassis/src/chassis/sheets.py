"""The first visible sheet of an XLSX workbook, streamed as rows of text."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils.exceptions import InvalidFileException

from chassis.archives import check_archive
from chassis.cells import EXACT_NUMBER_MAX, plain
from chassis.errors import InvalidError, UnsupportedError

COLUMNS_MAX = 300

_MACROS = "xl/vbaProject.bin"
_DOCTYPE = b"<!DOCTYPE"
_PROLOG_BYTES = 4_096
_DAMAGE = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    SyntaxError,
    EOFError,
    OSError,
    NotImplementedError,
)
"""A damaged part shows itself in any of these, wherever the reader stumbles."""


@dataclass(frozen=True)
class BadCell:
    """Stands where a cell's text would: why it cannot be taken over."""

    code: str
    zh: str
    en: str


_FORMULA = BadCell(
    "cell-formula",
    "单元格是公式，请粘贴为数值后重新导入",
    "The cell is a formula; paste it as a value",
)
_ERROR = BadCell("cell-error", "单元格是错误值", "The cell shows an error")
_TOO_LONG_NUMBER = BadCell(
    "cell-number-too-long",
    "数字过长，末位已失真，请将该列设为文本格式后重新填写",
    "The number is too long to be exact; make the column text and type it again",
)


def read_sheet(data: bytes | Path) -> Iterator[list[str | BadCell]]:
    """Rows from the first on, empty ones too. InvalidError when it is no sound workbook, UnsupportedError for macros."""
    with _opened(data) as source:
        if _MACROS in check_archive(source):
            raise UnsupportedError(
                "不接受含宏的工作簿，请另存为 XLSX 后上传",
                "A workbook with macros is not accepted; save it as XLSX",
                code="workbook-with-macros",
            )
        _refuse_document_types(source)
        source.seek(0)
        try:
            with closing(load_workbook(source, read_only=True, keep_links=False)) as book:
                sheet = _first_visible(book)
                # The stated size of a sheet may be wrong, and is not needed.
                sheet.reset_dimensions()
                for cells in sheet.iter_rows(max_col=COLUMNS_MAX + 1):
                    yield [_read_cell(cell) for cell in _without_padding(cells)]
        except _DAMAGE as error:
            raise _damaged() from error


def _first_visible(book: Any) -> Any:
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            return sheet
    raise _damaged()


def _without_padding(cells: Sequence[Any]) -> Sequence[Any]:
    """Rows come filled up to the widest that is allowed; most of it is one shared empty cell."""
    end = len(cells)
    while end and cells[end - 1] is EMPTY_CELL:
        end -= 1
    return cells[:end]


def _read_cell(cell: Any) -> str | BadCell:
    if cell.data_type == "f":
        return _FORMULA
    if cell.data_type == "e":
        return _ERROR
    value = cell.value
    if isinstance(value, int | float) and abs(value) >= EXACT_NUMBER_MAX:
        return _TOO_LONG_NUMBER
    return plain(value)


def _opened(data: bytes | Path) -> IO[bytes]:
    return io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")


def _refuse_document_types(source: IO[bytes]) -> None:
    """No spreadsheet program writes one; declared entities can grow without end."""
    try:
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    with archive.open(name) as part:
                        if _DOCTYPE in part.read(_PROLOG_BYTES).replace(b"\0", b"").upper():
                            raise _damaged()
    except _DAMAGE as error:
        raise _damaged() from error


def _damaged() -> InvalidError:
    return InvalidError(
        "表格已损坏，无法读取，请用表格软件打开后另存再上传",
        "The workbook is damaged and cannot be read; open it, save it again, and send that",
        code="workbook-damaged",
    )

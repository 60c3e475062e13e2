"""What comes out of a sheet: rows of cells, each with its text or why it cannot be taken over."""

from dataclasses import dataclass

from chassis.cells import CELL_CHARACTERS_MAX
from chassis.errors import InvalidError

COLUMNS_MAX = 300
SHEET_ROWS_MAX = 1_048_576
PIECE_BYTES = 256 * 1024
"""Of a part of the workbook that are held at once while it is read."""


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


def damaged() -> InvalidError:
    return InvalidError(
        "表格已损坏，无法读取，请用表格软件打开后另存再上传",
        "The workbook is damaged and cannot be read; open it, save it again, and send that",
        code="workbook-damaged",
    )


def column_number(letters: str) -> int:
    """The place of column `C`, from zero; raises InvalidError where there is no such column."""
    if not letters.isascii() or not letters.isalpha() or not letters.isupper() or len(letters) > 3:
        raise damaged()
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1

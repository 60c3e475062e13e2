"""An XLSX workbook written row by row, in bounded memory: every sheet grows in a file of its own until it is packed.

    book = WorkbookWriter()
    sheet = book.sheet("名单", [Look(head="编码", width=20), Look(head="种类", choices=("甲", "乙"))])
    sheet.append(["001", "甲"])
    with book.packed() as file: ...

Text is text: nothing that is written here runs in a spreadsheet, and leading zeros stay.
"""

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from chassis.cells import CELL_CHARACTERS_MAX, column_name, escaped, guarded_text
from chassis.errors import InvalidError
from chassis.sheet_rows import SHEET_ROWS_MAX

HEAD, TEXT, EXAMPLE = 1, 2, 3
"""Styles of a row: column heads, text, an example to be replaced."""

SHARED_TEXTS_MAX = 50_000
SHARED_CHARACTERS_MAX = 64
"""Short texts stand once in a workbook, as far as there is room for them: lists say the same few words in every row, and
a cell that points at one is written and read in half the time of one that says it."""
CHOICES_CHARACTERS_MAX = 255
"""Of a drop-down's list in the sheet itself; ECMA-376 allows no more."""
PROMPT_CHARACTERS_MAX = 255
PIECE_BYTES = 256 * 1024
_MEMORY_BYTES = 1024 * 1024
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Value = str | int | bool | None


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a column looks. `choices` makes a drop-down; with `is_open` other words are taken too."""

    head: str
    width: int = 16
    choices: tuple[str, ...] = ()
    is_open: bool = False
    prompt: str = ""
    """Shown beside the cell while it is filled in."""


class SharedTexts:
    """Texts that cells of all sheets point at (ECMA-376 part 1, 18.4)."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place_of(self, text: str) -> int | None:
        """Where a text stands; None when it is to be written into its cell."""
        place = self._places.get(text)
        has_room = len(text) <= SHARED_CHARACTERS_MAX and len(self._places) < SHARED_TEXTS_MAX
        if place is None and has_room:
            place = self._places[text] = len(self._places)
        return place

    def part(self) -> str:
        texts = "".join(
            f'<si><t xml:space="preserve">{_markup(text)}</t></si>' for text in self._places
        )
        return f'<sst xmlns="{_MAIN}" uniqueCount="{len(self._places)}">{texts}</sst>'


class SheetWriter:
    """One sheet that grows."""

    def __init__(self, name: str, columns: Sequence[Look], shared: SharedTexts) -> None:
        self.name = name
        self._shared = shared
        self.count = 0
        self._columns = columns
        self._letters = [column_name(place) for place in range(len(columns))]
        # Open until the workbook is packed: `close` hands it on.
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115
        self._write(_DECLARATION + f'<worksheet xmlns="{_MAIN}">' + _opening(columns))
        self.append([column.head for column in columns], style=HEAD)

    def append(self, values: Sequence[Value], *, style: int = TEXT) -> None:
        """One row. InvalidError when a cell holds more than a spreadsheet allows, or the sheet is full."""
        if self.count >= SHEET_ROWS_MAX:
            raise InvalidError(
                f"工作表“{self.name}”超过 {SHEET_ROWS_MAX} 行，请缩小范围，或改用 CSV、JSON Lines",
                f"The sheet {self.name} is full; narrow the filters, or take CSV or JSON Lines",
                code="sheet-full",
            )
        self.count += 1
        pieces = [f'<row r="{self.count}">']
        for letter, value in zip(self._letters, values, strict=True):
            if value is not None and value != "":
                pieces.append(self._cell(f"{letter}{self.count}", value, style))
        pieces.append("</row>")
        self._write("".join(pieces))

    def close(self) -> IO[bytes]:
        """The sheet's XML, whole, at its beginning."""
        self._write("</sheetData>" + _validations(self._columns) + "</worksheet>")
        self._file.seek(0)
        return self._file

    def _cell(self, name: str, value: str | int | bool, style: int) -> str:
        if isinstance(value, bool):
            return f'<c r="{name}" s="{style}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int):
            return f'<c r="{name}"><v>{value}</v></c>'
        if len(value) > CELL_CHARACTERS_MAX:
            raise InvalidError(
                f"{self.name}!{name} 的内容超过 {CELL_CHARACTERS_MAX} 字，工作簿放不下，请改用 CSV 或 JSON Lines",
                f"{self.name}!{name} is too long for a workbook; take CSV or JSON Lines",
                code="cell-too-long",
            )
        place = self._shared.place_of(value)
        if place is not None:
            return f'<c r="{name}" s="{style}" t="s"><v>{place}</v></c>'
        return (
            f'<c r="{name}" s="{style}" t="inlineStr"><is>'
            f'<t xml:space="preserve">{_markup(value)}</t></is></c>'
        )

    def _write(self, text: str) -> None:
        self._file.write(text.encode())


class WorkbookWriter:
    """Sheets side by side, packed into one file at the end."""

    def __init__(self) -> None:
        self._sheets: list[SheetWriter] = []
        self._shared = SharedTexts()

    def sheet(self, name: str, columns: Sequence[Look]) -> SheetWriter:
        self._sheets.append(SheetWriter(name, columns, self._shared))
        return self._sheets[-1]

    @contextmanager
    def packed(self) -> Iterator[IO[bytes]]:
        """The workbook as a file at its beginning; it is gone at the end of the block."""
        with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as target:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
                for name, text in self._parts():
                    archive.writestr(name, _DECLARATION + text)
                for number, sheet in enumerate(self._sheets, start=1):
                    path = f"xl/worksheets/sheet{number}.xml"
                    with sheet.close() as source, archive.open(path, "w") as part:
                        while piece := source.read(PIECE_BYTES):
                            part.write(piece)
            target.seek(0)
            yield target

    def _parts(self) -> Iterator[tuple[str, str]]:
        numbers = range(1, len(self._sheets) + 1)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
            for n in numbers
        )
        yield (
            "[Content_Types].xml",
            (
                f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                '<Default Extension="xml" ContentType="application/xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
                f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
                f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>'
                f"{overrides}</Types>"
            ),
        )
        yield (
            "_rels/.rels",
            (
                f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
                f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ),
        )
        sheets = "".join(
            f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" r:id="rId{n}"/>'
            for n, sheet in zip(numbers, self._sheets, strict=True)
        )
        yield (
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        )
        relations = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        yield (
            "xl/_rels/workbook.xml.rels",
            (
                f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}<Relationship '
                f'Id="rId{len(self._sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
                f'<Relationship Id="rId{len(self._sheets) + 2}" Type="{_OFFICE}/sharedStrings" '
                'Target="sharedStrings.xml"/></Relationships>'
            ),
        )
        yield "xl/styles.xml", _STYLES
        yield "xl/sharedStrings.xml", self._shared.part()


_STYLES = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="3"><font><sz val="11"/></font><font><b/><sz val="11"/></font>'
    '<font><i/><sz val="11"/><color rgb="FF808080"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFD9E2F3"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="4"><xf xfId="0"/>'
    '<xf xfId="0" numFmtId="49" fontId="1" fillId="2" applyFont="1" applyFill="1" applyNumberFormat="1"/>'
    '<xf xfId="0" numFmtId="49" applyNumberFormat="1"/>'
    '<xf xfId="0" numFmtId="49" fontId="2" applyFont="1" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
"""49 is the built-in format of text: what is typed into such a column keeps its leading zeros."""


def _markup(text: str) -> str:
    return escape(escaped(guarded_text(text), for_markup=True))


def _opening(columns: Sequence[Look]) -> str:
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{column.width}" style="{TEXT}" customWidth="1"/>'
        for n, column in enumerate(columns, start=1)
    )
    return (
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        f'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{widths}</cols>'
        "<sheetData>"
    )


def _validations(columns: Sequence[Look]) -> str:
    found = [
        _validation(column, column_name(place))
        for place, column in enumerate(columns)
        if column.choices or column.prompt
    ]
    if not found:
        return ""
    return f'<dataValidations count="{len(found)}">{"".join(found)}</dataValidations>'


def _validation(column: Look, letter: str) -> str:
    cells = f'sqref="{letter}2:{letter}{SHEET_ROWS_MAX}"'
    prompt = ""
    if column.prompt:
        text = quoteattr(column.prompt[:PROMPT_CHARACTERS_MAX])
        prompt = f' showInputMessage="1" promptTitle={quoteattr(column.head[:32])} prompt={text}'
    if not column.choices:
        return f'<dataValidation allowBlank="1"{prompt} {cells}/>'
    listed = ",".join(column.choices)
    assert len(listed) <= CHOICES_CHARACTERS_MAX, f"the choices of {column.head} are too long"
    strict = "" if column.is_open else ' showErrorMessage="1"'
    return (
        f'<dataValidation type="list" allowBlank="1"{strict}{prompt} {cells}>'
        f"<formula1>{escape(chr(34) + listed + chr(34))}</formula1></dataValidation>"
    )

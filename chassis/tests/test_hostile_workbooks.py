"""Workbooks that are broken, huge or cunning: each a clear refusal or sound rows, in bounded memory."""

import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from chassis.blobs import CSV, JSON_LINES, XLSX
from chassis.cells import escaped, unescaped
from chassis.errors import InvalidError, TooLargeError, UnsupportedError
from chassis.sheets import open_book
from chassis.workbook_writer import Look, WorkbookWriter
from chassis.workbooks import Row, RowFault, read_rows

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MEGABYTE = 1024 * 1024


def workbook(sheet: bytes | str, **parts: bytes | str) -> bytes:
    """A workbook of one sheet, its XML as given; further parts by path."""
    book = WorkbookWriter()
    book.sheet("表", [Look(head="a")])
    with book.packed() as file, zipfile.ZipFile(file) as made:
        entries: dict[str, bytes | str] = {name: made.read(name) for name in made.namelist()}
    entries |= {"xl/worksheets/sheet1.xml": sheet, **parts}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in entries.items():
            archive.writestr(name, part)
    return target.getvalue()


def sheet_of(rows: str, after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def shared(*texts: str) -> dict[str, str]:
    """Shared strings and the relation by which they are found."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return {
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(texts)}</sst>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
        f'<Relationship Id="rId1" Type="{kind}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{kind}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        "</Relationships>",
    }


HEAD = f"<row>{cell('a')}{cell('b')}</row>"


def read(data: bytes, media_type: str = XLSX) -> list[Row | RowFault]:
    return list(read_rows(data, media_type=media_type))


def values(rows: list[Row | RowFault]) -> list[dict[str, str]]:
    return [row.values for row in rows if isinstance(row, Row)]


def faults(rows: list[Row | RowFault]) -> list[tuple[str, str | None]]:
    return [(row.code, row.cell) for row in rows if isinstance(row, RowFault)]


@pytest.mark.parametrize(
    "part",
    ["xl/vbaProject.bin", "xl/VBAPROJECT.BIN", "xl/macrosheets/sheet1.xml", "xl/dialogsheets/a"],
)
def test_macros_are_refused_whatever_the_file_is_called(part):
    with pytest.raises(UnsupportedError) as caught:
        read(workbook(sheet_of(HEAD), **{part: "x"}))
    assert caught.value.problem_code == "workbook-with-macros"


@pytest.mark.parametrize("part", ["xl/externalLinks/externalLink1.xml", "xl/connections.xml"])
def test_links_to_other_files_are_refused(part):
    with pytest.raises(UnsupportedError) as caught:
        read(workbook(sheet_of(HEAD), **{part: "<x/>"}))
    assert caught.value.problem_code == "workbook-with-links"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_entities_are_refused_in_every_part(part):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(InvalidError) as caught:
        read(workbook(sheet_of(HEAD), **{part: bomb}))
    assert caught.value.problem_code == "workbook-damaged"


def test_a_workbook_of_a_million_empty_rows_reads_as_the_rows_it_has():
    empty = "".join(f'<row r="{n}"/>' for n in range(2, 1_048_576))
    last = f'<row r="1048576">{cell("x")}</row>'
    assert read(workbook(sheet_of(HEAD + empty + last))) == [
        Row(number=1_048_576, values={"a": "x", "b": ""})
    ]
    with pytest.raises(InvalidError):
        read(workbook(sheet_of(HEAD + '<row r="1048577"/>')))


def test_a_cell_of_a_hundred_megabytes_is_a_fault_of_its_row_in_bounded_memory():
    # Not so alike that the archive is refused for its ratio alone.
    piece = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(40_000))
    long = piece * (100 * MEGABYTE // len(piece.encode()))
    data = workbook(sheet_of(HEAD + f"<row>{cell(long)}</row><row>{cell('x')}</row>"))
    del long
    tracemalloc.start()
    try:
        rows = read(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert faults(rows) == [("cell-too-long", "A2")]
    assert values(rows) == [{"a": "x", "b": ""}]
    assert peak < 16 * MEGABYTE


def test_shared_texts_are_bounded_in_number_and_in_length(monkeypatch):
    monkeypatch.setattr("chassis.sheet_parts.SHARED_TEXTS_MAX", 1_000)
    monkeypatch.setattr("chassis.sheet_parts.SHARED_CHARACTERS_MAX", 100_000)
    row = '<row><c t="s"><v>0</v></c></row>'
    few = read(workbook(sheet_of(row + row), **shared("<si><t>甲</t></si>")))
    assert values(few) == [{"甲": "甲"}]
    for texts in (["<si/>"] * 1_001, [f"<si><t>{'长' * 30_000}</t></si>"] * 4):
        with pytest.raises(TooLargeError) as caught:
            read(workbook(sheet_of(row), **shared(*texts)))
        assert caught.value.problem_code == "workbook-too-large"
    too_long = read(workbook(sheet_of(HEAD + row), **shared(f"<si><t>{'长' * 40_000}</t></si>")))
    assert faults(too_long) == [("cell-too-long", "A2")]


def test_rich_text_is_read_whole_and_its_reading_aid_is_not():
    rich = "<si><r><t>事</t></r><r><t>项</t></r><rPh sb='0' eb='1'><t>shixiang</t></rPh></si>"
    head = '<row><c t="s"><v>0</v></c></row>'
    rows = read(workbook(sheet_of(head + f"<row>{cell('x')}</row>"), **shared(rich)))
    assert values(rows) == [{"事项": "x"}]


@pytest.mark.parametrize(
    "rows",
    [
        HEAD + '<row r="1"><c t="inlineStr"/></row>',
        HEAD + f'<row r="3">{cell("x")}</row><row r="2">{cell("y")}</row>',
        HEAD + '<row r="x"/>',
        HEAD + '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
        HEAD + '<row r="2"><c r="ZZZZ2"><v>1</v></c></row>',
        HEAD + '<row r="2"><c t="s"><v>7</v></c></row>',
        HEAD + '<row r="2"><c t="s"><v>-x</v></c></row>',
        HEAD + "<row><c><v>1</c></row>",
    ],
)
def test_sheets_that_contradict_themselves_are_damaged(rows):
    with pytest.raises(InvalidError) as caught:
        read(workbook(sheet_of(rows)))
    assert caught.value.problem_code == "workbook-damaged"


def test_numbers_dates_and_errors_are_read_as_a_person_sees_them():
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="200" formatCode="yyyy&quot;年&quot;m"/>'
        '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="31"/>'
        '<xf numFmtId="200"/></cellXfs></styleSheet>'
    )
    numbers = (
        '<row><c s="1"><v>46350</v></c><c s="2"><v>46350</v></c></row>'
        '<row><c s="3"><v>46350.5</v></c><c><v>1E+05</v></c></row>'
        '<row><c t="n"><v>nan</v></c></row><row><c><v>x</v></c></row>'
        '<row><c t="e"><v>#REF!</v></c></row><row><c><f>A1</f><v>1</v></c></row>'
        '<row><c t="d"><v>2026-11-24</v></c><c t="b"><v>1</v></c></row>'
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rows = read(workbook(sheet_of(HEAD + numbers), **{"xl/styles.xml": styles}))
    assert kind
    assert values(rows) == [
        {"a": "2026-11-24", "b": "2026-11-24"},
        {"a": "2026-11-24 12:00:00", "b": "100000"},
        {"a": "2026-11-24", "b": "TRUE"},
    ]
    assert faults(rows) == [
        ("cell-number-too-long", "A4"),
        ("cell-number-malformed", "A5"),
        ("cell-error", "A6"),
        ("cell-formula", "A7"),
    ]


def test_names_with_a_prefix_and_pretty_printing_change_nothing():
    prefixed = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>\n <x:row>\n  <x:c t="inlineStr">\n <x:is>'
        "<x:t>甲</x:t></x:is></x:c></x:row>\n <x:row><x:c><x:v>1</x:v></x:c></x:row>"
        "</x:sheetData></x:worksheet>"
    )
    assert values(read(workbook(prefixed))) == [{"甲": "1"}]


def test_merged_cells_are_faults_of_their_rows_and_a_merged_title_is_explained():
    rows = HEAD + "".join(f'<row r="{n}">{cell("x")}{cell("y")}</row>' for n in range(2, 6))
    merges = '<mergeCells count="2"><mergeCell ref="B2:B3"/><mergeCell ref="A5:B5"/></mergeCells>'
    found = read(workbook(sheet_of(rows, merges)))
    assert faults(found) == [("cell-merged", "B2"), ("cell-merged", "B3"), ("cell-merged", "A5")]
    assert [row.number for row in found if isinstance(row, Row)] == [4]
    for ref in ("A1:B1", "A1:A1048576"):
        merged = f'<mergeCells><mergeCell ref="{ref}"/></mergeCells>'
        with pytest.raises(InvalidError) as caught:
            read(workbook(sheet_of(rows, merged)))
        assert caught.value.problem_code == "cells-merged"


def test_hidden_sheets_are_not_read_and_a_workbook_of_none_is_refused():
    book = Workbook()
    book.active.title = "暗"
    book.active.append(["a"])
    book.create_sheet("明").append(["b"])
    book["暗"].sheet_state = "veryHidden"
    target = io.BytesIO()
    book.save(target)
    with open_book(target.getvalue()) as opened:
        assert opened.sheets == ("明",)


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")))
def test_escapes_give_back_every_text(text):
    for for_markup in (False, True):
        assert unescaped(escaped(text, for_markup=for_markup)) == text
    assert unescaped(escaped(f"_x000D_{text}_x0041_")) == f"_x000D_{text}_x0041_"


def test_what_the_writer_writes_other_programs_read():
    book = WorkbookWriter()
    looks = [Look(head="编码", choices=("甲", "乙"), prompt="选一"), Look(head="数", is_open=True)]
    sheet = book.sheet("名单", looks)
    sheet.append(["007", 5])
    sheet.append(["=1+1", True])
    with book.packed() as file:
        data = file.read()
    seen = load_workbook(io.BytesIO(data))["名单"]
    assert [[one.value for one in row] for row in seen.iter_rows()] == [
        ["编码", "数"],
        ["007", 5],
        ["'=1+1", True],
    ]
    assert seen["A3"].data_type == "s"
    (rule,) = seen.data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == ('"甲,乙"', "A2:A1048576")
    with pytest.raises(InvalidError) as caught:
        sheet.append(["长" * 32_768, None])
    assert caught.value.problem_code == "cell-too-long"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_one_byte_that_is_no_text_spoils_its_row_alone(encoding):
    text = "编码,名称\n1,好\n2,坏\n3,好\n"
    data = text.encode(encoding).replace("坏".encode(encoding.removesuffix("-sig")), b"\xff")
    rows = read(data, CSV)
    assert faults(rows) == [("text-undecodable", "B3")]
    assert values(rows) == [{"编码": "1", "名称": "好"}, {"编码": "3", "名称": "好"}]
    lines = b'{"a": "\xe4\xb8\x80"}\n{"a": "\xe4\xb8"}\n{"a": "\xe4\xba\x8c"}\n'
    assert [type(row) for row in read(lines, JSON_LINES)] == [Row, RowFault, Row]


def test_a_control_character_spoils_its_row_alone():
    rows = read(b"a,b\n1,x\x01y\n2,z\n3,ok\n4,ok\n" + b"5,ok\n" * 20, CSV)
    assert faults(rows) == [("text-control-character", "B2")]
    assert len(values(rows)) == 23

import contextlib
import csv
import io
import json
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from chassis.blobs import CSV, JSON_LINES, XLSX
from chassis.errors import InvalidError, TooLargeError, UnsupportedError
from chassis.workbooks import (
    Row,
    RowFault,
    media_type_of,
    read_rows,
    write_csv,
    write_json_lines,
    write_xlsx,
)

COLUMNS = ["编码", "名称"]


def sheet(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_parts(data: bytes, **parts: bytes | None) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        entries = {name: book.read(name) for name in book.namelist()}
    entries |= {name: data for name, data in parts.items() if data is not None}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in entries.items():
            made.writestr(name, part)
    return target.getvalue()


def read(data: bytes, media_type: str, **options: int) -> list[Row | RowFault]:
    return list(read_rows(data, media_type=media_type, **options))


def faults(rows: list[Row | RowFault]) -> list[tuple[int, str, str | None]]:
    return [(row.number, row.code, row.column) for row in rows if isinstance(row, RowFault)]


def test_the_same_table_reads_the_same_from_csv_and_xlsx():
    text = "编码,名称,说明\nA1,甲,\n,,\nA2, 乙 ,丙\n"
    expected = [
        Row(number=2, values={"编码": "A1", "名称": "甲", "说明": ""}),
        Row(number=4, values={"编码": "A2", "名称": "乙", "说明": "丙"}),
    ]
    assert read(text.encode(), CSV) == expected
    assert read(b"\xef\xbb\xbf" + text.encode(), CSV) == expected
    assert read(text.encode("gb18030"), CSV) == expected
    cells = [line.split(",") for line in text.splitlines()]
    assert read(sheet(*cells), XLSX) == expected


def test_rows_are_read_from_a_file_too(tmp_path):
    path = tmp_path / "表.xlsx"
    path.write_bytes(sheet(COLUMNS, ["A1", "甲"]))
    assert [row.number for row in read_rows(path, media_type=media_type_of(path.name))] == [2]
    path = tmp_path / "表.csv"
    path.write_text("a,b\n1,2\n")
    assert [row.number for row in read_rows(path, media_type=media_type_of(path.name))] == [2]


def test_cells_read_as_a_person_sees_them():
    values = [
        3,
        2.5,
        7.0,
        True,
        date(2026, 11, 24),
        datetime.fromisoformat("2026-11-24 09:30"),
        "001",
        None,
        "x",
    ]
    (row,) = read(sheet([f"c{n}" for n in range(9)], values), XLSX)
    assert isinstance(row, Row)
    expected = ["3", "2.5", "7", "TRUE", "2026-11-24", "2026-11-24 09:30:00", "001", "", "x"]
    assert list(row.values.values()) == expected


def test_a_bad_cell_is_a_fault_of_its_row_and_the_others_go_on():
    data = sheet(
        COLUMNS,
        ["A1", "=1+1"],
        [445102199003071230, "甲"],
        ["A3", "乙"],
        ["A4", "#DIV/0!"],
        ["A5", "丙", "多"],
        ["", "", ""],
        ["A7", "丁"],
    )
    rows = read(data, XLSX)
    assert faults(rows) == [
        (2, "cell-formula", "名称"),
        (3, "cell-number-too-long", "编码"),
        (5, "cell-error", "名称"),
        (6, "row-too-wide", None),
    ]
    assert [row.number for row in rows if isinstance(row, Row)] == [4, 8]
    assert all(row.zh and row.en for row in rows if isinstance(row, RowFault))


def test_a_malformed_line_of_csv_is_a_fault_and_the_others_go_on():
    rows = read(b'a,b\n1,"x"y\n2,z\n3,"two\nlines"\n4,w,more\n5,v\n', CSV)
    assert faults(rows) == [(2, "row-malformed", None), (6, "row-too-wide", None)]
    assert [row.number for row in rows if isinstance(row, Row)] == [3, 4, 7]


def test_a_cell_beyond_the_limit_is_a_fault():
    assert faults(read(f"a,b\n1,{'x' * 32_768}\n".encode(), CSV)) == [(2, "cell-too-long", "b")]
    assert faults(read(f"a,b\n1,{'x' * 200_000}\n2,y\n".encode(), CSV)) == [
        (2, "cell-too-long", "b")
    ]
    rows = read(f"a,b\n1,{'x' * 9_000_000}\n2,y\n".encode(), CSV)
    assert faults(rows) == [(2, "row-malformed", None)]
    assert [row.number for row in rows] == [2, 3]


def test_json_lines_keep_what_json_says():
    data = '{"a": 1, "b": [true]}\n\nnot json\n[1]\n{"a": NaN}\n{"a": "\\u0000"}\n{"a": "\\ud800"}\n{"a": "\\u4e00"}\n'
    rows = read(data.encode(), JSON_LINES)
    assert rows[0] == Row(number=1, values={"a": 1, "b": [True]})
    assert [fault[:2] for fault in faults(rows)] == [(n, "row-malformed") for n in (3, 4, 5, 6, 7)]
    assert rows[-1] == Row(number=8, values={"a": "一"})


@pytest.mark.parametrize(
    "header", ["", ",", "a,,b", "a,a", "a, a", ",".join(f"c{n}" for n in range(301))]
)
def test_columns_are_named_once_each(header):
    rows = f"{header}\n1,2\n" if header else ""
    with pytest.raises(InvalidError) as caught:
        read(rows.encode(), CSV)
    assert caught.value.problem_code == "header-malformed"
    with pytest.raises(InvalidError):
        read(sheet(*([header.split(",")] if header else [])), XLSX)


def test_more_rows_than_allowed_are_refused():
    lines = "a\n" + "1\n" * 11
    assert len(read(("a\n" + "1\n" * 10).encode(), CSV, rows_max=10)) == 10
    with pytest.raises(TooLargeError):
        read(lines.encode(), CSV, rows_max=10)
    far_below = Workbook()
    far_below.active.append(["a"])
    far_below.active.cell(row=1_000_000, column=1, value="x")
    target = io.BytesIO()
    far_below.save(target)
    (far,) = read(target.getvalue(), XLSX, rows_max=1_000)
    assert far == Row(number=1_000_000, values={"a": "x"})


def test_macros_are_refused():
    with pytest.raises(UnsupportedError):
        media_type_of("表.xlsm")
    data = with_parts(sheet(COLUMNS), **{"xl/vbaProject.bin": b"x"})
    with pytest.raises(UnsupportedError):
        read(data, XLSX)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_grow_are_refused(encoding):
    bomb = '<?xml version="1.0"?><!doctype x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    data = with_parts(sheet(COLUMNS), **{"xl/worksheets/sheet1.xml": bomb.encode(encoding)})
    with pytest.raises(InvalidError) as caught:
        read(data, XLSX)
    assert caught.value.problem_code == "workbook-damaged"


def test_an_archive_bomb_is_refused():
    data = with_parts(sheet(COLUMNS), **{"xl/media/image1.png": bytes(60_000_000)})
    with pytest.raises(TooLargeError):
        read(data, XLSX)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a workbook",
        sheet(COLUMNS)[:400],
        with_parts(sheet(COLUMNS), **{"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}),
        with_parts(sheet(COLUMNS), **{"xl/workbook.xml": b"<workbook/>"}),
    ],
    ids=["empty", "text", "cut", "cut-sheet", "no-sheets"],
)
def test_a_damaged_workbook_is_refused(data):
    with pytest.raises(InvalidError) as caught:
        read(data, XLSX)
    assert caught.value.zh
    assert caught.value.en


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 100_000), byte=st.integers(0, 255))
def test_any_damage_is_a_refusal_and_never_a_crash(place, byte):
    data = bytearray(sheet(COLUMNS, ["A1", "甲"], ["A2", 5]))
    data[place % len(data)] = byte
    with contextlib.suppress(InvalidError, TooLargeError, UnsupportedError):
        read(bytes(data), XLSX)


def test_text_in_no_known_encoding_and_unknown_kinds_are_refused():
    with pytest.raises(InvalidError) as caught:
        read("a,b\n1,2\n".encode("utf-16"), CSV)
    assert caught.value.problem_code == "encoding-unknown"
    with pytest.raises(UnsupportedError):
        read(b"", "application/pdf")
    for name in ("a.pdf", "a", ".csv.exe"):
        with pytest.raises(UnsupportedError):
            media_type_of(name)


FORMULAS = ["=1+1", "+1", "-1", "@a", "\t=1", " =1", "＝1", "'=1", "''=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_looks_like_a_formula_is_guarded_on_the_way_out(text):
    rows = [{"编码": text, "名称": -5}]
    out = b"".join(write_csv(COLUMNS, rows)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(out)))[1] == ["'" + text, "-5"]
    cell = load_workbook(io.BytesIO(write_xlsx(COLUMNS, rows))).active["A2"]
    assert cell.data_type == "s"
    assert cell.value == "'" + text


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"a": st.one_of(st.sampled_from(FORMULAS).map(str.strip), st.from_regex(r"[^\x00-\x20\x7f-\xa0\ud800-\udfff\ufffe\uffff_]{1,20}", fullmatch=True).map(str.strip).filter(bool)), "b": st.integers(-(10**12), 10**12)}
        ),
        max_size=5,
    )
)  # fmt: skip
def test_what_was_written_is_read_back(rows):
    expected = [{"a": row["a"], "b": str(row["b"])} for row in rows]
    columns = ["a", "b"]
    in_csv = read(b"".join(write_csv(columns, rows)), CSV)
    assert [row.values for row in in_csv if isinstance(row, Row)] == expected
    in_xlsx = read(write_xlsx(columns, rows), XLSX)
    assert [row.values for row in in_xlsx if isinstance(row, Row)] == expected
    in_json = read(b"".join(write_json_lines(columns, rows)), JSON_LINES)
    assert [row.values for row in in_json if isinstance(row, Row)] == rows


def test_long_numbers_are_written_as_text():
    data = write_xlsx(["a", "b"], [{"a": 10**15, "b": None}])
    assert load_workbook(io.BytesIO(data)).active["A2"].value == str(10**15)
    line = b"".join(write_json_lines(["a", "d"], [{"a": None, "d": date(2026, 11, 24)}]))
    assert json.loads(line) == {"a": None, "d": "2026-11-24"}

"""Whole guides out to each format and back: the same content, field by field; and what a workbook gets wrong, by cell."""

import io
import re
import sys
from typing import get_args

import pytest
from catalog_examples import guide
from guide_strategies import HARD, guides
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from catalog.documents import parts_beside
from catalog.documents.guide_files import rows_of
from catalog.documents.guide_parts import ORPHANS_FROM
from catalog.documents.guide_writers import (
    GuideWorkbook,
    csv_guides,
    csv_head,
    flat_template,
    guide_template,
)
from catalog.domain.guide_sheets import CSV_COLUMNS, ITEM_COLUMNS, PART_SHEETS, sheet_columns
from catalog.domain.imported import read_row
from chassis.blobs import CSV, JSON_LINES, XLSX
from chassis.errors import InvalidError
from chassis.sheets import open_book
from chassis.workbooks import write_json_lines
from contracts.guide import Guide

DAYS = {"99": 20}
MEDIA = (XLSX, CSV, JSON_LINES)


def written(media_type: str, *some: Guide | dict) -> bytes:
    plain = [one if isinstance(one, dict) else one.model_dump(mode="json") for one in some]
    if media_type == XLSX:
        book = GuideWorkbook()
        book.add(plain)
        with book.packed() as file:
            return file.read()
    if media_type == CSV:
        return csv_head() + csv_guides(plain)
    return b"".join(write_json_lines(list(Guide.model_fields), plain))


def read(data: bytes, media_type: str) -> list:
    return [read_row(row, promised_days=DAYS) for row in rows_of(data, media_type)]


def edited(data: bytes, **cells: object) -> bytes:
    """A workbook with cells changed: `材料_B2="…"`; a value of None empties the cell."""
    book = load_workbook(io.BytesIO(data))
    for name, value in cells.items():
        sheet, cell = name.split("_")
        book[sheet][cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def column_of(sheet: str, field: str) -> str:
    columns = (
        ITEM_COLUMNS
        if sheet == "事项"
        else sheet_columns(next(one for one in PART_SHEETS if one.name == sheet))
    )
    place = [column.field for column in columns].index(field)
    return chr(65 + place) if place < 26 else "A" + chr(65 + place - 26)


@pytest.mark.parametrize("media_type", MEDIA)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some=st.lists(guides, min_size=1, max_size=2, unique_by=lambda one: one.item_code))
def test_what_is_exported_imports_back_to_the_same_content(media_type, some):
    rows = read(written(media_type, *some), media_type)
    assert [row.faults for row in rows] == [()] * len(some)
    assert [row.guide for row in rows] == some


@pytest.mark.parametrize("media_type", MEDIA)
@pytest.mark.parametrize("text", HARD)
def test_hard_texts_come_back_to_the_character(media_type, text):
    one = Guide.model_validate(
        guide(
            visit_reason=text,
            original_code=text,
            handling_code="",
            conditions=["", text],
            keywords=[text],
            audience=[],
        )
    )
    (row,) = read(written(media_type, one), media_type)
    assert row.faults == ()
    assert row.guide == one


def test_text_that_looks_like_a_formula_is_text_in_the_workbook_and_runs_in_no_csv():
    one = guide(phone="=1+1", visit_reason="@SUM(A1)")
    book = load_workbook(io.BytesIO(written(XLSX, one)))
    cell = book["事项"][f"{column_of('事项', 'phone')}2"]
    assert (cell.data_type, cell.value) == ("s", "'=1+1")
    assert ",'=1+1," in written(CSV, one).decode("utf-8-sig")


def test_every_field_of_a_guide_and_of_its_parts_has_a_column():
    parts = {sheet.field: sheet for sheet in PART_SHEETS}
    assert {column.field for column in ITEM_COLUMNS} | set(parts) == set(Guide.model_fields)
    assert len(CSV_COLUMNS) == len(Guide.model_fields)
    for name, sheet in parts.items():
        if sheet.is_text:
            continue
        model = get_args(Guide.model_fields[name].annotation)[0]
        columns = {column.field for column in sheet.columns}
        known = columns - set(sheet.nested_fields) | ({sheet.nested} if sheet.nested else set())
        assert known == set(model.model_fields), name
    for sheet in (ITEM_COLUMNS, *(sheet_columns(one) for one in PART_SHEETS)):
        heads = [column.head for column in sheet]
        assert len(set(heads)) == len(heads)


def test_the_template_has_a_sheet_a_part_with_drop_downs_notes_and_a_marked_example():
    with guide_template().packed() as file:
        data = file.read()
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["事项", *(sheet.name for sheet in PART_SHEETS), "填写说明"]
    for name in (
        *("材料", "情形", "步骤", "收费", "法律依据", "窗口"),
        *("结果", "常见问题", "特别程序", "中介服务", "跨域方式"),
    ):
        assert str(book[name]["A2"].value).startswith("示例")
    listed = {
        (name, str(one.sqref).split("2:")[0]): one.formula1
        for name in book.sheetnames
        for one in book[name].data_validations.dataValidation
        if one.type == "list"
    }
    assert "行政许可" in listed["事项", column_of("事项", "task_type")]
    assert "容缺后补" in listed["材料", column_of("材料", "necessity")]
    coded = [
        (name, column_of(name, column.field))
        for name, columns in [
            ("事项", ITEM_COLUMNS),
            *((sheet.name, sheet.columns) for sheet in PART_SHEETS),
        ]
        for column in columns
        if column.codec.choices
    ]
    assert set(listed) == set(coded)
    notes = {(row[0], row[1]) for row in book["填写说明"].iter_rows(values_only=True)}
    assert ("材料", "适用情形") in notes
    (example,) = read(data, XLSX)
    assert (example.is_passed_over, [one["code"] for one in example.faults]) == (
        True,
        ["example-row"],
    )


def test_the_template_of_the_flat_list_is_a_flat_list():
    with flat_template().packed() as file:
        data = file.read()
    (example,) = read(data, XLSX)
    assert example.is_passed_over


def test_a_template_that_a_person_fills_in_is_read_with_labels_codes_and_blank_cells():
    with guide_template().packed() as file:
        data = file.read()
    whole = {
        "实施编码": "YW-445102-01-A",
        "事项名称": " 食品经营许可 ",
        "事项类型": "行政许可",
        "部门代码": "11445102MB2X00020M",
        "部门名称": "湘桥区市场监督管理局",
        "区划代码": 445102,
        "网办深度": "IV",
        "承诺时限": 2,
        "可预约": True,
        "服务对象": "企业",
        "办理形式": "窗口办理、网上办理",
        "生效日期": "2026年1月1日",
    }
    heads = {column.head: column_of("事项", column.field) for column in ITEM_COLUMNS}
    cells = {f"事项_{heads[head]}3": value for head, value in whole.items()}
    cells |= {
        "材料_A3": "YW-445102-01-A",
        "材料_D3": "form",
        "材料_E3": "申请书",
        "材料_B3": None,
    }
    _, row = read(edited(data, **cells), XLSX)
    assert row.faults == ()
    assert row.guide.name == "食品经营许可"
    assert (row.guide.online_depth, row.guide.promised_days) == (4, 2)
    assert row.guide.takes_bookings
    assert row.guide.audience == ("enterprise",)
    assert row.guide.handling_forms == ("window", "online")
    assert str(row.guide.effective_from) == "2026-01-01"
    assert [one.name for one in row.guide.materials] == ["申请书"]


def test_each_fault_names_sheet_row_column_and_cell_and_how_to_mend_it():
    data = edited(
        written(XLSX, guide(), guide(item_code="B-2", name="第二项")),
        **{
            "材料_E3": "=A1&A2",
            f"材料_{column_of('材料', 'necessity')}4": "也许",
            f"材料_{column_of('材料', 'copies')}5": "三份",
            f"事项_{column_of('事项', 'visits')}3": 12,
            f"事项_{column_of('事项', 'name')}3": None,
        },
    )
    first, second = read(data, XLSX)
    assert first.guide is None
    assert {(one["cell"], one["code"]) for one in first.faults} == {
        ("材料!E3", "cell-formula"),
        (f"材料!{column_of('材料', 'necessity')}4", "not-a-choice"),
        (f"材料!{column_of('材料', 'copies')}5", "not-a-number"),
    }
    assert {(one["cell"], one["code"]) for one in second.faults} == {
        (f"事项!{column_of('事项', 'visits')}3", "less-than-equal"),
        (f"事项!{column_of('事项', 'name')}3", "missing"),
    }
    for one in (*first.faults, *second.faults):
        assert all(one[name] for name in ("sheet", "row", "zh", "en", "mend", "mend_en"))


def test_a_fault_inside_a_part_is_named_at_the_parts_own_cell():
    data = edited(
        written(XLSX, guide(item_code="B-1", materials=[]), guide()),
        **{f"材料_{column_of('材料', 'originals')}3": 100},
    )
    good, bad = read(data, XLSX)
    assert good.guide is not None
    assert [one["cell"] for one in bad.faults] == [f"材料!{column_of('材料', 'originals')}3"]


def test_parts_without_their_item_are_refused_by_themselves():
    data = edited(written(XLSX, guide()), 步骤_A9="没有的编码", 步骤_E9="受理", 材料_A2=None)
    good, *orphans = read(data, XLSX)
    assert good.guide is not None
    assert len(good.guide.materials) == 3
    assert [one.faults[0]["cell"] for one in orphans] == ["材料!A2", "步骤!A9"]
    assert {one.faults[0]["code"] for one in orphans} == {"part-without-item"}
    assert all(one.number > ORPHANS_FROM for one in orphans)


def test_one_code_in_two_divisions_keeps_the_parts_apart():
    first = Guide.model_validate(guide())
    second = Guide.model_validate(guide(division="445103", materials=[]))
    rows = read(written(XLSX, first, second), XLSX)
    assert [row.guide for row in rows] == [first, second]


@pytest.mark.parametrize("program", [sys.executable, "/bin/false", "/nowhere"])
def test_a_large_workbook_says_the_same_with_a_second_process_or_without(monkeypatch, program):
    """Faults, places and rows without an item too; and when the second process fails, its sheets are read here."""
    some = [guide(item_code=f"BI-{number}") for number in range(30)]
    data = edited(written(XLSX, *some), 材料_A9="nobody", 材料_D12="=1+1", 步骤_A4="nobody either")
    alone = list(rows_of(data, XLSX))
    monkeypatch.setattr(parts_beside, "LARGE_BYTES", 0)
    monkeypatch.setattr(sys, "executable", program)
    with open_book(data) as book:
        assert 0 < len(parts_beside.for_the_second(book)) < len(PART_SHEETS)

    assert list(rows_of(data, XLSX)) == alone
    assert any(row.faults for row in alone)


def test_what_is_wrong_with_a_sheet_of_the_second_process_is_said_here(monkeypatch):
    data = edited(written(XLSX, guide()), 材料_D1="什么", 步骤_D1="什么")
    monkeypatch.setattr(parts_beside, "LARGE_BYTES", 0)
    with pytest.raises(InvalidError) as refused:
        list(rows_of(data, XLSX))
    assert refused.value.problem_code == "columns-unknown"
    assert "什么" in refused.value.zh


def test_missing_sheets_and_columns_are_named():
    data = written(XLSX, guide())
    book = load_workbook(io.BytesIO(data))
    del book["材料"], book["步骤"]
    target = io.BytesIO()
    book.save(target)
    with pytest.raises(InvalidError) as caught:
        read(target.getvalue(), XLSX)
    assert caught.value.problem_code == "sheets-missing"
    assert "材料、步骤" in caught.value.zh
    with pytest.raises(InvalidError) as caught:
        read(edited(data, 材料_F1=None, 材料_G1=None), XLSX)
    assert caught.value.problem_code in {"columns-missing", "header-malformed"}
    with pytest.raises(InvalidError) as caught:
        read(edited(data, 材料_F1="颜色"), XLSX)
    assert caught.value.problem_code == "columns-unknown"
    assert {"材料", "颜色"} <= set(re.split("[“”：；]", caught.value.zh))


def test_merged_cells_are_refused_where_they_are():
    book = load_workbook(io.BytesIO(written(XLSX, guide(), guide(item_code="B-2"))))
    book["材料"].merge_cells("E2:E3")
    target = io.BytesIO()
    book.save(target)
    first, second = read(target.getvalue(), XLSX)
    assert {one["cell"] for one in first.faults} == {"材料!E2", "材料!E3"}
    assert {one["code"] for one in first.faults} == {"cell-merged"}
    assert second.guide is not None


def test_an_older_guide_without_newer_fields_is_written_with_their_defaults():
    old = guide()
    del old["materials"][0]["prefilled_from"]
    (row,) = read(written(XLSX, old), XLSX)
    assert row.guide == Guide.model_validate(old)

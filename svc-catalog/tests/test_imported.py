import pytest
from catalog_examples import guide

from catalog.domain.file_rows import SourceRow
from catalog.domain.flat_rows import FLAT_GIVEN, flat_unknown, flat_values_of, local_code
from catalog.domain.imported import read_row

DAYS = {"01": 20, "20": 5, "99": 30}
FLAT = {
    "dept": "区公安分局",
    "main_item": "未分类",
    "name": "注销户口证明",
    "area_code": "511602000000",
    "item_code": "513A0161300000-511602000000-000-1",
    "task_type": "20",
    "dept_code": "11445102MB2X00020M",
}


def read(**changes):
    return flat({**FLAT, **changes})


def flat(values):
    return read_row(SourceRow(number=7, values=values), promised_days=DAYS)


def whole(values):
    return read_row(SourceRow(number=1, values=values, is_whole=True), promised_days=DAYS)


def codes(row) -> set[str]:
    return {fault["code"] for fault in row.faults}


def test_a_good_row_becomes_a_small_guide():
    row = read(main_item="户口登记")
    assert (row.number, row.faults, row.given) == (7, (), FLAT_GIVEN)
    assert row.guide is not None
    assert (row.guide.division, row.guide.promised_days, row.guide.results) == ("511602", 5, ())


def test_chinese_and_english_column_names_are_the_same():
    chinese = dict(zip(flat_values_of(guide()), FLAT.values(), strict=True))
    assert flat(chinese) == read()
    assert flat_unknown([*chinese, "颜色"]) == ["颜色"]


@pytest.mark.parametrize(
    ("given", "kept", "remark"),
    [
        ("1", "01", "task-type-padded"),
        ("20", "20", None),
        ("21", "20", "task-type-unknown"),
        ("", "99", "task-type-unknown"),
        ("x", "99", "task-type-unknown"),
        (5, "05", "task-type-padded"),
        ("行政许可", "01", None),
    ],
)
def test_task_types_are_national_ones(given, kept, remark):
    row = read(task_type=given)
    assert row.guide is not None
    assert row.guide.task_type == kept
    assert remark is None or remark in codes(row)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("511602", "511602"),
        ("511602000", "511602"),
        ("511602001000", "511602001"),
        ("511602001002", "511602001002"),
        ("5116", None),
        ("", None),
        ("51160200000A", None),
    ],
)
def test_division_codes_lose_their_filling(given, kept):
    row = read(area_code=given)
    assert (row.guide.division if row.guide else None) == kept


@pytest.mark.parametrize(
    ("given", "kept", "remark"),
    [
        ("083372204", "083372204", "department-code-odd"),
        ("00877868-5", "00877868-5", "department-code-odd"),
        ("11511301452259996u", "11511301452259996U", "department-code-mended"),
        ("1151130108778239R_6918", "1151130108778239R", "department-code-mended"),
        ("", None, "department-malformed"),
        ("部门", None, "department-malformed"),
    ],
)
def test_department_codes_are_kept_or_mended_or_refused(given, kept, remark):
    row = read(dept_code=given)
    assert (row.guide.department if row.guide else None) == kept
    assert remark in codes(row)


def test_a_national_code_is_kept_and_any_other_gets_one_of_ours():
    national = "11440100007482575H3440118009000"
    row = read(item_code=national)
    assert row.guide is not None
    assert (row.guide.item_code, row.guide.original_code) == (national, national)
    ours = read().guide
    assert ours is not None
    assert ours.item_code == local_code(FLAT["item_code"], "511602", "20") == read().guide.item_code
    assert ours.item_code.startswith("YW-511602-20-")
    assert len(ours.item_code) <= 36


def test_every_fault_of_a_row_is_named_not_only_the_first():
    row = read(name="", item_code="", area_code="x", dept_code="")
    assert row.guide is None
    assert {"name-missing", "code-missing", "division-malformed", "department-malformed"} <= codes(
        row
    )


def test_a_whole_guide_is_taken_as_it_is_or_refused_by_field():
    row = whole(guide())
    assert row.guide is not None
    assert row.given == frozenset(guide())
    bad = whole({**guide(), "visits": -1, "colour": "red", "name": ""})
    assert bad.guide is None
    assert {(fault["column"], fault["code"]) for fault in bad.faults} == {
        ("visits", "greater-than-equal"),
        ("colour", "extra-forbidden"),
        ("name", "missing"),
    }
    assert all(fault["zh"] and fault["en"] and fault["mend"] for fault in bad.faults)


def test_a_whole_row_speaks_only_of_the_fields_it_names():
    some = {name: guide()[name] for name in ("item_code", "name", "task_type", "department")}
    row = whole({**some, "department_name": "局", "division": "445102", "visits": 2})
    assert row.given == {*some, "department_name", "division", "visits"}


def test_a_name_that_no_book_takes_is_a_refusal_and_no_crash():
    row = read(dept="　", name="名" * 1001)
    assert row.guide is None
    assert "name-too-long" in codes(row)
    assert read(dept="部" * 1001).guide is None


def test_the_example_of_the_template_is_passed_over():
    row = read(item_code="示例（本行不会导入）")
    assert (row.guide, row.is_passed_over, codes(row)) == (None, True, {"example-row"})

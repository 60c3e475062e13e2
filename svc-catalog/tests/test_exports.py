"""Exports through the door, what they hold, and that they come back; refused rows as a file; what the door turns away."""

import csv
import io
import json
import zipfile

import pytest
from catalog_examples import DEPARTMENT, guide, publisher
from openpyxl import load_workbook
from test_guide_files import column_of, edited, written
from test_imports import admin_of, codes, imported, line, lines, report, sent

from chassis.blobs import CSV, XLSX
from chassis.workbook_writer import Look, WorkbookWriter
from contracts.events.catalog import ItemVersionPublished

EXPORT = "/catalog/v1/items/export"
FORMATS = [("xlsx", ""), ("csv", "&shape=whole"), ("jsonl", "")]


async def stocked(house) -> list[dict]:
    """Two items of two departments in force, with hard texts; returns their guides."""
    hard = {"visit_reason": '=1+1\r\n“引号”"', "hours": "'+工作日 9:00", "quantity_limit": " 007 "}
    both = [guide(**hard), guide(item_code="B-2", division="445103", name="第二项👩‍👧", fees=[])]
    await imported(house, lines(*both))
    return both


async def guides_of(house) -> list[dict]:
    text = (await house.get(EXPORT)).text
    return sorted((json.loads(one) for one in text.splitlines()), key=lambda one: one["item_code"])


@pytest.mark.parametrize(("format", "shape"), FORMATS)
async def test_what_goes_out_through_the_door_comes_back_the_same(house, houses, format, shape):
    await stocked(house)
    answer = await house.get(f"{EXPORT}?format={format}{shape}")
    assert answer.status_code == 200
    assert f'filename="items.{format}"' in answer.headers["content-disposition"]
    other = await houses.open(house.service)
    job, rows = await imported(other, answer.content, f"items.{format}")
    assert (job["state"], job["refused"], job["total"]) == ("done", 0, 2), (job, rows)
    assert await guides_of(other) == await guides_of(house)
    _, again = await imported(other, answer.content, f"items.{format}")
    assert [codes(row) for row in again] == [["already-there"]] * 2
    assert len(await other.told(ItemVersionPublished)) == 2


async def test_guangdongs_numbers_of_task_types_stay_at_the_boundary(house, houses):
    await imported(house, lines(guide(item_code="YW-1", task_type="10", name="其他行政权力一项")))
    await imported(house, lines(guide(item_code="YW-2", task_type="20", name="公共服务一项")))
    for query in ("format=jsonl", "format=csv"):
        content = (await house.get(f"{EXPORT}?{query}&codes=guangdong")).content
        name = "items.jsonl" if "jsonl" in query else "items.csv"
        other = await houses.open(house.service)
        job, rows = await imported(other, content, name, codes="guangdong")
        assert (job["state"], job["refused"]) == ("done", 0), rows
        kept = {one["name"]: one["task_type"] for one in await guides_of(other)}
        assert kept == {"其他行政权力一项": "10", "公共服务一项": "20"}, query
    told = [
        json.loads(one) for one in (await house.get(f"{EXPORT}?codes=guangdong")).text.splitlines()
    ]
    assert {one["name"]: one["task_type"] for one in told} == {
        "其他行政权力一项": "20",
        "公共服务一项": "21",
    }
    for query in ("format=xlsx", "format=csv&shape=whole"):
        refused = await house.get(f"{EXPORT}?{query}&codes=guangdong")
        assert refused.json()["type"] == "/problems/task-types-in-words"


async def test_an_export_takes_the_filters_of_the_list(house):
    await stocked(house)

    async def names(query: str) -> list[str]:
        text = (await house.get(f"{EXPORT}?{query}")).text
        return [json.loads(one)["name"] for one in text.splitlines()]

    assert await names("division=445103") == ["第二项👩‍👧"]
    assert len(await names(f"division=4451&department={DEPARTMENT}&task_type=01")) == 2
    assert await names("task_type=05") == []
    assert len(await names("to=2026-03-02")) == 2
    assert await names("to=2026-03-01") == []
    assert (await house.get(f"{EXPORT}?format=xlsx&division=x")).status_code == 422
    assert (await house.get(f"{EXPORT}?version=drafts")).status_code in {400, 422}


async def test_the_templates_are_there_for_anyone_and_an_empty_one_changes_nothing(house):
    for kind, sheet in (("guides", "事项"), ("items", "事项清单")):
        answer = await house.get(f"/catalog/v1/imports/template?kind={kind}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == XLSX
        assert load_workbook(io.BytesIO(answer.content)).sheetnames[0] == sheet
        job, [row] = await imported(house, answer.content, "模板.xlsx")
        assert (job["state"], row["verdict"]) == ("done", "remarked")
        assert row["faults"][0]["code"] == "example-row"
    assert await house.sql("SELECT id FROM items") == []


async def test_a_workbook_is_taken_row_by_row_with_cells_named(house):
    data = edited(
        written(XLSX, guide(), guide(item_code="B-2", name="第二项")),
        **{f"材料_{column_of('材料', 'name')}2": "=A1"},
    )
    job, rows = await imported(house, data, "guides.xlsx")
    assert (job["state"], job["refused"], job["total"]) == ("done", 1, 2)
    assert rows[0]["faults"][0]["cell"] == f"材料!{column_of('材料', 'name')}2"
    assert rows[1]["made_id"]
    job, rows = await imported(house, data, "guides.xlsx", atomic=True)
    assert (job["state"], job["refused"], rows[1]["verdict"]) == ("failed", 1, "held-back")


async def refused_file(house, path: str, as_=None) -> bytes:
    answer = await house.get(
        path.replace("/jobs/", "/imports/") + "/refused-rows", as_=as_ or admin_of(house)
    )
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_refused_rows_come_as_a_workbook_to_mend_and_send_again(house):
    whole = [guide(item_code=f"B-{n}", name=f"第{n}项", steps=[]) for n in range(1, 4)]
    name = column_of("材料", "name")
    orphan = {"步骤_A2": "没有的", "步骤_D2": "受理", "步骤_E2": "受理", "步骤_F2": 1}
    data = edited(written(XLSX, *whole), **{f"材料_{name}6": "=A1", **orphan})
    path = await sent(house, data, "guides.xlsx")
    await house.run_jobs()
    content = await refused_file(house, path)
    book = load_workbook(io.BytesIO(content))
    assert [row[0] for row in book["事项"].iter_rows(min_row=2, values_only=True)] == ["B-2"]
    assert len(list(book["材料"].iter_rows(min_row=2))) == len(guide()["materials"])
    assert "公式" in next(book["事项"].iter_rows(min_row=2, values_only=True))[-1]
    assert book["步骤"]["A2"].value == "没有的"
    mended = edited(content, **{f"材料_{name}2": "申请书", "步骤_A2": "B-2"})
    job, [row] = await imported(house, mended, "再报.xlsx")
    assert (job["state"], job["refused"], bool(row["made_id"])) == ("done", 0, True)


async def test_refused_rows_come_as_csv_and_json_lines_too(house):
    rows = [line(item_code="A-1"), line(item_code="A-2", name=""), line(item_code="A-3")]
    path = await sent(house, lines(*rows) + b"\n{broken")
    await house.run_jobs()
    content = await refused_file(house, path)
    assert content.decode().splitlines() == [json.dumps(rows[1], ensure_ascii=False), "{broken"]
    text = "\n".join(",".join(map(str, one.values())) for one in rows)
    data = (",".join(line()) + "\n" + text + '\n"x"y,\n').encode("gb18030")
    path = await sent(house, data, "items.csv")
    await house.run_jobs()
    content = await refused_file(house, path)
    head, second, broken = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert head == [*line(), "问题（导入时忽略）"]
    assert second[4] == "A-2"
    assert "缺少事项名称" in second[-1]
    assert "引号" in broken[-1]
    mended = content.decode("utf-8-sig").replace("未分类,,", "未分类,补上名称,").splitlines()[:2]
    job, [row] = await imported(house, "\n".join(mended).encode(), "items.csv")
    assert (job["refused"], bool(row["made_id"])) == (0, True)


async def test_the_report_and_the_refused_rows_are_for_who_sent_the_file(house):
    path = await sent(house, lines(line(name="")), as_=publisher(house, 1))
    await house.run_jobs()
    mine = await refused_file(house, path, as_=publisher(house, 1))
    assert mine
    other = publisher(house, 2)
    where = path.replace("/jobs/", "/imports/") + "/refused-rows"
    assert (await house.get(where, as_=other)).status_code == 404
    assert (await house.get(where)).status_code in {401, 403}


async def test_verdicts_come_as_csv_a_line_a_fault_and_by_verdict(house):
    path = await sent(house, lines(line(), line(item_code="", name="")))
    await house.run_jobs()
    answer = await house.get(f"{path}/rows.csv?verdict=refused", as_=admin_of(house))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {(row["行号"], row["结论"], row["代码"]) for row in rows} >= {
        ("2", "refused", "code-missing"),
        ("2", "refused", "name-missing"),
    }
    assert all(row["说明"] and row["如何修改"] for row in rows)
    everything = await house.get(f"{path}/rows.csv", as_=admin_of(house))
    assert everything.text.count("\n") > answer.text.count("\n")


def compound(*, is_locked: bool) -> bytes:
    stream = "EncryptedPackage".encode("utf-16-le") if is_locked else b"Workbook"
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + stream


def with_part(data: bytes, name: str) -> bytes:
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, b"x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("a.xlsx", compound(is_locked=True), 415, "workbook-encrypted"),
        ("a.xlsx", compound(is_locked=False), 415, "workbook-old"),
        ("a.xlsx", "with vbaProject", 415, "workbook-with-macros"),
        ("a.xlsm", b"PK\x03\x04", 415, "not-a-table"),
        ("a.xlsx", "with links", 415, "workbook-with-links"),
        ("a.csv", "a workbook", 415, "file-name-misleads"),
        ("a.csv", b'{"a": 1}\n', 415, "file-name-misleads"),
        ("a.jsonl", b"a,b\n1,2\n", 415, "file-name-misleads"),
        ("a.xlsx", b"a,b\n1,2\n", 415, None),
        ("a.xlsx", b"PK\x03\x04 cut", 422, "archive-damaged"),
        ("a.csv", b"", 415, None),
    ],
)
async def test_the_door_says_what_is_wrong_with_a_file(house, name, data, status, code):
    made = {
        "with vbaProject": lambda: with_part(written(XLSX, guide()), "xl/vbaProject.bin"),
        "with links": lambda: with_part(written(XLSX, guide()), "xl/externalLinks/link1.xml"),
        "a workbook": lambda: written(XLSX, guide()),
    }
    content = made[data]() if isinstance(data, str) else data
    answer = await house.post(
        "/catalog/v1/imports", files={"file": (name, content)}, as_=admin_of(house)
    )
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["type"].endswith(code)
    assert answer.json()["title"]
    assert await house.sql("SELECT id FROM jobs") == []


def table(*rows: list[str]) -> bytes:
    book = WorkbookWriter()
    sheet = book.sheet("表", [Look(head=head) for head in rows[0]])
    for row in rows[1:]:
        sheet.append(row)
    with book.packed() as file:
        return file.read()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", "部门,部门\n1,2\n".encode(), "两次"),
        ("a.csv", "部门,,名称\n1,2,3\n".encode(), "列名"),
        ("a.xlsx", table(["部门", "颜色"], ["1", "2"]), "没有这些列：颜色"),
        ("a.csv", "实施编码,item_code\n1,2\n".encode(), "两次"),
        ("a.csv", (",".join(line()) + "\n").encode(), "没有数据行"),
    ],
)
async def test_a_table_of_the_wrong_shape_fails_with_words_and_takes_nothing(
    house, name, data, words
):
    job, rows = await imported(house, data, name)
    assert (job["state"], rows) == ("failed", [])
    assert words in job["error"]
    assert await house.sql("SELECT id FROM items") == []


async def test_a_csv_of_whole_guides_names_the_column_of_a_fault(house):
    data = written(CSV, guide()).decode().replace("行政许可", "行政魔法").encode()
    job, [row] = await imported(house, data, "guides.csv")
    assert (job["state"], row["verdict"]) == ("done", "refused")
    assert (row["faults"][0]["column"], row["faults"][0]["code"]) == ("事项类型", "not-a-choice")


async def test_an_import_reports_progress_by_rows(house):
    path = await sent(house, lines(*(line(item_code=f"A-{n}") for n in range(3))))
    job, _ = await report(house, path)
    assert (job["state"], job["done"], job["total"]) == ("queued", 0, None)
    await house.run_jobs()
    job, _ = await report(house, path)
    assert (job["state"], job["done"], job["total"]) == ("done", 3, 3)

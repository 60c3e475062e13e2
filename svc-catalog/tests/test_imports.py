import asyncio
import io
import json
import zipfile
from datetime import timedelta

import asyncpg
import pytest
from catalog_examples import DEPARTMENT, guide, publish, published, publisher
from openpyxl import load_workbook

from catalog.workers import imports as workers
from chassis.jobs import HEARTBEAT_LOST_SECONDS
from chassis.workbooks import write_xlsx
from contracts.events.catalog import ItemVersionPublished

COLUMNS = ("部门", "主项名称", "事项名称", "区划代码", "事项编码", "事项类型", "部门代码")
FOREIGN = "11511301008778183N"


def line(**changes) -> dict:
    return {
        "dept": "区经信局",
        "main_item": "未分类",
        "name": "企业投资项目备案",
        "area_code": "511602000000",
        "item_code": "511Z07001006-511602000000-000-1",
        "task_type": "1",
        "dept_code": FOREIGN,
        **changes,
    }


def lines(*rows: dict) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


ADMIN = "019a0000-0000-7000-8000-0000000000aa"


def admin_of(house) -> dict:
    return house.staff("system_admin", subject=ADMIN)


async def sent(house, data: bytes, name: str = "items.jsonl", as_=None, **options) -> str:
    """The path of the queued job."""
    answer = await house.post(
        "/catalog/v1/imports",
        files={"file": (name, data)},
        params=options,
        as_=as_ or admin_of(house),
    )
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


async def imported(
    house, data: bytes, name: str = "items.jsonl", as_=None, **options
) -> tuple[dict, list]:
    """The finished job and its rows."""
    path = await sent(house, data, name, as_, **options)
    await house.run_jobs()
    return await report(house, path, as_)


async def report(house, path: str, as_=None) -> tuple[dict, list]:
    as_ = as_ or admin_of(house)
    job = (await house.get(path, as_=as_)).json()
    rows = (await house.get(f"{path}/rows?limit=100", as_=as_)).json()["results"]
    return job, rows


def codes(row: dict) -> list[str]:
    """What the import itself says of a row; what publishing rules find is tested where they are."""
    return [fault["code"] for fault in row["faults"] if fault["code"] in OURS]


OURS = {
    "task-type-padded",
    "task-type-unknown",
    "main-item-unclassified",
    "department-code-mended",
    "department-code-odd",
    "department-malformed",
    "division-malformed",
    "name-stands-twice",
    "name-missing",
    "code-missing",
    "column-unknown",
    "not-text",
    "row-malformed",
    "row-repeated",
    "code-twice-in-file",
    "already-there",
    "already-drafted",
    "drafted",
    "new-version",
    "effective-later",
    "item-code-kept",
    "item-of-another-department",
    "department-not-yours",
    "item-withdrawn",
    "item-in-draft",
    "text-undecodable",
    "cell-formula",
    "code-twice",
    "condition-unknown",
    "promised-past-statutory",
}


async def test_a_flat_row_is_mended_with_remarks_and_published_at_once(house):
    job, [row] = await imported(house, lines(line()))
    assert (job["state"], job["remarked"], job["total"]) == ("done", 1, 1)
    assert codes(row) == ["task-type-padded", "main-item-unclassified"]
    item = (await house.get(f"/catalog/v1/items/{row['made_id']}")).json()
    assert item["original_code"] == "511Z07001006-511602000000-000-1"
    assert item["item_code"].startswith("YW-511602-01-")
    assert (item["division"], item["guide"]["main_item"]) == ("511602", "")
    assert item["guide"]["promised_days"] == 20
    assert len(await house.told(ItemVersionPublished)) == 1


async def test_every_row_ends_with_a_verdict_and_bad_ones_do_not_stop_good_ones(house):
    rows = [
        line(task_type="01", main_item="备案", item_code="A-1", name="一"),
        line(item_code="A-2", name=""),
        line(item_code="", name="三"),
        line(item_code="A-4", name="四", area_code="5116"),
        line(item_code="A-5", name="五", dept_code="部门"),
        line(item_code="A-6", name="六", task_type="77"),
        line(item_code="A-7", name="七", dept_code="11511301452259996u"),
        line(item_code="A-8", name="八", dept_code="083372204"),
        line(item_code="A-9", name="九", colour="red"),
        line(item_code="A-10", name=["十"]),
    ]
    job, found = await imported(house, lines(*rows) + b"\n{broken")
    assert (job["state"], job["done"], job["total"]) == ("done", 11, 11)
    assert [row["verdict"] for row in found] == [
        "accepted",
        *["refused"] * 4,
        *["remarked"] * 3,
        *["refused"] * 3,
    ]
    assert "name-missing" in codes(found[1])
    assert "code-missing" in codes(found[2])
    assert "division-malformed" in codes(found[3])
    assert "department-malformed" in codes(found[4])
    assert "task-type-unknown" in codes(found[5])
    assert "department-code-mended" in codes(found[6])
    assert "department-code-odd" in codes(found[7])
    assert "column-unknown" in codes(found[8])
    assert "row-malformed" in codes(found[10])
    assert all(fault["zh"] and fault["en"] for row in found for fault in row["faults"])


async def test_the_same_list_again_changes_nothing_and_a_changed_row_is_a_new_version(house):
    await imported(house, lines(line()))
    _, [same] = await imported(house, lines(line()))
    assert "already-there" in codes(same)
    _, [changed] = await imported(house, lines(line(name="企业投资项目备案（技术改造）")))
    assert "new-version" in codes(changed)
    assert [fact.version for fact in await house.told(ItemVersionPublished)] == [1, 2]
    item = (await house.get(f"/catalog/v1/items/{changed['made_id']}")).json()
    assert (item["version"], item["guide"]["name"]) == (2, "企业投资项目备案（技术改造）")


async def test_one_code_twice_in_one_file_counts_once_and_says_which_row_came_first(house):
    names = ("甲", "乙", "甲")
    _, rows = await imported(house, lines(*(line(name=name) for name in names)))
    assert [row["verdict"] for row in rows] == ["remarked", "refused", "remarked"]
    assert [codes(row)[-1] for row in rows[1:]] == ["code-twice-in-file", "row-repeated"]
    assert all("第 1 行" in row["faults"][-1]["zh"] for row in rows[1:])
    assert [fact.version for fact in await house.told(ItemVersionPublished)] == [1]


async def test_two_rows_of_one_name_are_both_taken_and_both_say_so(house):
    _, rows = await imported(house, lines(line(item_code="A-1"), line(item_code="A-2")))
    assert all("name-stands-twice" in codes(row) for row in rows)
    assert rows[0]["made_id"] != rows[1]["made_id"]


async def test_a_flat_row_leaves_the_rest_of_a_richer_guide_alone(house):
    item_id = await published(house)
    flat = line(
        dept="湘桥区市场监督管理局",
        main_item="食品经营许可",
        name="食品经营许可（新办）",
        area_code="445102",
        item_code="11445102MB2X00020M4440118009000",
        task_type="01",
        dept_code=DEPARTMENT,
    )
    _, [row] = await imported(house, lines(flat))
    assert (row["made_id"], codes(row)) == (item_id, ["new-version"])
    item = (await house.get(f"/catalog/v1/items/{item_id}")).json()
    assert item["guide"]["name"] == "食品经营许可（新办）"
    assert len(item["guide"]["materials"]) == 4


async def test_whole_guides_come_back_as_they_went_out(house, houses):
    await published(house)
    await imported(house, lines(line()))
    exported = await house.get("/catalog/v1/items/export")
    assert exported.headers["content-type"] == "application/x-ndjson"
    other = await houses.open(house.service)
    job, rows = await imported(other, exported.content)
    assert (job["state"], job["refused"]) == ("done", 0), rows
    assert (await other.get("/catalog/v1/items/export")).content == exported.content
    _, again = await imported(other, exported.content)
    assert all(codes(row) == ["already-there"] for row in again)


async def test_the_csv_export_is_the_flat_list_and_changes_nothing_when_it_comes_back(house):
    await published(house)
    await imported(house, lines(line()))
    exported = await house.get("/catalog/v1/items/export?format=csv")
    assert exported.text.removeprefix("\ufeff").splitlines()[0] == ",".join(COLUMNS)
    job, rows = await imported(house, exported.content, "items.csv")
    assert job["state"] == "done"
    assert [codes(row) for row in rows] == [["already-there"], ["already-there"]]


async def test_workbooks_are_read_and_formulas_are_refused_row_by_row(house):
    good = dict(zip(COLUMNS, line().values(), strict=True))
    data = write_xlsx(COLUMNS, [good])
    job, [row] = await imported(house, data, "items.xlsx")
    assert (job["state"], row["verdict"]) == ("done", "remarked")
    formula = _with_formula(data)
    job, [row] = await imported(house, formula, "items.xlsx")
    assert (job["state"], row["verdict"]) == ("done", "refused")


def _with_formula(data: bytes) -> bytes:
    book = load_workbook(io.BytesIO(data))
    book.active["C2"] = "=1+1"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


async def test_files_that_are_no_list_are_refused_at_the_door_or_fail_with_words(house):
    admin = house.staff("system_admin")

    async def door(name: str, data: bytes) -> int:
        files = {"file": (name, data)}
        return (await house.post("/catalog/v1/imports", files=files, as_=admin)).status_code

    assert await door("items.pdf", b"%PDF-1.7") == 415
    assert await door("items.jsonl", b"") == 415
    assert await door("items.csv", b"\x00\x01\x02") == 415
    assert await door("items.xlsx", b"PK\x03\x04 broken") in {415, 422}
    assert await door("items.xlsx", _bomb()) in {413, 415, 422}
    assert (await house.post("/catalog/v1/imports", {}, as_=admin)).status_code == 422
    job, rows = await imported(house, "甲,乙\n1,2\n".encode(), "items.csv")
    assert (job["state"], rows) == ("failed", [])
    assert "没有这些列" in job["error"]
    header_only = (",".join(COLUMNS) + "\n").encode()
    job, rows = await imported(house, header_only, "items.csv")
    assert (job["state"], rows) == ("failed", [])
    assert await house.sql("SELECT id FROM items") == []


def _bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return target.getvalue()


async def test_an_import_killed_midway_goes_on_where_it_was_and_doubles_nothing(house, monkeypatch):
    monkeypatch.setattr(workers, "BATCH_ROWS", 2)
    admin = admin_of(house)
    data = lines(*(line(item_code=f"A-{n}", name=f"事项{n}") for n in range(7)))
    answer = await house.post(
        "/catalog/v1/imports", files={"file": ("items.jsonl", data)}, as_=admin
    )
    await house.sql(
        "CREATE FUNCTION pull_the_plug() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.number > 4 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; "
        "RETURN NEW; END $$"
    )
    await house.sql(
        "CREATE TRIGGER plug BEFORE INSERT ON job_rows FOR EACH ROW EXECUTE FUNCTION pull_the_plug()"
    )
    with pytest.raises(asyncpg.PostgresConnectionError):
        await house.run_jobs()  # the connection dies under it, as when a server is killed
    running = (await house.get(answer.headers["location"], as_=admin)).json()
    assert (running["state"], running["done"]) == ("running", 4)
    await house.sql("DROP TRIGGER plug ON job_rows")
    house.clock.move(timedelta(seconds=HEARTBEAT_LOST_SECONDS + 1))
    await house.run_jobs()
    job = (await house.get(answer.headers["location"], as_=admin)).json()
    assert (job["state"], job["done"], job["accepted"] + job["remarked"]) == ("done", 7, 7)
    assert len(await house.told(ItemVersionPublished)) == 7


async def test_publishers_add_but_never_change_what_another_department_has(house):
    await imported(house, lines(line()))
    mine = publisher(house, 1)
    _, [changed] = await imported(house, lines(line(name="改名")), as_=mine)
    assert (changed["verdict"], "item-of-another-department" in codes(changed)) == (
        "refused",
        True,
    )
    _, [same] = await imported(house, lines(line()), as_=mine)
    assert "already-there" in codes(same)
    _, [added] = await imported(house, lines(line(item_code="B-1", name="新")), as_=mine)
    assert added["verdict"] == "remarked"
    await house.sql(
        "INSERT INTO rules SELECT code, version + 1, 'false'::jsonb, unit, meaning, source, "
        "verified, changed_by, reason, changed_at FROM rules "
        "WHERE code = 'import-for-other-departments'"
    )
    house.runtime.rules.forget()
    _, [refused] = await imported(house, lines(line(item_code="B-2", name="又")), as_=mine)
    assert "department-not-yours" in codes(refused)
    own = guide()
    _, [taken] = await imported(house, lines(own), as_=mine)
    assert taken["made_id"] is not None
    assert codes(taken) == []


async def test_withdrawn_items_stay_withdrawn_when_a_list_names_them(house):
    item_id = await published(house)
    await house.post(
        f"/catalog/v1/items/{item_id}/withdrawals", {"reason": "停办"}, as_=publisher(house)
    )
    _, [row] = await imported(house, lines(guide()))
    assert (row["verdict"], codes(row)) == ("refused", ["item-withdrawn"])


async def test_two_imports_of_one_list_at_once_make_each_item_once(house):
    admin = admin_of(house)
    data = lines(*(line(item_code=f"A-{n}", name=f"事项{n}") for n in range(40)))
    paths = []
    for _ in range(2):
        files = {"file": ("items.jsonl", data)}
        answer = await house.post("/catalog/v1/imports", files=files, as_=admin)
        paths.append(answer.headers["location"])
    await asyncio.gather(house.run_jobs(), house.run_jobs())
    jobs = [(await house.get(path, as_=admin)).json() for path in paths]
    assert [(job["state"], job["done"]) for job in jobs] == [("done", 40)] * 2
    assert len(await house.told(ItemVersionPublished)) == 40


async def test_a_publishers_change_of_what_is_published_is_a_draft_for_a_second_person(house):
    item_id = await published(house)
    changed = guide(phone="0768-2299999")
    _, [row] = await imported(house, lines(changed), as_=publisher(house, 1))
    assert (row["verdict"], row["made_id"], codes(row)) == ("remarked", item_id, ["drafted"])
    item = (await house.get(f"/catalog/v1/items/{item_id}")).json()
    assert (item["version"], item["guide"]["phone"]) == (1, guide()["phone"])
    _, [again] = await imported(house, lines(changed), as_=publisher(house, 1))
    assert codes(again) == ["already-drafted"]
    assert (await publish(house, item_id, 2, by=1)).status_code == 403
    assert (await publish(house, item_id, 2, by=2)).status_code == 201
    item = (await house.get(f"/catalog/v1/items/{item_id}")).json()
    assert item["guide"]["phone"] == "0768-2299999"
    _, [there] = await imported(house, lines(changed), as_=publisher(house, 1))
    assert codes(there) == ["already-there"]


async def test_an_administrator_takes_another_authoritys_list_over_at_once(house):
    item_id = await published(house)
    _, [row] = await imported(house, lines(guide(phone="0768-2299999")))
    assert codes(row) == ["new-version"]
    item = (await house.get(f"/catalog/v1/items/{item_id}")).json()
    assert (item["version"], item["guide"]["phone"]) == (2, "0768-2299999")


async def test_a_flat_item_is_completed_by_a_whole_guide_and_keeps_its_id(house):
    _, [first] = await imported(house, lines(line()))
    item = (await house.get(f"/catalog/v1/items/{first['made_id']}")).json()
    whole = {**item["guide"], "phone": "0826-2200000", "conditions": ["已立项"]}
    _, [row] = await imported(house, lines(whole))
    assert (row["made_id"], codes(row)) == (first["made_id"], ["new-version"])
    by_foreign_code = {**whole, "item_code": whole["original_code"], "original_code": None}
    by_foreign_code["hours"] = "工作日 9:00-17:00"
    _, [row] = await imported(house, lines(by_foreign_code))
    assert row["made_id"] == first["made_id"]
    assert codes(row) == ["item-code-kept", "new-version"]
    item = (await house.get(f"/catalog/v1/items/{first['made_id']}")).json()
    assert item["guide"]["hours"] == "工作日 9:00-17:00"
    assert item["guide"]["item_code"] == whole["item_code"]


async def test_a_file_changes_only_the_fields_it_names(house):
    item_id = await published(house)
    some = ("item_code", "name", "task_type", "department", "department_name", "division")
    partial = {name: guide()[name] for name in some} | {"visits": 0, "phone": "0768-2299999"}
    await imported(house, lines(partial))
    item = (await house.get(f"/catalog/v1/items/{item_id}")).json()
    assert item["guide"] == guide(phone="0768-2299999")


async def test_all_or_nothing_takes_all_when_nothing_is_wrong(house, monkeypatch):
    monkeypatch.setattr(workers, "BATCH_ROWS", 2)
    rows = [line(item_code=f"A-{n}", name=f"事项{n}") for n in range(5)]
    job, found = await imported(house, lines(*rows), atomic=True)
    assert (job["state"], job["done"], job["total"], job["refused"]) == ("done", 5, 5, 0)
    assert all(row["made_id"] for row in found)
    assert len(await house.told(ItemVersionPublished)) == 5
    job, found = await imported(house, lines(*rows), atomic=True)
    assert all("already-there" in codes(row) for row in found)
    assert len(await house.told(ItemVersionPublished)) == 5


async def test_all_or_nothing_takes_nothing_when_one_row_is_wrong_and_names_it(house, monkeypatch):
    monkeypatch.setattr(workers, "BATCH_ROWS", 2)
    await published(house)
    told = len(await house.told(ItemVersionPublished))
    rows = [line(item_code=f"A-{n}", name=f"事项{n}") for n in range(5)]
    rows.append(line(item_code="A-9", name=""))
    job, found = await imported(house, lines(*rows), atomic=True)
    assert job["state"] == "failed"
    assert "1 行有误" in job["error"]
    assert (job["accepted"], job["remarked"], job["refused"], job["total"]) == (0, 0, 1, 6)
    assert [row["verdict"] for row in found] == ["held-back"] * 5 + ["refused"]
    assert codes(found[-1])[0] == "name-missing"
    assert all(row["made_id"] is None for row in found)
    assert len(await house.told(ItemVersionPublished)) == told
    assert len(await house.sql("SELECT id FROM items")) == 1


async def test_all_or_nothing_killed_midway_has_taken_nothing_and_begins_again(house, monkeypatch):
    monkeypatch.setattr(workers, "BATCH_ROWS", 2)
    rows = [line(item_code=f"A-{n}", name=f"事项{n}") for n in range(5)]
    path = await sent(house, lines(*rows), atomic=True)
    await house.sql(
        "CREATE FUNCTION pull_the_plug() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.original_code = 'A-4' THEN PERFORM pg_terminate_backend(pg_backend_pid()); "
        "END IF; RETURN NEW; END $$"
    )
    await house.sql(
        "CREATE TRIGGER plug BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION pull_the_plug()"
    )
    with pytest.raises(Exception, match=r"(?i)connection|terminat"):
        await house.run_jobs()
    job, found = await report(house, path)
    assert (job["state"], job["done"], found) == ("running", 0, [])
    assert await house.sql("SELECT id FROM items") == []
    await house.sql("DROP TRIGGER plug ON items")
    house.clock.move(timedelta(seconds=HEARTBEAT_LOST_SECONDS + 1))
    await house.run_jobs()
    job, found = await report(house, path)
    assert (job["state"], job["done"], len(found)) == ("done", 5, 5)


async def test_a_trial_says_what_would_become_of_each_row_and_writes_nothing(house):
    item_id = await published(house)
    named = {"name": "食品经营许可证补办"}
    rows = [
        line(),
        line(item_code="", name="无码"),
        guide(phone="0768-2299999"),
        guide(phone="0768-2299999", **named),
    ]
    job, found = await imported(house, lines(*rows), dry_run=True)
    assert (job["kind"], job["state"], job["refused"]) == ("try-import-items", "done", 2)
    assert [row["verdict"] for row in found] == ["remarked", "refused", "remarked", "refused"]
    assert [row["made_id"] for row in found] == [None, None, item_id, None]
    assert codes(found[2]) == ["new-version"]
    assert len(await house.sql("SELECT id FROM item_versions")) == 1
    assert len(await house.told(ItemVersionPublished)) == 1
    _, [mine] = await imported(
        house, lines(guide(phone="0768-2299999")), as_=publisher(house), dry_run=True
    )
    assert codes(mine) == ["drafted"]
    assert len(await house.sql("SELECT id FROM item_versions")) == 1


async def test_atomic_and_dry_run_may_be_fields_of_the_form_too(house):
    answer = await house.post(
        "/catalog/v1/imports",
        files={"file": ("items.jsonl", lines(line()))},
        data={"atomic": "true", "dry_run": "true"},
        as_=admin_of(house),
    )
    assert answer.json()["kind"] == "try-import-items"


async def test_one_key_with_other_terms_is_another_request(house):
    files = {"file": ("items.jsonl", lines(line()))}
    admin = admin_of(house)
    first = await house.post("/catalog/v1/imports", files=files, as_=admin, key="k")
    again = await house.post("/catalog/v1/imports", files=files, as_=admin, key="k")
    assert again.json()["id"] == first.json()["id"]
    other = await house.post(
        "/catalog/v1/imports", files=files, params={"atomic": "true"}, as_=admin, key="k"
    )
    assert other.status_code == 422


async def test_an_import_stops_when_asked_and_what_it_took_stays(house, monkeypatch):
    monkeypatch.setattr(workers, "BATCH_ROWS", 2)
    rows = [line(item_code=f"A-{n}", name=f"事项{n}") for n in range(6)]
    path = await sent(house, lines(*rows))
    await house.post(f"{path}/cancellations", as_=admin_of(house))
    await house.run_jobs()
    job, found = await report(house, path)
    assert (job["state"], job["done"], len(found)) == ("cancelled", 2, 2)
    path = await sent(house, lines(*rows), atomic=True)
    await house.post(f"{path}/cancellations", as_=admin_of(house))
    await house.run_jobs()
    job, found = await report(house, path)
    assert (job["state"], job["done"], found) == ("cancelled", 0, [])
    assert len(await house.sql("SELECT id FROM items")) == 2


async def test_one_byte_that_is_no_text_refuses_its_row_and_no_other(house):
    rows = [list(line(item_code=f"A-{n}", name=f"事项{n}").values()) for n in range(3)]
    text = "\n".join(",".join(map(str, row)) for row in (COLUMNS, *rows))
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        data = text.encode(encoding).replace("事项1".encode(encoding.removesuffix("-sig")), b"\xff")
        job, found = await imported(house, data, "items.csv", dry_run=True)
        assert (job["state"], job["refused"], job["total"]) == ("done", 1, 3), encoding
        assert codes(found[1]) == ["text-undecodable"]
        assert found[1]["faults"][0]["column"] == "事项名称"
        assert [row["key"] for row in (found[0], found[2])] == ["A-0", "A-2"]
    data = lines(line(item_code="A-0")) + b'\n{"dept": "\xff"}\n' + lines(line(item_code="A-2"))
    job, found = await imported(house, data, dry_run=True)
    assert [codes(row)[0] for row in found] == [
        "task-type-padded",
        "text-undecodable",
        "task-type-padded",
    ]


async def test_a_guide_that_contradicts_itself_is_refused_fault_by_fault(house):
    bad = guide(statutory_days=1, promised_days=2)
    bad["materials"][1]["code"] = bad["materials"][0]["code"]
    _, [row] = await imported(house, lines(bad))
    assert row["verdict"] == "refused"
    assert codes(row) == ["code-twice", "promised-past-statutory"]
    assert row["faults"][0]["column"] == "materials/1/code"


async def test_a_guide_that_takes_effect_later_is_kept_as_a_draft_and_comes_back_unchanged(house):
    later = guide(effective_from="2030-01-01")
    _, [row] = await imported(house, lines(later))
    assert "effective-later" in codes(row)
    assert (await house.get(f"/catalog/v1/items/{row['made_id']}")).status_code == 404
    _, [again] = await imported(house, lines(later))
    assert codes(again) == ["already-drafted"]
    past = guide(item_code="B-1", effective_from="2020-01-01")
    _, [taken] = await imported(house, lines(past))
    assert (await house.get(f"/catalog/v1/items/{taken['made_id']}")).status_code == 200


async def test_a_row_that_asks_for_a_proof_nobody_may_ask_for_is_refused_at_its_cell(house):
    bad = guide()
    bad["materials"][1]["proof"] = "no-such-proof"
    _, [row] = await imported(house, lines(bad))
    (one,) = [fault for fault in row["faults"] if fault["code"].startswith("proof-")]
    assert (row["verdict"], one["column"]) == ("refused", "materials/1/proof")
    assert await house.sql("SELECT id FROM items") == []

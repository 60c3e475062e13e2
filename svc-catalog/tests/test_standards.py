"""Basic items that implementations stand on, and the sample and blank files that guides name."""

from urllib.parse import quote

from catalog_examples import DEPARTMENT, guide, publisher

ROOT = "/catalog/v1"
CODE = "440118009000"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def row(code: str = CODE, **changes) -> dict:
    return {
        "code": code,
        "name": "食品经营许可",
        "task_type": code[2:4],
        "use_levels": ["city", "county"],
        "in_force_from": "2026-01-01",
        **changes,
    }


async def register(house, *rows: dict, reason: str = "省清单 2026 年版"):
    body = {"rows": list(rows), "reason": reason}
    return await house.post(f"{ROOT}/basic-items", body, as_=house.staff("system_admin"))


async def test_the_list_is_registered_corrected_and_keeps_its_history(house):
    assert (await register(house, row())).json() == {"added": 1, "corrected": 0, "unchanged": 0}
    assert (await register(house, row())).json()["unchanged"] == 1
    renamed = await register(house, row(name="食品经营许可核发"), reason="更名")
    assert renamed.json()["corrected"] == 1
    found = (await house.get(f"{ROOT}/basic-items/{CODE}")).json()
    assert (found["name"], found["is_national"]) == ("食品经营许可核发", False)
    steps = (await house.get(f"{ROOT}/basic-items/{CODE}/steps")).json()["results"]
    assert [one["step"] for one in steps] == ["registered", "corrected"]
    assert "食品经营许可 → 食品经营许可核发" in steps[1]["reason"]


async def test_all_rows_or_none_with_each_fault_named(house):
    refused = await register(house, row(), row("44A118009000", task_type="01"), row())
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/basic-item-rows")
    assert {(one["pointer"], one["code"]) for one in refused.json()["errors"]} == {
        ("/rows/1/code", "basic-code-malformed"),
        ("/rows/2/code", "code-twice"),
    }
    assert (await house.get(f"{ROOT}/basic-items")).json()["results"] == []


async def test_the_list_as_it_was_on_a_day_and_as_a_table(house):
    await register(house, row(), row("440700001000", in_force_until="2026-02-01"))
    now = (await house.get(f"{ROOT}/basic-items")).json()["results"]
    assert [one["code"] for one in now] == [CODE]
    then = (await house.get(f"{ROOT}/basic-items?on=2026-01-15")).json()["results"]
    assert len(then) == 2
    only = (await house.get(f"{ROOT}/basic-items?on=2026-01-15&task_type=07")).json()["results"]
    assert [one["code"] for one in only] == ["440700001000"]
    table = await house.get(f"{ROOT}/basic-items/export?format=csv")
    assert "食品经营许可" in table.text


async def test_a_guide_stands_on_a_basic_item_of_the_list(house):
    body = {"guide": guide(basic_code=CODE, use_level="county")}
    item_id = (await house.post(f"{ROOT}/items", body, as_=publisher(house))).json()["item_id"]
    path = f"{ROOT}/items/{item_id}/publications"
    refused = await house.post(path, {"number": 1}, as_=publisher(house, 2))
    assert refused.json()["type"] == "/problems/guide-not-publishable"
    assert "basic-item-unknown" in {one["code"] for one in refused.json()["errors"]}
    await register(house, row())
    published = await house.post(path, {"number": 1}, as_=publisher(house, 2))
    assert published.status_code == 201, published.text
    assert (await house.get(f"{ROOT}/basic-items/{CODE}")).json()["implementations"] == 1


async def test_a_code_that_claims_to_be_national_must_be_sound_before_there_is_an_item(house):
    body = {"guide": guide(item_code="11445102MB2X00020X4440118009000")}
    refused = await house.post(f"{ROOT}/items", body, as_=publisher(house))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/item-code-unsound")
    [fault] = refused.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/guide/item_code", "code-department-unsound")
    own = {"guide": guide(item_code="YW-445102-01-1")}
    assert (await house.post(f"{ROOT}/items", own, as_=publisher(house))).status_code == 201


async def test_a_guide_keeps_to_the_type_level_and_days_of_its_basic_item(house):
    await register(house, row(in_force_until="2026-03-10"), row("440700001000"))
    faults = {
        "basic-item-not-in-force": {"basic_code": CODE, "effective_from": "2026-03-10"},
        "task-type-not-of-basic-item": {"basic_code": "440700001000"},
        "use-level-not-of-basic-item": {"basic_code": CODE, "use_level": "town"},
    }
    for number, (code, changes) in enumerate(faults.items()):
        body = {"guide": guide(item_code=f"YW-{number}", **changes)}
        made = await house.post(f"{ROOT}/items", body, as_=publisher(house))
        path = f"{ROOT}/items/{made.json()['item_id']}/drafts/1/submissions"
        refused = await house.post(path, {}, as_=publisher(house))
        assert code in {one["code"] for one in refused.json()["errors"]}, code
    body = {"guide": guide(item_code="YW-sound", basic_code=CODE, effective_from="2026-03-09")}
    made = await house.post(f"{ROOT}/items", body, as_=publisher(house))
    path = f"{ROOT}/items/{made.json()['item_id']}/drafts/1/submissions"
    assert (await house.post(path, {}, as_=publisher(house))).status_code == 201


async def test_a_blank_form_is_public_once_a_guide_in_force_names_it(house):
    upload = {"file": ("申请书.pdf", PDF)}
    kept = await house.post(f"{ROOT}/files", files=upload, as_=publisher(house))
    assert kept.status_code == 201, kept.text
    file_id = kept.json()["id"]
    assert (await house.get(f"{ROOT}/files/{file_id}")).status_code == 404
    preview = await house.get(f"{ROOT}/files/{file_id}/preview", as_=publisher(house, 2))
    assert preview.content == PDF
    stranger = publisher(house, department="11445100MB2X00012X")
    assert (await house.get(f"{ROOT}/files/{file_id}/preview", as_=stranger)).status_code == 404
    materials = [dict(one) for one in guide()["materials"]]
    materials[0]["blank"] = {"id": file_id, "name": "空白申请书.pdf"}
    body = {"guide": guide(materials=materials)}
    item_id = (await house.post(f"{ROOT}/items", body, as_=publisher(house))).json()["item_id"]
    path = f"{ROOT}/items/{item_id}/publications"
    assert (await house.post(path, {"number": 1}, as_=publisher(house, 2))).status_code == 201
    public = await house.get(f"{ROOT}/files/{file_id}")
    assert (public.status_code, public.headers["content-type"]) == (200, "application/pdf")
    assert quote("空白申请书.pdf") in public.headers["content-disposition"]
    again = await house.get(
        f"{ROOT}/files/{file_id}", headers={"If-None-Match": public.headers["etag"]}
    )
    assert again.status_code == 304


async def test_a_guide_that_names_a_file_nobody_kept_is_refused(house):
    materials = [dict(one) for one in guide()["materials"]]
    materials[0]["sample"] = {"id": "a" * 64, "name": "样表.pdf"}
    body = {"guide": guide(materials=materials)}
    item_id = (await house.post(f"{ROOT}/items", body, as_=publisher(house))).json()["item_id"]
    path = f"{ROOT}/items/{item_id}/drafts/1/submissions"
    refused = await house.post(path, {}, as_=publisher(house))
    assert [one["code"] for one in refused.json()["errors"]] == ["file-unknown"]
    assert DEPARTMENT


async def test_a_file_that_is_not_what_it_says_is_refused(house):
    upload = {"file": ("申请书.pdf", b"MZ this is a program")}
    refused = await house.post(f"{ROOT}/files", files=upload, as_=publisher(house))
    assert refused.status_code == 415

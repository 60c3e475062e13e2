"""Sample and blank files: public once a published version names them, and then for good, unless they are withdrawn."""

from catalog_examples import DEPARTMENT, guide, publish, publisher

ROOT = "/catalog/v1"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
OTHER = "11445100MB2X00012X"
WHY = {"reason": "样表中留有当事人姓名"}


async def kept(house, content: bytes = PDF, **whose) -> str:
    upload = {"file": ("申请书.pdf", content)}
    answer = await house.post(f"{ROOT}/files", files=upload, as_=publisher(house, **whose))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def naming(file_id: str | None) -> dict:
    materials = [dict(one) for one in guide()["materials"]]
    if file_id is not None:
        materials[0]["blank"] = {"id": file_id, "name": "空白申请书.pdf"}
    return guide(materials=materials)


async def put_in_force(house, file_id: str) -> str:
    body = {"guide": naming(file_id)}
    made = await house.post(f"{ROOT}/items", body, as_=publisher(house))
    item_id = made.json()["item_id"]
    assert (await publish(house, item_id, 1)).status_code == 201
    return item_id


async def status(house, file_id: str) -> int:
    return (await house.get(f"{ROOT}/files/{file_id}")).status_code


async def test_a_form_of_a_past_version_stays_public_for_applications_in_flight(house):
    file_id = await kept(house)
    item_id = await put_in_force(house, file_id)
    draft = await house.post(
        f"{ROOT}/items/{item_id}/drafts", {"guide": naming(None)}, as_=publisher(house)
    )
    assert (await publish(house, item_id, draft.json()["number"])).status_code == 201
    assert await status(house, file_id) == 200
    stopped = await house.post(
        f"{ROOT}/items/{item_id}/withdrawals", {"reason": "事项取消"}, as_=publisher(house)
    )
    assert stopped.status_code in {200, 201}, stopped.text
    assert await status(house, file_id) == 200
    past = (await house.get(f"{ROOT}/items/{item_id}", params={"version": 1})).json()
    assert past["guide"]["materials"][0]["blank"]["id"] == file_id


async def test_a_file_with_somebodys_data_in_it_is_shown_to_nobody_for_a_stated_reason(house):
    file_id = await kept(house)
    item_id = await put_in_force(house, file_id)
    path = f"{ROOT}/files/{file_id}"
    assert (await house.post(f"{path}/withdrawals", {}, as_=publisher(house))).status_code == 422
    told = await house.post(f"{path}/withdrawals", WHY, as_=publisher(house))
    assert (told.status_code, told.json()["items_naming"]) == (200, 1), told.text
    gone = await house.get(path, headers={"If-None-Match": f'"{file_id}"'})
    assert (gone.status_code, gone.json()["type"]) == (410, "/problems/file-withdrawn")
    assert "姓名" not in gone.text
    assert [one["id"] for one in (await house.get(f"{path}/items")).json()["results"]] == [item_id]
    twice = await house.post(f"{path}/withdrawals", WHY, as_=publisher(house))
    assert twice.json()["type"] == "/problems/file-withdrawn-already"
    [listed] = (await house.get(f"{ROOT}/files", as_=publisher(house))).json()["results"]
    assert listed["withdrawn_for"] == WHY["reason"]


async def test_a_withdrawn_file_is_named_by_no_new_version_and_the_same_bytes_bring_it_not_back(
    house,
):
    file_id = await kept(house)
    await house.post(f"{ROOT}/files/{file_id}/withdrawals", WHY, as_=publisher(house))
    assert await kept(house) == file_id
    made = await house.post(f"{ROOT}/items", {"guide": naming(file_id)}, as_=publisher(house))
    path = f"{ROOT}/items/{made.json()['item_id']}/drafts/1/submissions"
    refused = await house.post(path, {}, as_=publisher(house))
    assert [one["code"] for one in refused.json()["errors"]] == ["file-withdrawn"]


async def test_a_file_withdrawn_by_mistake_is_shown_again_with_its_history(house):
    file_id = await kept(house)
    await put_in_force(house, file_id)
    path = f"{ROOT}/files/{file_id}"
    early = await house.post(f"{path}/reinstatements", WHY, as_=publisher(house))
    assert early.json()["type"] == "/problems/file-not-withdrawn"
    await house.post(f"{path}/withdrawals", WHY, as_=publisher(house))
    body = {"reason": "核对后并无个人信息"}
    again = await house.post(f"{path}/reinstatements", body, as_=publisher(house, 2))
    assert (again.status_code, again.json()["withdrawn_at"]) == (200, None)
    assert await status(house, file_id) == 200
    steps = (await house.get(f"{path}/steps", as_=publisher(house))).json()["results"]
    assert [(one["step"], one["reason"]) for one in steps] == [
        ("withdrawn", WHY["reason"]),
        ("reinstated", body["reason"]),
    ]


async def test_another_department_neither_withdraws_a_file_nor_shows_it_again(house):
    file_id = await kept(house)
    await put_in_force(house, file_id)
    path, stranger = f"{ROOT}/files/{file_id}", publisher(house, 9, department=OTHER)
    for way in ("withdrawals", "reinstatements"):
        assert (await house.post(f"{path}/{way}", WHY, as_=stranger)).status_code == 404
    assert (await house.get(f"{path}/steps", as_=stranger)).status_code == 404
    await house.post(f"{path}/withdrawals", WHY, as_=publisher(house))
    await kept(house, number=9, department=OTHER)
    assert await status(house, file_id) == 410
    refused = await house.post(f"{path}/reinstatements", WHY, as_=stranger)
    assert (refused.status_code, refused.json()["type"]) == (
        403,
        "/problems/file-withdrawn-elsewhere",
    )
    assert DEPARTMENT != OTHER

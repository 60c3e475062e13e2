"""Whose numbers of task types: the nation's, or those of 广东政务服务网; and basic codes that nobody knows, in a file."""

import pytest
from catalog_examples import guide, published, register_basic_item

from contracts.guide import Guide

ROOT = "/catalog/v1"


@pytest.mark.parametrize(("national", "guangdong"), [("01", "01"), ("10", "20"), ("20", "21")])
async def test_items_are_read_with_the_numbers_of_guangdong_when_asked(house, national, guangdong):
    item_id = await published(house, task_type=national, item_code="YW-1")
    asked = {"codes": "guangdong"}
    for params, number in (({}, national), (asked, guangdong)):
        one = await house.get(f"{ROOT}/items/{item_id}", params=params)
        assert one.json()["guide"]["task_type"] == number
        [listed] = (await house.get(f"{ROOT}/items", params=params)).json()["results"]
        [found] = (await house.get(f"{ROOT}/items", params={"q": "食品", **params})).json()[
            "results"
        ]
        assert listed["task_type"] == found["task_type"] == number
    plain = (await house.get(f"{ROOT}/items/{item_id}")).json()
    there = (await house.get(f"{ROOT}/items/{item_id}", params=asked)).json()
    there["guide"]["task_type"] = national
    assert there == plain
    assert (await house.get(f"{ROOT}/items", params={"codes": "mine"})).status_code == 422


async def imported(house, **changes) -> list[str]:
    """The codes of what an import says of one guide; it is taken whatever they are."""
    me = house.staff("system_admin")
    line = Guide.model_validate(guide(**changes)).model_dump_json()
    upload = {"file": ("guides.jsonl", line.encode())}
    job = await house.post(f"{ROOT}/imports", files=upload, as_=me)
    await house.run_jobs()
    ended = (await house.get(job.headers["location"], as_=me)).json()
    assert (ended["state"], ended["refused"]) == ("done", 0), ended
    [row] = (await house.get(ended["rows"], as_=me)).json()["results"]
    return [fault["code"] for fault in row["faults"]]


async def test_an_import_remarks_a_basic_code_that_is_on_no_list(house):
    await register_basic_item(house)
    said = await imported(house, basic_code="440118009999", item_code="YW-1")
    assert "basic-item-unknown" in said
    said = await imported(house, basic_code="440118009000", item_code="YW-2")
    assert not [code for code in said if code.startswith("basic-item")]

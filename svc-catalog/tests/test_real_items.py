"""The list of a real city through the public door. The project does not ship it; where it lies beside, it is taken."""

import json
from pathlib import Path

import pytest

from contracts.events.catalog import ItemVersionPublished

DATA = Path(__file__).parents[3] / "shared/data"
LIST = DATA / "service-items/items.jsonl"
QUERIES = DATA / "search-queries/queries.jsonl"

pytestmark = pytest.mark.skipif(
    not LIST.exists(), reason="the project does not ship this list; it lies beside the repository"
)


async def imported(house, data: bytes, name: str = "items.jsonl") -> dict:
    admin = house.staff("system_admin")
    answer = await house.post("/catalog/v1/imports", files={"file": (name, data)}, as_=admin)
    assert answer.status_code == 202, answer.text
    await house.run_jobs()
    return (await house.get(answer.headers["location"], as_=admin)).json()


async def test_every_row_of_a_real_list_gets_a_verdict_and_can_be_found(house):
    data = LIST.read_bytes()
    job = await imported(house, data)
    assert job["state"] == "done", job["error"]
    assert (job["done"], job["total"]) == (1135, 1135)
    assert job["accepted"] + job["remarked"] + job["refused"] == 1135
    assert job["refused"] == 0
    assert len(await house.told(ItemVersionPublished)) == 1135
    codes = {json.loads(line)["item_code"] for line in data.decode().splitlines()}
    kept = {row["original_code"] for row in await house.sql("SELECT original_code FROM items")}
    assert kept == codes
    for word in ("户口", "社保"):
        page = (await house.get(f"/catalog/v1/items?q={word}")).json()
        assert page["results"], word
        assert page["results"][0]["original_code"] in codes


async def test_most_queries_are_answered_on_the_first_page(house):
    """hit@1: the first result is relevant; hit@5: one of five is. The floor is well below what is measured."""
    await imported(house, LIST.read_bytes())
    asked = [json.loads(line) for line in QUERIES.read_text().splitlines()]
    first = five = 0
    for query in asked:
        page = await house.get("/catalog/v1/items", params={"q": query["query"], "limit": 5})
        found = [hit["original_code"] in query["relevant"] for hit in page.json()["results"]]
        first += found[:1] == [True]
        five += any(found)
    share = first / len(asked), five / len(asked)
    print(f"hit@1 {share[0]:.3f} hit@5 {share[1]:.3f} over {len(asked)}")
    assert share[0] >= 0.75
    assert share[1] >= 0.9

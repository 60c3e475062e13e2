"""The list of a real city through the public door. The project does not ship it; where it lies beside, it is taken."""

import json
import time
from pathlib import Path

import pytest

from contracts.events.catalog import ItemVersionPublished

LIST = Path(__file__).parents[3] / "shared/data/service-items/items.jsonl"

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
    started = time.perf_counter()
    job = await imported(house, data)
    print(job, time.perf_counter() - started)
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

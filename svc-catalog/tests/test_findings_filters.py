"""Findings by every dimension that their rows have: list, file and figure say the same."""

import csv
import io
from datetime import timedelta

import pytest
from catalog_examples import DEPARTMENT, published, publisher
from test_audit import BASE, admin, audit, findings
from test_cancelled_proofs_asked import ASKED, mend
from test_proofs import cancel, listed, proof

from catalog.workers import proofs as worker

FIGURE = f"{BASE}/indicators/guides_asking_cancelled_proofs"
INCOME = {"code": "n", "name": "收入证明"}


async def three_guides(house) -> tuple[str, str, str]:
    """One guide asks for two cancelled proofs, one for one of them, one has another fault."""
    await listed(house, proof(), proof("income", name="收入证明", other_names=[]))
    both = await published(house, item_code="YW-1", materials=[ASKED, INCOME])
    one = await published(house, item_code="YW-2", materials=[INCOME])
    other = await published(house, item_code="YW-3", conditions=["提供需要的其他材料"])
    for code in ("kinship", "income"):
        await cancel(house, code)
    while await worker.find_asking(house.runtime):
        pass
    return both, one, other


async def filed(house, query: str) -> list[dict]:
    answer = await house.get(f"{BASE}/findings/export?{query}", as_=admin(house))
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def figure(house, query: str = "") -> dict:
    answer = await house.get(f"{FIGURE}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_tile_of_guides_that_ask_for_a_cancelled_proof_opens_down_to_exactly_those(house):
    both, one, other = await three_guides(house)
    await audit(house)
    assert other in {row["item_id"] for row in await findings(house)}
    shown = await figure(house)
    assert (shown["value"], shown["unit"]) == (2, "项")
    opened = (await house.get(shown["records_url"], as_=admin(house))).json()["results"]
    assert sorted(row["item_id"] for row in opened) == sorted([both, one])
    assert {row["rule"] for row in opened} == {"no-cancelled-proof"}
    for query, items in (
        (f"department={DEPARTMENT}", 2),
        ("department=NONE", 0),
        ("division=4451", 2),
    ):
        part = await figure(house, query)
        rows = (await house.get(part["records_url"], as_=admin(house))).json()["results"]
        assert (part["value"], len(rows)) == (items, items), query


async def test_the_tile_of_an_earlier_day_still_opens_down_to_what_it_counted(house):
    both, one, _ = await three_guides(house)
    day = house.clock.now().date().isoformat()
    house.clock.move(timedelta(days=1))
    await mend(house, one)
    then, now = await figure(house, f"to={day}"), await figure(house)
    assert (then["value"], now["value"]) == (2, 1)
    rows = (await house.get(then["records_url"], as_=admin(house))).json()["results"]
    assert {row["item_id"] for row in rows} == {both, one}
    rows = (await house.get(now["records_url"], as_=admin(house))).json()["results"]
    assert {row["item_id"] for row in rows} == {both}


async def test_findings_are_listed_by_the_cancelled_proof_that_is_asked_for(house):
    both, one, _ = await three_guides(house)
    assert {row["item_id"] for row in await findings(house, "proof=income")} == {both, one}
    assert {row["item_id"] for row in await findings(house, "proof=kinship")} == {both}
    assert await findings(house, "proof=unknown") == []
    assert len(await findings(house, "cancelled_proof=true")) == 3
    assert len(await findings(house, "place=income")) == 2
    await audit(house)
    others = await findings(house, "cancelled_proof=false")
    assert others
    assert "no-cancelled-proof" not in {row["rule"] for row in others}


@pytest.mark.parametrize(
    ("query", "many"),
    [
        ("cancelled_proof=true", 3),
        ("cancelled_proof=true&each_item=true", 2),
        ("proof=income", 2),
        ("proof=income&item_code=YW-2", 1),
        ("cancelled_proof=true&due_from=2026-03-09&due_to=2026-03-09", 3),
        ("cancelled_proof=true&due_to=2026-03-08", 0),
        ("cancelled_proof=true&closed_from=2026-01-01", 1),
        ("cancelled_proof=true&closed_to=2026-01-01", 0),
        ("cancelled_proof=true&outcome=mended", 1),
        ("cancelled_proof=true&open=false", 1),
        ("cancelled_proof=true&accepted_until_from=2026-01-01", 0),
        ("cancelled_proof=true&reference_item=019a0000-0000-7000-8000-000000000001", 0),
        ("cancelled_proof=true&overdue=false&consistency=false&state=open", 2),
    ],
)
async def test_the_file_has_the_rows_of_the_list_whatever_is_asked(house, query, many):
    _, one, _ = await three_guides(house)
    await mend(house, one)
    rows = await findings(house, query)
    assert len(rows) == many
    assert {row["id"] for row in rows} == {row["编号"] for row in await filed(house, query)}


async def test_what_was_accepted_is_found_by_the_day_until_which_it_is(house):
    await three_guides(house)
    [found] = await findings(house, "proof=kinship")
    body = {"reason": "过渡期", "basis": "潮府办〔2026〕1号", "until": "2026-06-30"}
    path = f"{BASE}/findings/{found['id']}/acceptances"
    assert (await house.post(path, body, as_=admin(house))).status_code == 201
    until = "accepted_until_from=2026-06-30&accepted_until_to=2026-06-30"
    assert [row["id"] for row in await findings(house, until)] == [found["id"]]
    [row] = await filed(house, until)
    assert (row["渠道或证明"], row["认可至"]) == ("kinship", "2026-06-30")


async def test_the_filters_never_reach_beyond_the_caller(house):
    await three_guides(house)
    stranger = publisher(house, 9, department="11445122MB2X00030H")
    for query in ("cancelled_proof=true&each_item=true", "proof=income", "place=kinship"):
        assert await findings(house, query, as_=stranger) == []
        assert len(await findings(house, query, as_=publisher(house))) > 0


@pytest.mark.parametrize("query", ["proof=%27%3B", "due_from=soon", "cancelled_proof=maybe"])
async def test_a_filter_that_makes_no_sense_is_refused(house, query):
    answer = await house.get(f"{BASE}/findings?{query}", as_=admin(house))
    assert answer.status_code == 422, answer.text

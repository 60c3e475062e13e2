"""A proof is cancelled while guides in force ask for it: findings at each owner, counted down to zero."""

import asyncio
from datetime import timedelta

from catalog_examples import guide, published, publisher
from test_audit import admin, audit, findings
from test_proofs import PROOFS, TOMORROW, cancel, decide, listed, proof

from catalog.workers import proofs as worker
from contracts.events.catalog import FindingClosed, FindingOpened

RULE = "no-cancelled-proof"
ROOT = "/catalog/v1"
ASKED = {"code": "m", "name": "亲属关系证明书"}
SPARED = {**ASKED, "commitment": True, "exemption_ground": "告知承诺", "proof": "kinship"}


async def open_ones(house) -> list[dict]:
    return await findings(house, f"rule={RULE}&state=open")


async def asked_by(house, code="kinship") -> int:
    return (await house.get(f"{PROOFS}/{code}/asked-by")).json()["items_asking"]


async def mend(house, item: str, *materials) -> None:
    body = {"guide": guide(item_code=await code_of(house, item), materials=list(materials))}
    path = f"{ROOT}/items/{item}"
    draft = await house.post(f"{path}/drafts", body, as_=publisher(house))
    assert draft.status_code == 201, draft.text
    number = {"number": draft.json()["number"]}
    done = await house.post(f"{path}/publications", number, as_=publisher(house, 2))
    assert done.status_code == 201, done.text


async def code_of(house, item: str) -> str:
    return (await house.get(f"{ROOT}/items/{item}")).json()["item_code"]


async def two_that_ask(house) -> tuple[str, str]:
    """Two guides in force that ask for a proof, one that spares it, and its cancellation."""
    await listed(house)
    first = await published(house, item_code="YW-1", materials=[ASKED])
    second = await published(
        house, item_code="YW-2", materials=[{"code": "m", "name": "关系说明", "proof": "kinship"}]
    )
    await published(house, item_code="YW-3", materials=[SPARED])
    await cancel(house)
    return first, second


async def test_owners_are_told_which_material_is_which_cancelled_proof_and_how_to_mend_it(house):
    first, second = await two_that_ask(house)
    assert await worker.find_asking(house.runtime) == 2
    found = {row["item_id"]: row for row in await open_ones(house)}
    assert set(found) == {first, second}
    row = found[first]
    assert (row["fields"], row["place"]) == (["/materials/0"], "kinship")
    for words in (
        "亲属关系证明书",
        "“亲属关系证明”（kinship）",
        "潮府办〔2026〕1号",
        "书面告知承诺",
    ):
        assert words in row["what"], words
    assert "请勾选 commitment" in row["how_to_mend"]
    assert row["due_on"] == "2026-03-09"
    facts = await house.told(FindingOpened)
    assert {str(fact.item_id) for fact in facts} == {first, second}
    assert {fact.rule for fact in facts} == {RULE}
    own = await findings(house, f"rule={RULE}", as_=publisher(house))
    assert len(own) == 2


async def test_the_count_goes_down_to_zero_as_guides_are_mended(house):
    first, second = await two_that_ask(house)
    await worker.find_asking(house.runtime)
    counts = [(len(await open_ones(house)), await asked_by(house))]
    for item, materials in ((first, ()), (second, (SPARED,))):
        await mend(house, item, *materials)
        counts.append((len(await open_ones(house)), await asked_by(house)))
    assert counts == [(2, 2), (1, 1), (0, 0)]
    closed = await house.told(FindingClosed)
    assert {(str(fact.item_id), fact.outcome) for fact in closed} == {
        (first, "mended"),
        (second, "mended"),
    }
    await audit(house)
    assert await open_ones(house) == []


async def test_nothing_is_found_before_its_day_and_each_once_however_many_look(house):
    await listed(house)
    await published(house, materials=[ASKED])
    await cancel(house, effective_from=TOMORROW)
    assert await worker.find_asking(house.runtime) == 0
    house.clock.move(timedelta(days=1))
    opened = await asyncio.gather(*(worker.find_asking(house.runtime) for _ in range(3)))
    assert sum(opened) == 1
    assert await worker.find_asking(house.runtime) == 0
    assert len(await house.told(FindingOpened)) == 1
    await audit(house)
    assert len(await open_ones(house)) == 1
    assert [fact.rule for fact in await house.told(FindingOpened)].count(RULE) == 1


async def test_a_proof_that_is_demanded_again_by_law_closes_what_was_found(house):
    await two_that_ask(house)
    await worker.find_asking(house.runtime)
    body = {"effective_from": TOMORROW, "reason": "新法要求", "document": "某法第三条"}
    path = f"{PROOFS}/kinship/reinstatements"
    house.clock.move(timedelta(days=1))
    answer = await house.post(path, body, as_=publisher(house, 2))
    assert answer.status_code == 201, answer.text
    assert await worker.close_retained(house.runtime) == 0
    confirmed = await decide(house, answer.json()["id"], "confirmations", by=1)
    assert confirmed.status_code == 201, confirmed.text
    assert await worker.close_retained(house.runtime) == 2
    assert await open_ones(house) == []
    steps = await house.sql("SELECT reason FROM finding_steps WHERE step = 'mended'")
    assert {"恢复保留" in row["reason"] for row in steps} == {True}


async def test_a_withdrawn_item_owes_nothing(house):
    first, _ = await two_that_ask(house)
    await worker.find_asking(house.runtime)
    why = {"reason": "停办"}
    await house.post(f"{ROOT}/items/{first}/withdrawals", why, as_=publisher(house))
    assert len(await open_ones(house)) == 1
    assert await asked_by(house) == 1


async def test_the_nightly_audit_finds_what_the_timer_could_not(house):
    """A guide that came into force with its power, by an adjustment or from another list, is looked at too."""
    first, second = await two_that_ask(house)
    await house.sql("UPDATE proof_periods SET sought_at = now()")
    assert await worker.find_asking(house.runtime) == 0
    await audit(house)
    assert {row["item_id"] for row in await open_ones(house)} == {first, second}


async def test_a_list_registered_as_cancelled_is_sought_as_well(house):
    await published(house, item_code="YW-1", materials=[{"code": "m", "name": "收入证明"}])
    row = proof("income", name="收入证明", other_names=[], status="cancelled", stands_in="nothing")
    await listed(house, {**row, "document": "2023年"}, as_=admin(house))
    assert await worker.find_asking(house.runtime) == 1
    [found] = await open_ones(house)
    assert "请删除该材料" in found["how_to_mend"]


async def test_what_was_accepted_for_now_is_not_opened_again(house):
    first, _ = await two_that_ask(house)
    await worker.find_asking(house.runtime)
    finding = next(row for row in await open_ones(house) if row["item_id"] == first)
    await house.sql(
        "UPDATE findings SET state = 'closed', outcome = 'accepted', closed_at = now(), "
        "closed_on = '2026-03-02', accepted_until = '2026-12-31' WHERE id = $1",
        finding["id"],
    )
    await house.sql("UPDATE proof_periods SET sought_at = NULL")
    assert await worker.find_asking(house.runtime) == 0
    assert len(await open_ones(house)) == 1

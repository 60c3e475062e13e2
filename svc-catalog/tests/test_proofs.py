"""The list of proofs (证明清单): two persons, days, guides that ask for what is cancelled, figures at past dates."""

from datetime import timedelta

from catalog_examples import DEPARTMENT, DIVISION, drafted, guide, publish, published, publisher

from catalog.domain.proofs import proof_name
from catalog.repository.proofs import proof_faults
from catalog.workers.proofs import tell_cancelled
from contracts.events.catalog import ProofCancelled
from contracts.guide import Guide

PROOFS = "/catalog/v1/proofs"
TODAY, TOMORROW = "2026-03-02", "2026-03-03"


def proof(code="kinship", **changes) -> dict:
    return {
        "code": code,
        "name": "亲属关系证明",
        "other_names": ["亲属关系公证书"],
        "department": DEPARTMENT,
        "department_name": "湘桥区市场监督管理局",
        "division": DIVISION,
        "issuing_unit": "公安派出所",
        "legal_basis": "潮州市证明事项保留清单",
        "effective_from": "2020-01-01",
        **changes,
    }


async def listed(house, *rows, as_=None) -> None:
    body = {"rows": list(rows or [proof()])}
    answer = await house.post(PROOFS, body, as_=as_ or publisher(house))
    assert answer.status_code == 200, answer.text


async def propose(house, code="kinship", *, by=1, **changes):
    body = {
        "stands_in": "commitment",
        "commitment_text": "本人承诺与{关系人}系{关系}。",
        "effective_from": TODAY,
        "reason": "减证便民",
        "document": "潮府办〔2026〕1号",
        **changes,
    }
    return await house.post(f"{PROOFS}/{code}/cancellations", body, as_=publisher(house, by))


async def cancel(house, code="kinship", **changes) -> str:
    answer = await propose(house, code, **changes)
    assert answer.status_code == 201, answer.text
    change_id = answer.json()["id"]
    assert (await decide(house, change_id, "confirmations", code=code)).status_code == 201
    return change_id


async def decide(house, change_id, step, *, by=2, code="kinship", reason="已核对"):
    path = f"{PROOFS}/{code}/changes/{change_id}/{step}"
    return await house.post(path, {"reason": reason}, as_=publisher(house, by))


async def status_on(house, day, code="kinship") -> str:
    return (await house.get(f"{PROOFS}/{code}", params={"on": day})).json()["status"]


async def faults(house, *materials, **changes) -> list[tuple[str, str]]:
    tx = house.runtime.begin_system()
    try:
        asked = Guide.model_validate(guide(materials=list(materials), **changes))
        [found] = await proof_faults(tx, [asked])
    finally:
        await tx.close()
    return [(one.code, one.pointer) for one in found]


async def figure(house, **params) -> int:
    answer = await house.get("/catalog/v1/indicators/proofs_cancelled", params=params)
    return answer.json()["value"]


async def test_a_cancellation_needs_a_second_person_and_holds_from_its_day(house):
    await listed(house)
    change = (await propose(house, effective_from=TOMORROW)).json()
    own = await decide(house, change["id"], "confirmations", by=1)
    assert (own.status_code, own.json()["type"].rsplit("/", 1)[-1]) == (403, "second-person-needed")
    assert (await decide(house, change["id"], "confirmations")).json()["state"] == "confirmed"
    assert [await status_on(house, day) for day in (TODAY, TOMORROW)] == ["retained", "cancelled"]
    assert await tell_cancelled(house.runtime) == 0
    house.clock.move(timedelta(days=1))
    assert await tell_cancelled(house.runtime) == 1
    assert await tell_cancelled(house.runtime) == 0
    [fact] = await house.told(ProofCancelled)
    assert (fact.proof_code, fact.stands_in, str(fact.effective_from)) == (
        "kinship",
        "commitment",
        TOMORROW,
    )
    steps = (await house.get(f"{PROOFS}/kinship/steps")).json()["results"]
    assert [step["step"] for step in steps] == ["listed", "cancel-proposed", "cancel-confirmed"]


async def test_a_cancellation_says_what_stands_in_and_no_day_in_the_past(house):
    await listed(house)
    past = await propose(house, effective_from="2026-03-01")
    assert past.json()["type"].rsplit("/", 1)[-1] == "effective-day-past"
    for stands_in, missing in (
        ("certificate", "/certificate_type"),
        ("data", "/data_resource"),
        ("commitment", "/commitment_text"),
    ):
        answer = await propose(house, stands_in=stands_in, commitment_text="")
        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json()["errors"]] == [missing]
    assert (await propose(house, stands_in="nothing", commitment_text="")).status_code == 201


async def test_a_day_that_passed_while_the_proposal_waited_is_refused_at_confirmation(house):
    await listed(house)
    change = (await propose(house)).json()
    house.clock.move(timedelta(days=1))
    late = await decide(house, change["id"], "confirmations")
    assert (late.status_code, late.json()["type"].rsplit("/", 1)[-1]) == (422, "effective-day-past")


async def test_one_change_at_a_time_and_each_is_decided_once(house):
    await listed(house)
    change = (await propose(house)).json()
    assert (await propose(house, by=2)).status_code == 409
    returned = await decide(house, change["id"], "returns", reason="依据不足")
    assert returned.json()["state"] == "returned"
    assert (await decide(house, change["id"], "confirmations")).status_code == 409
    again = (await propose(house)).json()
    taken = await decide(house, again["id"], "returns", by=1, reason="提错了")
    assert taken.json()["state"] == "taken-back"
    assert await status_on(house, TODAY) == "retained"


async def test_a_confirmed_cancellation_is_revoked_before_its_day_and_not_after(house):
    await listed(house)
    change = await cancel(house, effective_from=TOMORROW)
    assert (await decide(house, change, "revocations", reason="暂缓")).json()["state"] == "revoked"
    assert await status_on(house, TOMORROW) == "retained"
    change = await cancel(house)
    late = await decide(house, change, "revocations", reason="暂缓")
    assert late.json()["type"].rsplit("/", 1)[-1] == "proof-change-in-force"


async def test_a_cancelled_proof_is_reinstated_by_law_with_a_reason_and_two_persons(house):
    await listed(house)
    await cancel(house)
    house.clock.move(timedelta(days=1))
    body = {"effective_from": TOMORROW, "reason": "新法要求", "document": "某法第三条"}
    answer = await house.post(f"{PROOFS}/kinship/reinstatements", body, as_=publisher(house, 2))
    assert answer.status_code == 201, answer.text
    assert (await decide(house, answer.json()["id"], "confirmations", by=1)).status_code == 201
    assert [await status_on(house, day) for day in (TODAY, TOMORROW)] == ["cancelled", "retained"]
    assert [await figure(house, to=day) for day in ("2026-03-01", TODAY, TOMORROW)] == [0, 1, 0]
    again = await house.post(f"{PROOFS}/kinship/reinstatements", body, as_=publisher(house, 1))
    assert again.status_code == 409


async def test_a_guide_that_asks_for_a_cancelled_proof_is_refused_by_code_and_by_any_of_its_names(
    house,
):
    await listed(house)
    retained = {"code": "m", "name": "亲属关系证明", "proof": "kinship"}
    assert await faults(house, retained) == []
    await cancel(house)
    for name in (
        "亲属关系证明",
        "亲属关系 证明",
        "亲属关系证明书",
        "亲属关系证明（原件）",
        "亲属关系公证",
    ):
        found = await faults(house, {"code": "m", "name": name})
        assert found == [("proof-cancelled", "/guide/materials/0")], name
    assert await faults(house, {"code": "m", "name": "关系说明", "proof": "kinship"}) == [
        ("proof-cancelled", "/guide/materials/0")
    ]
    assert await faults(house, {"code": "m", "name": "结婚证"}) == []
    spared = {**retained, "commitment": True, "exemption_ground": "告知承诺"}
    assert await faults(house, spared) == []
    assert await faults(house, {"code": "m", "name": "某证明", "proof": "nowhere"}) == [
        ("proof-unknown", "/guide/materials/0/proof")
    ]


async def test_publication_is_refused_while_the_guide_asks_for_a_cancelled_proof(house):
    await listed(house)
    await cancel(house)
    draft = await drafted(house, materials=[{"code": "m", "name": "亲属关系证明书"}])
    answer = await publish(house, draft["item_id"], draft["number"])
    assert answer.status_code == 422, answer.text
    assert "proof-cancelled" in [fault["code"] for fault in answer.json()["errors"]]
    assert (await house.get(f"/catalog/v1/items/{draft['item_id']}")).status_code == 404


async def test_a_guide_for_a_later_day_is_held_against_the_list_of_that_day(house):
    await listed(house)
    await cancel(house, effective_from=TOMORROW)
    asked = {"code": "m", "name": "亲属关系证明"}
    assert await faults(house, asked) == []
    assert await faults(house, asked, effective_from=TOMORROW) != []


async def test_the_refusal_says_what_stands_in_and_how_to_mend_it(house):
    await listed(house)
    await cancel(house)
    tx = house.runtime.begin_system()
    try:
        asked = Guide.model_validate(guide(materials=[{"code": "m", "name": "亲属关系证明"}]))
        [[fault]] = await proof_faults(tx, [asked])
    finally:
        await tx.close()
    assert "书面告知承诺" in fault.zh
    assert "commitment" in fault.zh
    assert "潮府办〔2026〕1号" in fault.zh


async def test_guides_already_in_force_that_ask_for_it_are_found(house):
    await listed(house)
    asked = [{"code": "m", "name": "亲属关系证明书"}]
    asking = await published(house, item_code="A-1", materials=asked)
    spared = [
        {
            "code": "m",
            "name": "关系说明",
            "proof": "kinship",
            "commitment": True,
            "exemption_ground": "告知承诺",
        }
    ]
    await published(house, item_code="A-2", materials=spared)
    gone = await published(house, item_code="A-3", materials=asked)
    await house.post(
        f"/catalog/v1/items/{gone}/withdrawals", {"reason": "停办"}, as_=publisher(house)
    )
    found = (await house.get(f"{PROOFS}/kinship/asked-by")).json()
    assert [row["item_id"] for row in found["results"]] == [asking]
    assert (found["items_asking"], found["items_sparing"]) == (1, 1)
    sparing = await house.get(f"{PROOFS}/kinship/asked-by", params={"spared": "true"})
    assert [row["material"] for row in sparing.json()["results"]] == ["关系说明"]


async def test_a_mended_guide_is_no_longer_among_those_that_ask(house):
    await listed(house)
    item = await published(house, materials=[{"code": "m", "name": "亲属关系证明"}])
    path = f"/catalog/v1/items/{item}"
    draft = await house.post(f"{path}/drafts", {"guide": guide(materials=[])}, as_=publisher(house))
    body = {"number": draft.json()["number"]}
    answer = await house.post(f"{path}/publications", body, as_=publisher(house, 2))
    assert answer.status_code == 201, answer.text
    assert (await house.get(f"{PROOFS}/kinship/asked-by")).json()["items_asking"] == 0


async def test_a_published_list_is_registered_whole_and_counts_from_its_own_days(house):
    admin = house.staff("system_admin")
    rows = [
        proof(
            f"p-{n}", name=f"证明甲{n}", status="cancelled", stands_in="nothing", document="2023年"
        )
        for n in range(5)
    ]
    await listed(house, *rows, as_=admin)
    assert await figure(house) == 5
    assert await figure(house, to="2019-12-31") == 0
    assert await figure(house, to="2020-01-01") == 5
    assert await figure(house, department="NOBODY-1") == 0
    page = await house.get(PROOFS, params={"status": "cancelled", "limit": 3, "count": "exact"})
    assert (len(page.json()["results"]), page.json()["count"]) == (3, 5)
    answer = await house.post(PROOFS, {"rows": [proof("p-1", name="证明甲1改名")]}, as_=admin)
    assert answer.json() == {"listed": 0, "corrected": 1}
    assert (await house.get(f"{PROOFS}/p-1")).json()["status"] == "cancelled"


async def test_a_list_with_a_fault_in_one_row_is_refused_whole(house):
    bad = proof("p-2", status="cancelled", stands_in="certificate")
    admin = house.staff("system_admin")
    answer = await house.post(PROOFS, {"rows": [proof("p-1"), bad]}, as_=admin)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/rows/1/certificate_type"]
    twice = await house.post(PROOFS, {"rows": [proof("p-1"), proof("p-1")]}, as_=publisher(house))
    assert twice.json()["type"].rsplit("/", 1)[-1] == "code-twice"
    assert (await house.get(PROOFS)).json()["results"] == []


async def test_a_department_lists_what_is_retained_and_cancels_by_proposal(house):
    bad = proof("p-2", status="cancelled", stands_in="nothing", document="2023年")
    answer = await house.post(PROOFS, {"rows": [proof("p-1"), bad]}, as_=publisher(house))
    assert answer.status_code == 422
    assert [fault["code"] for fault in answer.json()["errors"]] == ["cancellation-proposed-only"]
    assert (await house.get(PROOFS)).json()["results"] == []


async def test_another_departments_proof_is_not_changed(house):
    await listed(house)
    stranger = publisher(house, 9, department="11445102OTHER0001X")
    answer = await house.post(PROOFS, {"rows": [proof()]}, as_=stranger)
    assert answer.status_code == 403
    body = {"stands_in": "nothing", "effective_from": TODAY, "reason": "x"}
    answer = await house.post(f"{PROOFS}/kinship/cancellations", body, as_=stranger)
    assert answer.status_code == 403
    assert (await house.get(f"{PROOFS}/kinship")).json()["name"] == "亲属关系证明"


async def test_the_list_goes_out_as_a_table_and_finds_a_name_however_it_is_written(house):
    await listed(house, proof(), proof("income", name="收入证明"))
    lines = (await house.get(f"{PROOFS}/export", params={"format": "jsonl"})).text.splitlines()
    assert len(lines) == 2
    csv = (await house.get(f"{PROOFS}/export")).content.decode("utf-8-sig")
    assert csv.splitlines()[0].startswith("证明编码,证明名称")
    found = await house.get(PROOFS, params={"q": "亲属关系 证明书"})
    assert [row["code"] for row in found.json()["results"]] == ["kinship"]


async def test_two_clerks_at_once_one_of_them_is_told(house):
    await listed(house)
    headers = {"If-Match": '"1"'}
    body = {"stands_in": "nothing", "effective_from": TODAY, "reason": "x"}
    path = f"{PROOFS}/kinship/cancellations"
    first = await house.post(path, body, as_=publisher(house, 1), headers=headers)
    second = await house.post(path, body, as_=publisher(house, 2), headers=headers)
    assert (first.status_code, second.status_code) == (201, 412)


def test_names_of_proofs_are_compared_without_what_does_not_tell_them_apart():
    same = {
        "亲属关系证明",
        "亲属关系证明书",
        "亲属关系 证明",
        "亲属关系证明（原件）",
        "亲属关系证明材料",
    }
    assert {proof_name(name) for name in same} == {"亲属关系证明"}
    assert proof_name("收入证明") != proof_name("亲属关系证明")
    assert proof_name("书") == "书"
    assert proof_name("（证明）") == "证明"

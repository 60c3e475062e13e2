"""Publishing rules, findings and the consistency audit, through the doors."""

import asyncio
from datetime import timedelta

import pytest
from catalog_examples import DEPARTMENT, drafted, guide, publish, published, publisher, put

from catalog.workers.audit import NIGHTLY
from chassis.testing import eventually
from contracts.events.catalog import FindingClosed, FindingOpened

BASE = "/catalog/v1"
OTHER = "11445103MB2X00020M"
BASIC = "440118009000"


def admin(house):
    return house.staff("system_admin", subject="019a0000-0000-7000-8000-00000000aaaa")


def coordinator(house, division="445100"):
    return house.staff("coordinator", division=division)


async def audit(house) -> dict:
    answer = await house.post(f"{BASE}/audits", as_=admin(house))
    assert answer.status_code == 202, answer.text
    await house.run_jobs()
    job = (await house.get(answer.headers["location"], as_=admin(house))).json()
    assert job["state"] == "done", job
    return (await house.get(f"{BASE}/audits")).json()["results"][0]


async def findings(house, query="", as_=None) -> list[dict]:
    answer = await house.get(f"{BASE}/findings?{query}", as_=as_ or admin(house))
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def basic(house, **said) -> None:
    row = {"code": BASIC, "name": "食品经营许可", "task_type": "01", "use_levels": ["county"]}
    row |= {"in_force_from": "2026-01-01", **said}
    body = {"rows": [row], "reason": "登记基本目录"}
    answer = await house.post(f"{BASE}/basic-items", body, as_=admin(house))
    assert answer.status_code == 200, answer.text


async def two_divisions(house, **changes) -> tuple[str, str]:
    """The same item in two counties, the second with other copies of the licence."""
    await basic(house)
    first = await published(house, basic_code=BASIC, **changes)
    other = guide(basic_code=BASIC, item_code="B-2", division="445103", department=OTHER)
    for material in other["materials"]:
        if material["code"] == "licence":
            material["copies"] = 2
    draft = await house.post(
        f"{BASE}/items", {"guide": other}, as_=publisher(house, 3, department=OTHER)
    )
    assert draft.status_code == 201, draft.text
    answer = await house.post(
        f"{BASE}/items/{draft.json()['item_id']}/publications",
        {"number": 1},
        as_=publisher(house, 4, department=OTHER),
    )
    assert answer.status_code == 201, answer.text
    return first, draft.json()["item_id"]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"handling_kind": "instant"}, "instant-kind"),
        ({"visits": 1, "visit_reason": "", "online_depth": 3}, "visit-reason"),
        ({"visit_reason": "来一趟"}, "visit-reason"),
        ({"online_depth": 1, "handling_forms": ["window"]}, "no-visit-way"),
        ({"visits": 1, "online_depth": 4}, "fully-online-no-visit"),
        ({"pays_online": True}, "fee-payment"),
        ({"fees": [{"name": "费", "amount_fen": 1, "basis": ""}]}, "fee-payment"),
        ({"phone": ""}, "phones"),
        ({"phone": "2123456"}, "phones"),
        ({"phone": "0768-2123457"}, "phones"),
        ({"hours": "周一至周五"}, "hours"),
        ({"steps": []}, "licence-steps"),
        ({"steps": [{"code": "review", "name": "审", "working_days": 9}]}, "steps-within-promise"),
        ({"questions": []}, "licence-questions"),
    ],
)
async def test_a_guide_that_breaks_a_rule_is_not_published_and_is_told_how_to_mend_it(
    house, change, rule
):
    draft = await drafted(house, **change)
    answer = await publish(house, draft["item_id"], draft["number"])
    assert answer.status_code == 422
    [fault] = [each for each in answer.json()["errors"] if each["code"] == rule]
    assert fault["pointer"].startswith("/guide/")
    assert "请" in fault["detail"]


async def test_a_rule_is_data_and_a_change_of_it_counts_at_once_with_its_history(house):
    path = f"{BASE}/publishing-rules/phones"
    rule = (await house.get(path)).json()
    body = {
        name: rule[name] for name in rule if name not in {"code", "version", "kind", "changed_at"}
    }
    body |= {"parameters": {"area_code": "020"}, "reason": "改用省会区号"}
    assert (await put(house, path, body, as_=admin(house), if_match=None)).status_code == 428
    assert (await put(house, path, body, as_=admin(house), if_match='"7"')).status_code == 412
    assert (await put(house, path, body, as_=publisher(house), if_match='"1"')).status_code == 403
    changed = await put(house, path, body, as_=admin(house), if_match='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    draft = await drafted(house)
    answer = await publish(house, draft["item_id"], 1)
    assert "020" in answer.json()["errors"][0]["detail"]
    versions = (await house.get(f"{path}/versions")).json()["results"]
    assert [(each["version"], each["reason"]) for each in versions] == [
        (2, "改用省会区号"),
        (1, "初始规则"),
    ]
    assert versions[1]["content"]["parameters"] == {"area_code": "0768"}


@pytest.mark.parametrize(
    ("expression", "code", "pointer"),
    [
        ({"filled": "colour"}, "fact-unknown", "/expression/filled"),
        ({"lt": ["phone", 3]}, "types-differ", "/expression/lt"),
        ({"maybe": []}, "operator-unknown", "/expression/maybe"),
        ({"all": []}, "rule-malformed", "/expression/all"),
        ({}, "rule-malformed", "/expression"),
        ({"eq": ["phone"]}, "rule-malformed", "/expression/eq"),
        ({"eq": ["visits", 1.5]}, "value-unknown", "/expression/eq/1"),
        ({"eq": ["phone", {"parameter": "x"}]}, "parameter-unknown", "/expression/eq/1"),
        ({"eq": [{"sum": ["phone"]}, 1]}, "types-differ", "/expression/eq/0"),
    ],
)
async def test_an_expression_that_cannot_be_used_is_refused_before_it_counts(
    house, expression, code, pointer
):
    path = f"{BASE}/publishing-rules/hours/trials"
    answer = await house.post(path, {"expression": expression}, as_=admin(house))
    assert answer.status_code == 422
    assert (code, pointer) in [(each["code"], each["pointer"]) for each in answer.json()["errors"]]


async def test_a_trial_says_how_many_published_items_a_rule_would_find_and_keeps_nothing(house):
    await published(house)
    path = f"{BASE}/publishing-rules/hours/trials"
    trial = (await house.post(path, {}, as_=admin(house))).json()
    assert (trial["items"], trial["found"]) == (1, 0)
    trial = (await house.post(path, {"parameters": {"word": "节假日"}}, as_=admin(house))).json()
    assert (trial["found"], trial["examples"][0]["name"]) == (1, "食品经营许可")
    assert (await house.get(f"{BASE}/publishing-rules/hours")).json()["version"] == 1


async def test_the_audit_names_each_difference_field_by_field_and_opens_it_at_the_owner(house):
    first, second = await two_divisions(house)
    seen = await audit(house)
    [found] = await findings(house, "consistency=true")
    assert seen["opened"] == seen["open_findings"] >= 1
    assert found["rule"] == "same-materials"
    assert {found["item_id"], found["reference_item_id"]} == {first, second}
    assert "复印件份数应为" in found["what"]
    assert found["fields"] == ["/materials", "/materials/1/copies"]
    assert found["due_on"] == "2026-03-09"
    told = [fact for fact in await house.told(FindingOpened) if fact.rule == "same-materials"]
    assert [str(fact.finding_id) for fact in told] == [found["id"]]
    assert told[0].department == found["department"]


async def test_what_the_basic_item_says_is_the_reference_before_any_implementation(house):
    first, second = await two_divisions(house)
    await basic(house, conditions=["有固定场所"], materials=guide()["materials"])
    await audit(house)
    found = await findings(house, "consistency=true")
    by_rule = {(each["rule"], each["item_id"]) for each in found}
    assert by_rule == {
        ("same-materials", second),
        ("same-conditions", first),
        ("same-conditions", second),
    }
    assert {each["reference_item_id"] for each in found} == {None}
    assert any("缺少受理条件“有固定场所”" in each["what"] for each in found)


async def test_an_audit_that_runs_again_opens_nothing_twice(house):
    await two_divisions(house)
    await audit(house)
    count = len(await house.told(FindingOpened))
    again = await audit(house)
    assert (again["opened"], again["closed"]) == (0, 0)
    assert len(await house.told(FindingOpened)) == count


async def test_a_finding_is_closed_at_once_when_its_items_new_version_mends_it(house):
    item_id = await published(house, conditions=["提供需要的其他材料"])
    await audit(house)
    [found] = await findings(house, "rule=no-catch-all")
    answer = await house.post(
        f"{BASE}/items/{item_id}/drafts", {"guide": guide()}, as_=publisher(house, 1)
    )
    await publish(house, item_id, answer.json()["number"])
    [closed] = await findings(house, "rule=no-catch-all")
    assert (closed["id"], closed["state"], closed["outcome"]) == (found["id"], "closed", "mended")
    [told] = [f for f in await house.told(FindingClosed) if f.rule == "no-catch-all"]
    assert told.outcome == "mended"
    steps = (await house.get(f"{BASE}/findings/{found['id']}/steps", as_=admin(house))).json()
    assert [each["step"] for each in steps["results"]] == ["opened", "mended"]


async def test_mending_the_one_that_differs_closes_the_finding_whichever_side_is_mended(house):
    first, second = await two_divisions(house)
    await audit(house)
    [found] = await findings(house, "consistency=true")
    # The reference comes into line with the one that differed: the next audit sees them agree.
    reference = found["reference_item_id"]
    wanted = (await house.get(f"{BASE}/items/{found['item_id']}")).json()["guide"]
    whose = {first: (1, 2, DEPARTMENT), second: (3, 4, OTHER)}[reference]
    own = (await house.get(f"{BASE}/items/{reference}")).json()["guide"]
    body = {"guide": {**own, "materials": wanted["materials"]}}
    path = f"{BASE}/items/{reference}"
    draft = await house.post(
        f"{path}/drafts", body, as_=publisher(house, whose[0], department=whose[2])
    )
    answer = await house.post(
        f"{path}/publications",
        {"number": draft.json()["number"]},
        as_=publisher(house, whose[1], department=whose[2]),
    )
    assert answer.status_code == 201, answer.text
    await audit(house)
    [closed] = await findings(house, "consistency=true")
    assert (closed["state"], closed["outcome"]) == ("closed", "mended")


async def test_a_withdrawn_items_findings_are_closed_as_withdrawn(house):
    item_id = await published(house, conditions=["提供需要的其他材料"])
    await audit(house)
    answer = await house.post(
        f"{BASE}/items/{item_id}/withdrawals", {"reason": "停办"}, as_=publisher(house, 1)
    )
    assert answer.status_code == 201, answer.text
    assert {each["outcome"] for each in await findings(house)} == {"withdrawn"}
    assert (await audit(house))["items"] == 0


async def test_what_a_law_allows_stays_quiet_until_its_last_day_and_then_comes_back(house):
    await two_divisions(house)
    await audit(house)
    [found] = await findings(house, "consistency=true")
    path = f"{BASE}/findings/{found['id']}/acceptances"
    body = {"reason": "地方规定增加", "basis": "潮州市某某条例第五条", "until": "2026-03-03"}
    assert (await house.post(path, body, as_=publisher(house))).status_code == 403
    outside = await house.post(path, body, as_=coordinator(house, "445122"))
    assert outside.status_code == 404
    past = await house.post(path, {**body, "until": "2026-03-01"}, as_=coordinator(house))
    assert past.json()["type"] == "/problems/acceptance-day-past"
    accepted = await house.post(path, body, as_=coordinator(house))
    assert (accepted.status_code, accepted.json()["outcome"]) == (201, "accepted")
    again = await house.post(path, body, as_=coordinator(house))
    assert again.json()["type"] == "/problems/finding-closed"
    await audit(house)
    assert await findings(house, "consistency=true&open=true") == []
    await house.run_jobs()
    house.clock.move(_days(2))
    await audit(house)
    [back] = await findings(house, "consistency=true&open=true")
    assert back["id"] != found["id"]


async def test_an_acceptance_can_be_taken_back(house):
    await two_divisions(house)
    await audit(house)
    [found] = await findings(house, "consistency=true")
    path = f"{BASE}/findings/{found['id']}"
    body = {"reason": "地方规定增加", "basis": "某某条例第五条", "until": "2026-12-31"}
    await house.post(f"{path}/acceptances", body, as_=coordinator(house))
    ended = await house.post(
        f"{path}/acceptance-ends", {"reason": "依据已废止"}, as_=coordinator(house)
    )
    assert ended.status_code == 201, ended.text
    twice = await house.post(
        f"{path}/acceptance-ends", {"reason": "依据已废止"}, as_=coordinator(house)
    )
    assert twice.status_code == 409
    await audit(house)
    assert len(await findings(house, "consistency=true&open=true")) == 1


async def test_a_channel_that_never_reported_is_unknown_and_one_that_shows_less_is_found(house):
    item_id = await published(house)
    path = f"{BASE}/items/{item_id}/consistency"
    channels = (await house.get(path)).json()["channels"]
    assert {each["standing"] for each in channels} == {"unknown"}
    own = guide()
    row = {
        "item_id": item_id,
        "channel": "yue-sheng-shi",
        "materials": own["materials"][:2],
        "conditions": own["conditions"],
    }
    partner = house.person("partner", kind="partner", assurance=0)
    answer = await house.post(f"{BASE}/channel-copies", {"rows": [row]}, as_=partner)
    assert answer.json() == {"kept": 1, "differing": 1}
    await audit(house)
    [found] = await findings(house, "rule=same-on-channels")
    assert (found["place"], len(found["differences"])) == ("yue-sheng-shi", 2)
    assert "缺少申请材料“房屋租赁合同”" in found["what"]
    standing = {
        each["channel"]: each["standing"] for each in (await house.get(path)).json()["channels"]
    }
    assert standing == {"yue-sheng-shi": "differs", "window": "unknown"}
    row["materials"] = own["materials"]
    await house.post(f"{BASE}/channel-copies", {"rows": [row]}, as_=partner)
    [closed] = await findings(house, "rule=same-on-channels")
    assert closed["outcome"] == "mended"


async def test_a_report_of_copies_is_taken_whole_or_not_at_all(house):
    item_id = await published(house)
    good = {"item_id": item_id, "channel": "web", "materials": [], "conditions": []}
    bad = {**good, "item_id": "019a0000-0000-7000-8000-000000000099"}
    answer = await house.post(
        f"{BASE}/channel-copies", {"rows": [good, bad, good]}, as_=admin(house)
    )
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("/rows/1/item_id", "item-unknown"),
        ("/rows/2", "row-twice"),
    ]
    assert await house.sql("SELECT 1 FROM channel_copies") == []
    other = await house.post(
        f"{BASE}/channel-copies", {"rows": [good]}, as_=publisher(house, 9, department=OTHER)
    )
    assert other.json()["errors"][0]["code"] == "item-unknown"


async def test_each_sees_the_findings_within_reach_and_anyone_the_counts(house):
    await two_divisions(house)
    await audit(house)
    [found] = await findings(house, "consistency=true")
    mine = publisher(house, 1, department=found["department"])
    stranger = publisher(house, 9, department="11445122MB2X00020M")
    assert await findings(house, "consistency=true", as_=mine)
    assert await findings(house, as_=stranger) == []
    assert await findings(house, "consistency=true", as_=coordinator(house))
    assert await findings(house, as_=coordinator(house, "445122")) == []
    path = f"{BASE}/findings/{found['id']}"
    assert (await house.get(path, as_=stranger)).status_code == 404
    assert (await house.get(f"{path}/steps", as_=stranger)).status_code == 404
    assert (await house.get(f"{BASE}/findings")).status_code == 401
    summary = (await house.get(f"{BASE}/findings/summary?days=3")).json()
    assert summary["open"] == len(await findings(house, "open=true"))
    assert "item_name" not in str(summary)


async def test_the_count_comes_down_to_nought_day_by_day(house):
    item_id = await published(house, conditions=["提供需要的其他材料"])
    await audit(house)
    house.clock.move(_days(1))
    answer = await house.post(
        f"{BASE}/items/{item_id}/drafts", {"guide": guide(**WHOLE)}, as_=publisher(house, 1)
    )
    await publish(house, item_id, answer.json()["number"])
    summary = (await house.get(f"{BASE}/findings/summary?days=2")).json()
    days = [(each["opened"], each["closed"], each["open"]) for each in summary["days"]]
    opened = days[0][0]
    assert days == [(opened, 0, opened), (0, opened, 0)]
    value = (await house.get(f"{BASE}/indicators/findings_open?to=2026-03-02")).json()
    assert value["value"] == opened
    assert (await house.get(f"{BASE}/indicators/findings_open")).json()["value"] == 0
    listed = (await house.get(value["records_url"], as_=admin(house))).json()["results"]
    assert len(listed) == opened


async def test_the_consistent_share_is_known_at_any_past_date_and_unknown_before_the_first_audit(
    house,
):
    await two_divisions(house)
    path = f"{BASE}/indicators/items_consistent_share"
    before = (await house.get(path)).json()
    assert (before["value"], before["missing"]) == (None, ["audit"])
    await audit(house)
    found = (await house.get(path)).json()
    assert (found["numerator"], found["denominator"], found["value"]) == (1, 2, 0.5)
    house.clock.move(_days(1))
    [one] = await findings(house, "consistency=true")
    body = {"reason": "地方规定", "basis": "某某条例", "until": "2026-12-31"}
    await house.post(f"{BASE}/findings/{one['id']}/acceptances", body, as_=coordinator(house))
    assert (await house.get(path)).json()["value"] == 1.0
    past = (await house.get(f"{path}?to=2026-03-02")).json()
    assert past["value"] == 0.5
    assert len((await house.get(past["records_url"], as_=admin(house))).json()["results"]) == 1
    earlier = (await house.get(f"{path}?to=2026-03-01")).json()
    assert earlier["value"] is None


async def test_completeness_counts_filled_mandatory_fields_by_department(house):
    await published(house)
    await audit(house)
    value = (await house.get(f"{BASE}/indicators/guide_completeness")).json()
    assert (value["numerator"], value["denominator"]) == (12, 13)  # no window is named
    rows = (await house.get(value["records_url"])).json()["results"]
    assert [(row["department"], row["filled"], row["mandatory"]) for row in rows] == [
        (DEPARTMENT, 12, 13)
    ]
    elsewhere = (await house.get(f"{BASE}/indicators/guide_completeness?department={OTHER}")).json()
    assert elsewhere["value"] is None


async def test_findings_are_exported_as_a_table(house):
    await two_divisions(house)
    await audit(house)
    answer = await house.get(f"{BASE}/findings/export?format=csv", as_=admin(house))
    assert answer.status_code == 200
    assert "复印件份数应为" in answer.text
    lines = await house.get(
        f"{BASE}/findings/export?format=jsonl", as_=publisher(house, 9, department="X1")
    )
    assert lines.text.strip() == ""


async def test_the_nightly_audit_starts_once_however_many_processes_look(house):
    assert await NIGHTLY.start(house.runtime) is True
    assert await NIGHTLY.start(house.runtime) is False
    await house.run_jobs()
    house.clock.move(_days(1))
    assert await NIGHTLY.start(house.runtime) is True


async def test_rules_are_read_by_anyone_and_changed_by_the_system_administrator_alone(house):
    rules = (await house.get(f"{BASE}/publishing-rules?limit=100")).json()["results"]
    assert len(rules) >= 20
    assert all(rule["source"] and rule["how_to_mend_zh"] for rule in rules)
    facts = (await house.get(f"{BASE}/publishing-facts")).json()["results"]
    assert "promised_days" in {each["name"] for each in facts}
    assert (await house.get(f"{BASE}/publishing-rules/no-such")).status_code == 404
    assert (await house.post(f"{BASE}/audits", as_=publisher(house))).status_code == 403


WHOLE = {
    "windows": [
        {"hall": "H1", "name": "综合窗口", "address": "某路 1 号", "hours": "工作日 8:30—12:00"}
    ]
}


def _days(count: int) -> timedelta:
    return timedelta(days=count)


async def test_a_killed_audit_goes_on_and_two_at_once_open_nothing_twice(house):
    await two_divisions(house)
    answer = await house.post(f"{BASE}/audits", as_=admin(house))
    killed = asyncio.create_task(house.run_jobs())
    await eventually(lambda: house.told(FindingOpened), every=0.002)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    await house.post(f"{BASE}/audits", as_=admin(house))
    house.clock.move(timedelta(minutes=5))  # the heartbeat of the first is lost
    await asyncio.gather(house.run_jobs(), house.run_jobs())
    job = (await house.get(answer.headers["location"], as_=admin(house))).json()
    assert job["state"] == "done"
    told = [(fact.rule, fact.item_id) for fact in await house.told(FindingOpened)]
    assert len(told) == len(set(told)) > 2
    audits = (await house.get(f"{BASE}/audits")).json()["results"]
    assert sum(each["opened"] for each in audits) == len(told)
    assert len(await findings(house, "open=true")) == len(told)
    assert await house.sql("SELECT 1 FROM audit_candidates") == []

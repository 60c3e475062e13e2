"""Policies for enterprises (惠企政策): rules as data, what fits and why, and who is told."""

import json
from datetime import date, timedelta

import pytest
from catalog_examples import DEPARTMENT, DIVISION, publisher
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.policy_rules import (
    Verdict,
    judge,
    rule_faults,
    trade_code,
    words_of,
)
from catalog.workers import enterprise_policies as worker
from contracts.events.catalog import EnterprisePolicyMatched, EnterprisePolicyPublished

ROOT = "/catalog/v1"
POLICIES = f"{ROOT}/enterprise-policies"
OWN = f"{ROOT}/enterprise-profiles/own"
MATCHES = f"{ROOT}/enterprise-matches/own"
TODAY = date(2026, 3, 2)

SMALL = {"fact": "size", "in": ["micro", "small"]}
CERAMICS = {"fact": "trade", "within": ["C307"]}
HERE = {"fact": "place", "within": ["445102", "445103"]}
PRIVATE = {"fact": "ownership", "in": ["private"]}
YOUNG = {"fact": "age_years", "max": 3}
CERTIFIED = {"fact": "certificates", "has_all": ["high-tech"]}

WHOLE = {
    "size": "small",
    "trade": "C3073",
    "division": "445102001",
    "ownership": "private",
    "registered_on": "2024-03-02",
    "certificates": ["high-tech"],
}


def policy(**changes) -> dict:
    return {
        "code": "HQ-2026-001",
        "title": "陶瓷小微企业技改补助",
        "division": DIVISION,
        "department": DEPARTMENT,
        "department_name": "湘桥区市场监督管理局",
        "document": "湘市监〔2026〕3号",
        "summary": "对陶瓷行业小微企业技术改造给予补助",
        "benefits": ["最高补助 20 万元"],
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "rules": [SMALL, CERAMICS, HERE],
        **changes,
    }


def enterprise(house, number: int = 1) -> dict:
    subject = f"019b0000-0000-7000-8000-{number:012d}"
    return house.person("enterprise_agent", kind="enterprise", subject=subject)


async def drafted(house, **changes) -> dict:
    answer = await house.post(POLICIES, {"policy": policy(**changes)}, as_=publisher(house, 1))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def publish(house, policy_id: str, number: int = 1, by: int = 2):
    path = f"{POLICIES}/{policy_id}/publications"
    return await house.post(path, {"number": number}, as_=publisher(house, by))


async def published(house, **changes) -> str:
    draft = await drafted(house, **changes)
    answer = await publish(house, draft["policy_id"])
    assert answer.status_code == 201, answer.text
    return draft["policy_id"]


async def keep(house, who: dict, profile: dict, *, if_match: str | None = None):
    headers = house.headers(who) | ({"If-Match": if_match} if if_match else {})
    return await house.client.put(OWN, json=profile, headers=headers)


async def matched(house, profile: dict | None, *, as_=None, **params) -> dict:
    body = {} if profile is None else {"profile": profile}
    answer = await house.post(f"{POLICIES}/matches", body, as_=as_, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def results(house, path: str, *, as_=None, **params) -> list[dict]:
    answer = await house.get(path, as_=as_, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def test_a_policy_is_public_only_after_a_second_person_published_it(house):
    draft = await drafted(house)
    assert await results(house, POLICIES) == []
    own = await publish(house, draft["policy_id"], by=1)
    assert (own.status_code, own.json()["type"]) == (403, "/problems/second-person-needed")
    assert (await publish(house, draft["policy_id"])).status_code == 201
    (row,) = await results(house, POLICIES)
    assert (row["code"], row["is_open"], row["version"]) == ("HQ-2026-001", True, 1)
    (fact,) = await house.told(EnterprisePolicyPublished)
    assert (fact.policy_code, fact.version) == ("HQ-2026-001", 1)
    steps = await results(house, f"{POLICIES}/{draft['policy_id']}/steps")
    assert [step["step"] for step in steps] == ["drafted", "published"]


async def test_only_the_own_departments_policies_are_written_and_seen_in_draft(house):
    other = publisher(house, 9, department="11445103MB2X00020M")
    answer = await house.post(POLICIES, {"policy": policy()}, as_=other)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/department-not-yours")
    draft = await drafted(house)
    path = f"{POLICIES}/{draft['policy_id']}/drafts"
    assert await results(house, path, as_=other) == []
    assert (await house.get(f"{path}/1", as_=other)).status_code == 404
    assert (await house.get(f"{POLICIES}/{draft['policy_id']}")).status_code == 404
    assert len(await results(house, f"{POLICIES}/own", as_=publisher(house))) == 1
    assert await results(house, f"{POLICIES}/own", as_=other) == []
    assert (
        await house.post(POLICIES, {"policy": policy()}, as_=enterprise(house))
    ).status_code == 403


async def test_faulty_rules_are_named_one_by_one_and_are_not_published(house):
    rules = [
        {"fact": "size", "in": ["tiny"]},
        {"fact": "colour", "in": ["red"]},
        {"fact": "trade", "within": ["Z9", "C99"]},
        {"fact": "age_years", "min": 5, "max": 3},
        {"any": []},
        {"fact": "place", "in": ["445102"]},
    ]
    draft = await drafted(house, rules=rules)
    assert len(draft["faults"]) == 7, "a draft says what stands in its way"
    answer = await publish(house, draft["policy_id"])
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/policy-rules-faulty")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/policy/rules/0/in/0", "value-unknown"),
        ("/policy/rules/1/fact", "fact-unknown"),
        ("/policy/rules/2/within/0", "value-unknown"),
        ("/policy/rules/2/within/1", "value-unknown"),
        ("/policy/rules/3", "years-reversed"),
        ("/policy/rules/4/any", "rule-empty"),
        ("/policy/rules/5", "rule-operator"),
    ]
    assert await results(house, POLICIES) == []


async def test_a_draft_is_changed_by_who_read_it_and_its_changer_does_not_publish_it(house):
    draft = await drafted(house, rules=[{"fact": "colour"}])
    path = f"{POLICIES}/{draft['policy_id']}/drafts/1"
    body = {"policy": policy()}
    headers = house.headers(publisher(house, 2))
    assert (await house.client.put(path, json=body, headers=headers)).status_code == 428
    stale = await house.client.put(path, json=body, headers=headers | {"If-Match": "7"})
    assert stale.status_code == 412
    changed = await house.client.put(path, json=body, headers=headers | {"If-Match": "1"})
    assert (changed.status_code, changed.json()["faults"]) == (200, [])
    assert (await publish(house, draft["policy_id"], by=2)).status_code == 403
    assert (await publish(house, draft["policy_id"], by=3)).status_code == 201
    again = await house.client.put(path, json=body, headers=headers | {"If-Match": "*"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/draft-published")


async def test_a_policy_that_is_over_already_is_not_published(house):
    draft = await drafted(house, valid_until="2026-03-01")
    answer = await publish(house, draft["policy_id"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/policy-expired")


async def test_a_new_version_leaves_the_old_one_readable(house):
    policy_id = await published(house)
    path = f"{POLICIES}/{policy_id}/drafts"
    other = await house.post(path, {"policy": policy(code="OTHER")}, as_=publisher(house))
    assert other.json()["type"] == "/problems/policy-identity-changed"
    answer = await house.post(path, {"policy": policy(title="新题目")}, as_=publisher(house))
    house.clock.move(timedelta(days=1))
    assert (await publish(house, policy_id, answer.json()["number"])).status_code == 201
    assert (await house.get(f"{POLICIES}/{policy_id}")).json()["title"] == "新题目"
    old = (await house.get(f"{POLICIES}/{policy_id}?version=1")).json()
    assert old["title"] == "陶瓷小微企业技改补助"
    versions = await results(house, f"{POLICIES}/{policy_id}/versions")
    assert [(v["number"], v["is_in_force"]) for v in versions] == [(2, True), (1, False)]


async def test_withdrawal_expiry_and_budget_end_a_policy_and_can_be_taken_back(house):
    policy_id = await published(house)
    path = f"{POLICIES}/{policy_id}"
    who = publisher(house)
    await house.post(f"{path}/budgets", {"is_exhausted": True, "reason": "资金用完"}, as_=who)
    assert (await matched(house, WHOLE))["fits"] == 0
    assert [p["is_exhausted"] for p in await results(house, POLICIES)] == [True]
    assert await results(house, POLICIES, open="true") == []
    await house.post(f"{path}/budgets", {"is_exhausted": False, "reason": "追加预算"}, as_=who)
    assert (await matched(house, WHOLE))["fits"] == 1
    answer = await house.post(f"{path}/withdrawals", {"reason": "文件废止"}, as_=who)
    assert (answer.status_code, answer.json()["state"]) == (201, "withdrawn")
    assert await results(house, POLICIES) == []
    assert (await house.get(path)).json()["state"] == "withdrawn", "its page stays"
    twice = await house.post(f"{path}/withdrawals", {"reason": "再废"}, as_=who)
    assert twice.status_code == 409
    draft = await house.post(f"{path}/drafts", {"policy": policy()}, as_=who)
    assert (await publish(house, policy_id, draft.json()["number"])).status_code == 201
    house.clock.move(timedelta(days=400))
    assert (await matched(house, WHOLE))["fits"] == 0, "past its last day"


async def test_policies_open_are_counted_at_any_past_date(house):
    policy_id = await published(house, valid_until="2026-03-10")
    house.clock.move(timedelta(days=2))
    who = publisher(house)
    body = {"is_exhausted": True, "reason": "资金用完"}
    await house.post(f"{POLICIES}/{policy_id}/budgets", body, as_=who)
    counts = {}
    for day in ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-11"):
        figure = await house.get(f"{ROOT}/indicators/enterprise_policies_open", params={"to": day})
        assert (
            len((await house.get(figure.json()["records_url"])).json()["results"])
            == (figure.json()["value"])
        )
        counts[day] = figure.json()["value"]
    assert list(counts.values()) == [0, 1, 1, 0, 0]


async def test_an_enterprise_sees_what_fits_it_and_why_and_unknown_is_neither(house):
    await published(house)
    await published(house, code="B", title="高新技术企业奖励", rules=[CERTIFIED])
    await published(
        house, code="C", title="大型企业扶持", rules=[{"fact": "size", "in": ["large"]}]
    )
    body = await matched(house, {"size": "small", "trade": "3073", "division": "445102"})
    assert (body["fits"], body["unknown"], body["not_fitting"]) == (1, 1, 1)
    assert body["lacks"] == ["certificates"]
    first, second, third = body["results"]
    assert (first["verdict"], second["verdict"], third["verdict"]) == ("fits", "unknown", "not")
    assert [rule["why"] for rule in first["rules"]] == [
        "符合：企业规模为 微型、小型",
        "符合：行业（GB/T 4754）为 C307",
        "符合：登记地为 445102、445103",
    ]
    assert second["rules"][0]["why"] == "企业档案未填写：certificates，无法判断"
    assert third["to_fit"] == ["不符合：要求企业规模为 大型；企业规模为 小型"]
    only = await matched(house, WHOLE, verdict="fits")
    assert {row["verdict"] for row in only["results"]} == {"fits"}


async def test_matches_are_paged_and_nothing_of_what_was_asked_is_kept(house):
    for number in range(5):
        await published(house, code=f"P-{number}")
    seen, cursor = [], None
    while True:
        body = await matched(house, WHOLE, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [row["code"] for row in body["results"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [f"P-{n}" for n in range(5)]
    assert await house.sql("SELECT 1 FROM enterprise_profiles") == []


async def test_who_has_no_profile_is_told_what_to_do(house):
    for who in (None, enterprise(house)):
        answer = await house.post(f"{POLICIES}/matches", {}, as_=who)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/profile-needed")
    bad = await house.post(f"{POLICIES}/matches", {"profile": {"trade": "Z99"}})
    assert bad.status_code == 422


async def test_a_kept_profile_is_sealed_masked_and_the_enterprises_alone(house):
    who = enterprise(house)
    kept = WHOLE | {
        "enterprise_name": "潮州市某某陶瓷有限公司",
        "credit_code": "91445100MA4W12345X",
        "contact_phone": "13800138000",
    }
    answer = await keep(house, who, kept)
    assert answer.status_code == 200, answer.text
    assert answer.json()["contact_phone"] == "138****8000"
    assert answer.json()["lacks"] == []
    (row,) = await house.sql("SELECT * FROM enterprise_profiles")
    for told in ("陶瓷", "91445100", "13800138000", "small", "C3073"):
        assert told not in str(dict(row))
    assert (await house.get(OWN, as_=enterprise(house, 2))).status_code == 404
    for role in ("publisher", "system_admin", "auditor", "citizen"):
        assert (await house.get(OWN, as_=house.staff(role))).status_code == 403
    assert (await house.get(OWN)).status_code == 401
    await published(house)
    assert (await matched(house, None, as_=who))["fits"] == 1
    other = await house.post(f"{POLICIES}/matches", {}, as_=enterprise(house, 2))
    assert other.status_code == 422, "another's profile is not used"


async def test_a_profile_is_changed_by_who_read_it_and_can_be_taken_out(house):
    who = enterprise(house)
    first = await keep(house, who, WHOLE)
    assert (await keep(house, who, WHOLE)).status_code == 428
    assert (await keep(house, who, WHOLE, if_match="9")).status_code == 412
    changed = await keep(house, who, WHOLE | {"size": "large"}, if_match=first.headers["etag"])
    assert (changed.status_code, changed.json()["size"]) == (200, "large")
    answer = await house.post(f"{OWN}/removals", {"reason": "不再使用"}, as_=who)
    assert answer.status_code == 204, answer.text
    assert (await house.get(OWN, as_=who)).status_code == 404
    assert await house.sql("SELECT 1 FROM enterprise_profiles") == []
    steps = await house.sql(
        "SELECT step FROM enterprise_policy_steps WHERE kind = 'profile' ORDER BY id"
    )
    assert [step["step"] for step in steps] == ["kept", "changed", "removed"]


async def test_who_wants_to_be_told_is_told_once_of_each_policy_that_fits(house):
    told, silent, misfit = (enterprise(house, n) for n in (1, 2, 3))
    await keep(house, told, WHOLE | {"wants_to_be_told": True})
    await keep(house, silent, WHOLE)
    await keep(house, misfit, WHOLE | {"size": "large", "wants_to_be_told": True})
    policy_id = await published(house)
    assert await house.run_jobs() == 3
    (fact,) = await house.told(EnterprisePolicyMatched)
    (match,) = await results(house, MATCHES, as_=told)
    assert (match["id"], match["policy_id"], match["still"]) == (
        str(fact.match_id),
        policy_id,
        "fits",
    )
    assert await results(house, MATCHES, as_=misfit) == []
    draft = await house.post(
        f"{POLICIES}/{policy_id}/drafts", {"policy": policy()}, as_=publisher(house)
    )
    await publish(house, policy_id, draft.json()["number"])
    await house.run_jobs()
    assert len(await house.told(EnterprisePolicyMatched)) == 1, "a later version is not told again"


async def test_a_changed_profile_finds_what_came_to_fit(house):
    who = enterprise(house)
    await published(house)
    first = await keep(house, who, WHOLE | {"size": "large", "wants_to_be_told": True})
    await house.run_jobs()
    assert await results(house, MATCHES, as_=who) == []
    await keep(house, who, WHOLE | {"wants_to_be_told": True}, if_match=first.headers["etag"])
    await house.run_jobs()
    assert len(await results(house, MATCHES, as_=who)) == 1
    unknown = {"size": "small", "wants_to_be_told": True}
    other = enterprise(house, 2)
    await keep(house, other, unknown)
    await house.run_jobs()
    assert await results(house, MATCHES, as_=other) == [], "what is not known is not told"


async def test_many_profiles_are_matched_in_batches_and_a_repeat_tells_nothing_twice(
    house, monkeypatch
):
    monkeypatch.setattr(worker, "BATCH_PROFILES", 3)
    for number in range(1, 9):
        await keep(house, enterprise(house, number), WHOLE | {"wants_to_be_told": True})
    await house.run_jobs()
    await published(house)
    await house.run_jobs()
    assert len(await house.told(EnterprisePolicyMatched)) == 8
    await house.sql("UPDATE jobs SET state = 'queued', done = 0")
    await house.run_jobs()
    facts = await house.told(EnterprisePolicyMatched)
    assert (len(facts), len({fact.match_id for fact in facts})) == (8, 8)


async def test_the_job_shows_its_progress_and_not_who_was_matched(house):
    await keep(house, enterprise(house), WHOLE | {"wants_to_be_told": True})
    await published(house)
    await house.run_jobs()
    (job,) = await results(house, f"{ROOT}/jobs", as_=publisher(house, 2))
    assert (job["state"], job["done"]) == ("done", 1)
    assert (await results(house, job["rows"], as_=publisher(house, 2))) == []


async def test_facts_carry_codes_and_nothing_of_the_enterprise(house):
    who = enterprise(house)
    await keep(house, who, WHOLE | {"enterprise_name": "某某公司", "wants_to_be_told": True})
    await published(house)
    await house.run_jobs()
    for row in await house.sql("SELECT message FROM outbox"):
        message = bytes(row["message"]).decode()
        assert who["sub"] not in message
        assert "某某公司" not in message


def verdict_of(rules: list[dict], profile: dict, on: date = TODAY) -> str:
    return judge(rules, profile, on=on).verdict.value


@pytest.mark.parametrize(
    ("rule", "profile", "verdict"),
    [
        (SMALL, {"size": "micro"}, "fits"),
        (SMALL, {"size": "large"}, "not"),
        (SMALL, {}, "unknown"),
        (CERAMICS, {"trade": "C3073"}, "fits"),
        (CERAMICS, {"trade": "3073"}, "fits"),
        (CERAMICS, {"trade": "C30"}, "not"),
        ({"fact": "trade", "within": ["C"]}, {"trade": "1311"}, "fits"),
        (HERE, {"division": "445102001"}, "fits"),
        ({"fact": "place", "within": ["445100"]}, {"division": "445122"}, "fits"),
        (HERE, {"division": "445100"}, "not"),
        (YOUNG, {"registered_on": "2023-03-03"}, "fits"),
        (YOUNG, {"registered_on": "2022-03-02"}, "not"),
        ({"fact": "age_years", "min": 1}, {"registered_on": "2025-03-03"}, "not"),
        ({"fact": "age_years", "min": 1}, {"registered_on": "2025-03-02"}, "fits"),
        (CERTIFIED, {"certificates": []}, "not"),
        (CERTIFIED, {}, "unknown"),
        ({"fact": "certificates", "has_any": ["a", "b"]}, {"certificates": ["b"]}, "fits"),
        ({"any": [SMALL, CERTIFIED]}, {"size": "micro"}, "fits"),
        ({"any": [SMALL, CERTIFIED]}, {"size": "large"}, "unknown"),
        ({"all": [SMALL, CERTIFIED]}, {"size": "large"}, "not"),
        ({"not": PRIVATE}, {"ownership": "state"}, "fits"),
        ({"not": PRIVATE}, {}, "unknown"),
    ],
)
def test_a_rule_fits_does_not_or_is_not_known(rule, profile, verdict):
    assert rule_faults([rule]) == []
    assert verdict_of([rule], profile) == verdict
    assert words_of(rule)


def test_a_policy_without_rules_fits_everybody():
    assert verdict_of([], {}) == "fits"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3073", "C3073"),
        ("c3073", "C3073"),
        ("C", "C"),
        ("65", "I65"),
        ("A3073", None),
        ("3", None),
        ("", None),
        ("98", None),
    ],
)
def test_a_trade_code_has_the_letter_of_its_section(text, code):
    assert trade_code(text) == code


FACTS = st.sampled_from([SMALL, CERAMICS, HERE, PRIVATE, YOUNG, CERTIFIED])
RULES = st.recursive(
    FACTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"all": found}),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"any": found}),
        inner.map(lambda found: {"not": found}),
    ),
    max_leaves=6,
)
PROFILES = st.fixed_dictionaries(
    {},
    optional={
        "size": st.sampled_from(["micro", "large"]),
        "trade": st.sampled_from(["C3073", "I65"]),
        "division": st.sampled_from(["445102", "445122"]),
        "ownership": st.sampled_from(["private", "state"]),
        "registered_on": st.sampled_from(["2025-01-01", "2010-01-01"]),
        "certificates": st.sampled_from([[], ["high-tech"]]),
    },
)


@given(rules=st.lists(RULES, max_size=3), profile=PROFILES, more=PROFILES)
def test_saying_more_settles_what_was_unknown_and_never_turns_what_was_known(rules, profile, more):
    before = judge(rules, profile, on=TODAY)
    after = judge(rules, more | profile, on=TODAY)
    if before.verdict is not Verdict.UNKNOWN:
        assert after.verdict is before.verdict
    full = judge(rules, WHOLE | profile, on=TODAY)
    assert full.verdict is not Verdict.UNKNOWN
    if before.verdict is Verdict.UNKNOWN:
        assert before.lacks


async def test_policies_are_exported_with_their_rules_in_words(house):
    await published(house)
    text = (await house.get(f"{POLICIES}/export", params={"format": "csv", "open": "true"})).text
    assert "企业规模为 微型、小型；行业（GB/T 4754）为 C307" in text
    assert (await house.get(f"{POLICIES}/export", params={"to": "2026-03-01"})).text.count(
        "\n"
    ) == 1


async def test_an_enterprise_that_grows_into_a_policy_is_told_by_the_daily_round(house):
    who = enterprise(house)
    await keep(house, who, {"registered_on": "2025-03-10", "wants_to_be_told": True})
    await published(house, rules=[{"fact": "age_years", "min": 1}])
    await house.run_jobs()
    assert await results(house, MATCHES, as_=who) == []
    house.clock.move(timedelta(days=9))
    assert await worker.queue_daily_matching(house.runtime) is True
    assert await worker.queue_daily_matching(house.runtime) is False, "once a day"
    await house.run_jobs()
    assert len(await results(house, MATCHES, as_=who)) == 1


async def test_a_profile_sent_back_as_it_was_shown_keeps_its_telephone(house):
    who = enterprise(house)
    first = await keep(house, who, WHOLE | {"contact_phone": "13800138000"})
    shown = {k: v for k, v in first.json().items() if k not in {"kept_at", "lacks"}}
    answer = await keep(house, who, shown, if_match=first.headers["etag"])
    assert answer.status_code == 200, answer.text
    (row,) = await house.sql("SELECT sealed FROM enterprise_profiles")
    kept = house.runtime.keyring.decrypt(row["sealed"], context="enterprise_profiles.sealed")
    assert json.loads(kept)["contact_phone"] == "13800138000"


async def test_a_withdrawal_names_the_policy_that_was_read(house):
    policy_id = await published(house)
    page = await house.get(f"{POLICIES}/{policy_id}")
    path = f"{POLICIES}/{policy_id}/withdrawals"
    stale = await house.post(
        path, {"reason": "废止"}, as_=publisher(house), headers={"If-Match": '"99"'}
    )
    assert stale.status_code == 412
    fresh = {"If-None-Match": page.headers["etag"]}
    assert (await house.get(f"{POLICIES}/{policy_id}", headers=fresh)).status_code == 304
    seen = {"If-Match": page.headers["etag"]}
    answer = await house.post(path, {"reason": "废止"}, as_=publisher(house), headers=seen)
    assert answer.status_code == 201, answer.text

"""Rules of the hotline changed through their door: what would break its readers later is refused now."""

import pytest
from hotline_stories import an_agent, rule_becomes, sent, take
from jsonschema import Draft202012Validator

from workorder.workers.notices import mirror

RULES = "/workorder/v1/rules"


async def history(house, code):
    return (await house.get(f"{RULES}/{code}")).json()["results"]


async def refused(house, code, value):
    """The faults that the door names; what held before still does."""
    before = await history(house, code)
    admin = house.staff("system_admin")
    body = {"value": value, "source": "本市规定", "verified": False, "reason": "试"}
    headers = house.headers(admin) | {"If-Match": f'"{before[0]["version"]}"'}
    answer = await house.client.put(f"{RULES}/{code}", json=body, headers=headers)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["type"].endswith("rule-shape")
    assert "原值仍然有效" in problem["detail"]
    assert f"GET {RULES}/{code} 返回的 value_schema" in problem["detail"]
    assert await history(house, code) == before
    return {fault["pointer"] for fault in problem["errors"]}


@pytest.mark.parametrize(
    ("code", "value", "pointers"),
    [
        ("notice-recipients", {"urged": "head"}, {"/value/urged"}),
        ("notice-recipients", {"urged": ["waits_for"]}, {"/value/urged/0"}),
        (
            "notice-quiet-hours",
            {"from": "8pm"},
            {f"/value/{x}" for x in ("from", "to", "days_off", "todos")},
        ),
        ("escalations", [{"days": 0, "to": "head"}], {"/value/0/days"}),
        ("notices-kept-days", 7, {"/value"}),
        ("notices-sweep-hour", 24, {"/value"}),
        ("hotline-working-days", {"help": 5}, {"/value"}),
    ],
)
async def test_a_value_that_its_readers_could_not_use_is_refused_where_it_is_wrong(
    house, code, value, pointers
):
    assert await refused(house, code, value) == pointers


async def test_whom_to_tell_is_changed_by_the_rule_and_told_by_it_from_then_on(house):
    await rule_becomes(house, "notice-recipients", {"urged": ["head", "coordinator"]})
    order = await sent(house)
    await take(house, order, "urges", {"reason": "催办"}, as_=an_agent(house))
    await mirror(house.runtime)
    rows = await house.sql("SELECT kind, recipient FROM notices ORDER BY recipient")
    assert [tuple(row) for row in rows] == [("urged", "coordinator"), ("urged", "head")]


async def test_whoever_reads_rules_sees_what_each_value_must_look_like(house):
    rows = (await house.get(RULES)).json()["results"]
    for row in rows:
        assert Draft202012Validator(row["value_schema"]).is_valid(row["value"]), row["code"]
    [recipients] = [row for row in rows if row["code"] == "notice-recipients"]
    stated = recipients["value_schema"]
    assert "supervision-ended" in stated["propertyNames"]["enum"]
    assert "waits-for" in stated["additionalProperties"]["items"]["enum"]
    assert not Draft202012Validator(stated).is_valid({"urged": ["waits_for"]})
    assert (
        "各段按先后排列" in (await history(house, "office-hours"))[0]["value_schema"]["description"]
    )

from datetime import timedelta

import asyncpg
import pytest

from chassis.ids import new_id
from contracts.events.datashare import GrantGiven, RecordLookedUp

ROOT = "/datashare/v1"
SAID = {"reason": "符合共享条件", "legal_basis": "《政务数据共享条例》"}


async def test_a_catalogue_entry_is_registered_changed_and_left_alone(city):
    assert await city.registered() == {"created": 1, "changed": 0, "unchanged": 0}
    assert await city.registered() == {"created": 0, "changed": 0, "unchanged": 1}
    assert await city.registered(name="户口登记") == {"created": 0, "changed": 1, "unchanged": 0}
    entry = await city.see(f"/resources/{city.code}")
    steps = await city.see(f"/resources/{city.code}/steps")
    assert (entry["name"], entry["provider_department"]) == ("户口登记", city.provider)
    assert [step["step"] for step in steps["results"]] == ["registered", "changed"]


async def test_a_code_keeps_its_provider(house, city):
    await city.registered()
    rows = {"rows": [city.resource()]}
    taken = await house.post(f"{ROOT}/resources", rows, as_=city.steward(city.other))
    rows = {"rows": [city.resource(code="other", provider_department=city.provider)]}
    foreign = await house.post(f"{ROOT}/resources", rows, as_=city.steward(city.other))
    assert (taken.status_code, foreign.status_code) == (422, 422)
    assert (
        taken.json()["type"] == foreign.json()["type"] == "/problems/resource-of-other-department"
    )


async def test_terms_are_asked_for(house, city):
    rows = {"rows": [city.resource(share_type="none")]}
    answer = await house.post(f"{ROOT}/resources", rows, as_=city.steward())
    assert answer.json()["type"] == "/problems/resource-terms-missing"


async def test_only_the_provider_keeps_records_and_only_of_known_fields(house, city):
    await city.registered()
    path = f"{ROOT}/resources/{city.code}/records"
    rows = {"rows": [{"subject_id": str(city.citizen_id), "values": {"phone": "1"}}]}
    foreign = await house.post(path, rows, as_=city.steward(city.other))
    unknown = await house.post(path, rows, as_=city.steward())
    missing = await house.post(f"{ROOT}/resources/none/records", rows, as_=city.steward())
    assert [one.status_code for one in (foreign, unknown, missing)] == [403, 422, 404]
    assert unknown.json()["errors"][0]["pointer"] == "/rows/0/values/phone"
    assert await house.sql("SELECT 1 FROM records") == []


async def test_a_record_takes_the_place_of_the_former(house, city):
    await city.registered()
    await city.recorded()
    await city.recorded(name="林大敏")
    assert len(await house.sql("SELECT 1 FROM records")) == 1


async def test_a_conditional_resource_waits_for_its_provider(house, city):
    await city.registered()
    request = await city.requested()
    assert (request["state"], request["due_on"]) == ("submitted", "2026-03-16")
    assert request["number"].startswith("GX-260302-")
    assert await house.told(GrantGiven) == []
    path = f"/grant-requests/{request['id']}"
    grant = await city.ok(f"{path}/approvals", {**SAID, "fields": ["name"]}, city.approver())
    assert (grant["fields"], grant["state"]) == (["name"], "active")
    [given] = await house.told(GrantGiven)
    assert (str(given.grant_id), given.fields) == (grant["id"], ("name",))
    steps = await city.see(f"{path}/steps", city.steward(city.requester))
    assert [step["step"] for step in steps["results"]] == ["submitted", "approved"]
    again = await house.post(f"{ROOT}{path}/approvals", SAID, as_=city.approver())
    assert (again.status_code, again.json()["type"]) == (409, "/problems/grant-request-decided")


async def test_an_unconditional_resource_is_granted_at_once(house, city):
    await city.registered(share_type="unconditional", conditions="")
    request = await city.requested()
    assert (request["state"], request["due_on"]) == ("approved", "2026-03-03")
    assert len(await house.told(GrantGiven)) == 1


async def test_a_resource_not_shared_is_refused_with_its_law(house, city):
    await city.registered(share_type="none", law="某法第二十条")
    request = await city.requested()
    assert (request["state"], request["decision_basis"]) == ("refused", "某法第二十条")
    assert await house.told(GrantGiven) == []


async def test_a_refusal_says_why(city):
    await city.registered()
    request = await city.requested()
    path = f"/grant-requests/{request['id']}/refusals"
    refused = await city.ok(path, {**SAID, "reason": "用途不明"}, city.approver())
    assert (refused["state"], refused["decision_reason"]) == ("refused", "用途不明")


async def test_only_the_provider_decides(house, city):
    await city.registered()
    request = await city.requested()
    path = f"{ROOT}/grant-requests/{request['id']}/approvals"
    requester = await house.post(path, SAID, as_=city.approver(city.requester))
    stranger = await house.post(path, SAID, as_=city.approver(city.other))
    assert (requester.status_code, stranger.status_code) == (403, 404)
    assert requester.json()["type"] == "/problems/not-the-provider"


async def test_a_lost_race_for_a_decision_is_told(house, city):
    await city.registered()
    request = await city.requested()
    path = f"{ROOT}/grant-requests/{request['id']}/approvals"
    lost = await house.post(path, SAID, as_=city.approver(), headers={"If-Match": '"9"'})
    assert lost.status_code == 412


async def test_the_same_key_asks_once(house, city):
    await city.registered()
    who = city.steward(city.requester)
    answers = [
        await house.post(f"{ROOT}/grant-requests", city.asking(), as_=who, key="ask-0001")
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(await house.sql("SELECT 1 FROM grant_requests")) == 1


async def test_a_grant_is_revoked_once_and_remembers_why(house, city):
    await city.registered()
    grant = await city.granted()
    path = f"/grants/{grant['id']}"
    revoked = await city.ok(f"{path}/revocations", {"reason": "超范围使用"}, city.approver())
    again = await house.post(
        f"{ROOT}{path}/revocations", {"reason": "再次撤销"}, as_=city.approver()
    )
    steps = await city.see(f"{path}/steps", city.steward(city.requester))
    assert (revoked["state"], again.status_code) == ("revoked", 409)
    assert [step["reason"] for step in steps["results"]] == ["符合共享条件", "超范围使用"]


async def test_a_person_sees_who_looked(city):
    fact = await city.fetched()
    [seen] = (await city.see("/look-ups", city.citizen()))["results"]
    assert seen["application_id"] == str(fact.application_id)
    assert seen["requester_department"] == city.requester
    assert seen["resource_name"] == "居民户口登记信息"
    assert "食品经营许可" in seen["purpose"]


async def test_a_delivery_is_masked_by_level(house, city):
    fact = await city.fetched()
    path = f"/deliveries?application_id={fact.application_id}"
    [delivery] = (await city.see(path, city.reviewer()))["results"]
    values = {field["name"]: field["value"] for field in delivery["fields"]}
    assert values == {"name": "林*敏", "household_no": "****", "register_kind": "家庭户"}
    assert delivery["masked"] is True
    assert len(await house.told(RecordLookedUp)) == 1


async def test_reading_in_clear_needs_a_purpose_and_is_seen_by_its_subject(house, city):
    fact = await city.fetched()
    path = f"/deliveries?application_id={fact.application_id}&clear=true"
    unnamed = await house.get(f"{ROOT}{path}", as_=city.reviewer())
    assert unnamed.json()["type"] == "/problems/clear-needs-purpose"
    purpose = "核对户号，电话 13800138000"
    [delivery] = (await city.see(f"{path}&purpose={purpose}", city.reviewer()))["results"]
    values = {field["name"]: field["value"] for field in delivery["fields"]}
    assert (values["name"], values["household_no"]) == ("林小敏", "4451020012345")
    looked = await house.told(RecordLookedUp)
    assert [one.purpose for one in looked][1:] == ["核对户号，电话 138********"]
    assert len((await city.see("/look-ups", city.citizen()))["results"]) == 2


async def test_look_ups_and_steps_are_never_changed(house, city):
    await city.fetched()
    for table in ("look_ups", "steps"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await house.sql(change)


async def test_the_figures_count_what_the_books_hold(house, city):
    await city.fetched()
    await city.requested(item_code=None)
    house.clock.move(timedelta(days=30))
    figures = {}
    for code in (
        "share_lists",
        "share_list_negative",
        "grant_requests_on_time_share",
        "look_ups",
        "grants_active",
    ):
        figures[code] = (await city.see(f"/indicators/{code}"))["value"]
    assert figures == {
        "share_lists": 3,
        "share_list_negative": 0,
        "grant_requests_on_time_share": 0.5,
        "look_ups": 1,
        "grants_active": 1,
    }


async def test_a_figure_opens_down_to_the_rows_it_counts(city):
    await city.fetched()
    reader = city.house.staff("auditor")
    for code in ("share_list_demand", "look_ups", "grants_active", "share_list_responsibility"):
        for department in (city.requester, city.provider, city.other):
            where = f"from=2026-03-02&to=2026-03-02&department={department}"
            figure = await city.see(f"/indicators/{code}?{where}")
            rows = await city.see(figure["records_url"].removeprefix(ROOT), reader)
            assert len(rows["results"]) == figure["value"], (code, department)


async def test_a_share_of_nothing_is_null(city):
    figure = await city.see("/indicators/grant_requests_on_time_share")
    assert (figure["value"], figure["denominator"]) == (None, 0)


async def test_lists_go_on_after_the_last_row(city):
    await city.registered()
    made = [(await city.requested())["id"] for _ in range(3)]
    who = city.steward(city.requester)
    first = await city.see("/grant-requests?limit=2&count=exact", who)
    second = await city.see(f"/grant-requests?limit=2&cursor={first['next_cursor']}", who)
    seen = [row["id"] for row in first["results"] + second["results"]]
    assert (sorted(seen), first["count"]) == (sorted(made), 3)
    assert second["next_cursor"] is None


async def test_an_item_nobody_knows_is_not_found(house, city):
    for path in ("/grants/", "/grant-requests/", "/look-ups/"):
        answer = await house.get(f"{ROOT}{path}{new_id()}", as_=city.steward())
        assert answer.status_code == 404

"""Channels: what is live where, by the channel's own list, and what it reports daily."""

import asyncio
import json
from datetime import date, timedelta

import pytest
from catalog_examples import DEPARTMENT, published, publisher

from catalog.domain.channels import days_between, due_at, figure_of_days, last_due_day
from catalog.workers.channels import raise_channel_alarms
from chassis.clock import CITY_ZONE
from contracts.events.catalog import ChannelFiguresReported

ROOT = "/catalog/v1"
TODAY = date(2026, 3, 2)
CODE = "yue-zhi-zhu"
FIGURES = f"{ROOT}/channels/{CODE}/figures"
LIVE = f"{ROOT}/channels/{CODE}/live-items"
TOWNS = [
    ("445102001", "太平街道"),
    ("445102002", "西湖街道"),
    ("445103101", "古巷镇"),
]


def admin(house) -> dict:
    return house.staff("system_admin")


def partner(house, *channels: str) -> dict:
    return house.person(
        "partner", kind="partner", scope=" ".join(f"channel:{code}" for code in channels)
    )


def day(number: int) -> str:
    return (TODAY + timedelta(days=number)).isoformat()


async def put(house, path: str, body: dict, *, as_: dict, if_match: str) -> object:
    headers = house.headers(as_) | {"If-Match": if_match}
    return await house.client.put(path, json=body, headers=headers)


async def begin_reporting(house, first: str, code: str = CODE) -> None:
    """From this day on the channel's figures are due."""
    body = {
        "name": "粤智助",
        "kind": "terminal",
        "operator": "广东省",
        "figures_from": first,
        "reason": "开始日报",
    }
    answer = await put(house, f"{ROOT}/channels/{code}", body, as_=admin(house), if_match="*")
    assert answer.status_code == 200, answer.text


async def report(house, day: str, *, as_=None, code: str = CODE, **body) -> object:
    return await house.post(
        f"{ROOT}/channels/{code}/figures",
        {"day": day, **body},
        as_=as_ or partner(house, code),
    )


async def figure(house, code: str, **params) -> dict:
    answer = await house.get(f"{ROOT}/indicators/{code}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def results(house, path: str, **params) -> list[dict]:
    answer = await house.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def live(house, rows: list[dict], *, as_=None, **body) -> dict:
    answer = await house.post(LIVE, {"rows": rows, **body}, as_=as_ or partner(house, CODE))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def towns(house) -> None:
    rows = [{"code": code, "name": name, "level": "town"} for code, name in TOWNS]
    answer = await house.post(f"{ROOT}/divisions", {"rows": rows}, as_=admin(house))
    assert answer.status_code == 200, answer.text


async def test_the_register_names_the_channels_of_the_city_and_keeps_the_history_of_each(house):
    names = {row["code"]: row["name"] for row in await results(house, f"{ROOT}/channels")}
    assert {"粤省事", "粤商通", "粤智助", "i潮州"} <= set(names.values())
    await begin_reporting(house, day(0))
    (step,) = await results(house, f"{ROOT}/channels/{CODE}/steps")
    assert (step["step"], step["reason"]) == (
        "changed",
        f"开始日报｜figures_from: （空） → {day(0)}",
    )
    new = {"code": "new-app", "name": "新应用", "kind": "app", "operator": "市", "reason": "上线"}
    answer = await house.post(f"{ROOT}/channels", new, as_=admin(house))
    assert answer.status_code == 201, answer.text
    again = await house.post(f"{ROOT}/channels", new, as_=admin(house))
    assert again.status_code == 409


async def test_a_channel_is_changed_only_by_who_read_it(house):
    body = {"name": "粤智助", "kind": "terminal", "operator": "广东省", "reason": "核对"}
    path = f"{ROOT}/channels/{CODE}"
    assert (
        await house.client.put(path, json=body, headers=house.headers(admin(house)))
    ).status_code == 428
    assert (await put(house, path, body, as_=admin(house), if_match="7")).status_code == 412
    assert (await put(house, path, body, as_=admin(house), if_match="1")).status_code == 200


async def test_a_days_figures_are_on_record_with_their_reporter_and_told(house):
    answer = await report(house, day(-1), users=1000, visits=50, cases=7)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["users"], body["visits"], body["cases"]) == (1000, 50, 7)
    assert (body["reporter_kind"], body["number"], body["is_missing"]) == ("partner", 1, False)
    (fact,) = await house.told(ChannelFiguresReported)
    assert (fact.channel, fact.day, fact.users) == (CODE, TODAY - timedelta(days=1), 1000)
    (row,) = await results(house, f"{ROOT}/channel-figures", channel=CODE)
    assert row["visits"] == 50


async def test_a_partner_reports_only_the_channels_of_its_grant(house):
    for who in (partner(house), partner(house, "i-chaozhou")):
        answer = await report(house, day(-1), users=1, as_=who)
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/channel-not-yours"
    assert (await report(house, day(-1), users=1, as_=admin(house))).status_code == 201
    assert (await report(house, day(-1), users=1, as_=publisher(house))).status_code == 403


async def test_a_future_day_and_an_empty_report_are_refused(house):
    future = await report(house, day(1), users=1)
    assert (future.status_code, future.json()["type"]) == (422, "/problems/future-day")
    empty = await report(house, day(-1))
    assert (empty.status_code, empty.json()["type"]) == (422, "/problems/nothing-reported")
    negative = await report(house, day(-1), users=-1)
    assert negative.status_code == 422


async def test_a_correction_says_why_and_keeps_the_earlier_report(house):
    await report(house, day(-1), visits=50)
    bare = await report(house, day(-1), visits=60)
    assert (bare.status_code, bare.json()["type"]) == (422, "/problems/correction-needs-reason")
    assert (await report(house, day(-1), visits=50)).status_code == 201, (
        "the same again changes nothing"
    )
    answer = await report(house, day(-1), visits=60, reason="漏计小程序访问", as_=admin(house))
    assert (answer.status_code, answer.json()["number"]) == (201, 2)
    reports = (await house.get(f"{FIGURES}/reports", as_=admin(house))).json()["results"]
    assert [(r["number"], r["visits"], r["is_current"], r["reporter_kind"]) for r in reports] == [
        (2, 60, True, "staff"),
        (1, 50, False, "partner"),
    ]
    assert (reports[0]["reason"], reports[1]["reason"]) == ("漏计小程序访问", "")
    assert (await figure_of(house, day(-1)))["visits"] == 60


async def figure_of(house, on: str) -> dict:
    (row,) = await results(house, FIGURES, **{"from": on, "to": on})
    return row


async def test_who_reported_is_read_by_staff_and_by_the_channel_itself_and_by_nobody_else(house):
    await report(house, day(-1), visits=50)
    path = f"{FIGURES}/reports"
    assert (await house.get(path)).status_code == 401
    assert (await house.get(path, as_=house.person("citizen"))).status_code == 403
    assert (await house.get(path, as_=partner(house, "i-chaozhou"))).status_code == 403
    assert (await house.get(path, as_=partner(house, CODE))).status_code == 200


async def test_every_day_is_listed_and_a_missing_one_is_null_and_never_0(house):
    await report(house, day(-3), users=100, visits=5)
    await report(house, day(-1), users=120, visits=0)
    answer = await house.get(FIGURES, params={"from": day(-4), "to": day(-1)})
    body = answer.json()
    seen = [(r["day"], r["is_missing"], r["users"], r["visits"]) for r in body["results"]]
    assert seen == [
        (day(-4), True, None, None),
        (day(-3), False, 100, 5),
        (day(-2), True, None, None),
        (day(-1), False, 120, 0),
    ]
    assert body["missing_days"] == 2
    assert body["measures"] == {"users": "cumulative", "visits": "daily", "cases": "daily"}


async def test_days_are_paged_without_a_gap(house):
    seen, cursor = [], None
    while True:
        params = {"from": day(-9), "to": day(-1), "limit": 4}
        answer = (
            await house.get(FIGURES, params=params | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [row["day"] for row in answer["results"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert seen == [day(n) for n in range(-9, 0)]


async def test_a_cumulative_figure_does_not_fall_without_a_reason(house):
    await report(house, day(-3), users=100)
    low = await report(house, day(-2), users=90)
    assert (low.status_code, low.json()["errors"][0]["pointer"]) == (422, "/users")
    assert (await report(house, day(-2), users=90, reason="清理僵尸账号")).status_code == 201


async def test_missing_days_are_listed_and_marked_once_they_are_due_and_closed_when_they_come(
    house,
):
    await begin_reporting(house, day(-3))
    await report(house, day(-2), users=100)
    missing = await results(house, f"{ROOT}/channels/missing")
    assert [(m["channel"], m["day"]) for m in missing] == [(CODE, day(-1)), (CODE, day(-3))]
    assert {m["raised_at"] for m in missing} == {None}
    assert await raise_channel_alarms(house.runtime) == 2
    assert await raise_channel_alarms(house.runtime) == 0, (
        "one alarm a day, however often it is looked for"
    )
    assert all(m["raised_at"] for m in await results(house, f"{ROOT}/channels/missing"))
    await report(house, day(-1), users=100)
    left = await results(house, f"{ROOT}/channels/missing", channel=CODE)
    assert [m["day"] for m in left] == [day(-3)]
    (closed,) = await house.sql("SELECT day FROM channel_alarms WHERE closed_at IS NOT NULL")
    assert closed["day"].isoformat() == day(-1)


async def test_reported_figures_are_null_when_a_day_is_missing_and_say_which(house):
    await begin_reporting(house, day(-3))
    for number in (-3, -1):
        await report(house, day(number), users=100 + number, visits=10, cases=1)
    visits = await figure(house, "channel_visits", **{"from": day(-3), "to": day(-1)})
    assert (visits["value"], visits["missing"]) == (None, [f"{CODE} {day(-2)}"])
    users = await figure(house, "channel_users", to=day(-1))
    assert (users["value"], users["missing"]) == (99, []), "cumulative: the last day alone decides"
    await report(house, day(-2), users=98, visits=20, cases=2)
    summed = await figure(house, "channel_visits_yue_zhi_zhu", **{"from": day(-3), "to": day(-1)})
    assert (summed["value"], summed["missing"]) == (40, [])
    assert (await figure(house, "channel_cases", to=day(-2)))["value"] == 3
    assert (await figure(house, "channel_users", to=day(0)))["value"] is None, (
        "today is not reported yet"
    )
    rows = await results(
        house, summed["records_url"].split("?")[0], channel=CODE, **{"from": day(-3), "to": day(-1)}
    )
    assert sum(row["visits"] for row in rows) == 40


async def test_figures_by_division_are_asked_for_by_division(house):
    await begin_reporting(house, day(-1))
    divisions = [{"division": "445102", "users": 30, "visits": 3}]
    await report(house, day(-1), users=100, visits=10, divisions=divisions)
    assert (await figure(house, "channel_users", division="445102"))["value"] == 30
    assert (await figure(house, "channel_users"))["value"] == 100
    assert (await figure(house, "channel_users", division="445103"))["value"] is None
    assert (await figure(house, "channel_users", department=DEPARTMENT))["value"] is None


async def test_no_channel_reporting_is_no_figure_and_not_0(house):
    asked = await figure(house, "channel_users")
    assert (asked["value"], asked["missing"]) == (None, ["no channel reports this yet"])


async def test_the_guide_claims_and_the_channels_own_list_is_the_book(house):
    claimed = await published(house, item_code="A-1", name="甲", channels=[CODE])
    other = await published(house, item_code="A-2", name="乙", channels=[])
    assert (await figure(house, "channel_items_yue_zhi_zhu"))["value"] == 1, (
        "no list yet: the claim"
    )
    (row,) = await results(house, f"{ROOT}/channel-items", channel=CODE)
    assert (row["item_id"], row["basis"]) == (claimed, "claim")
    await live(house, [{"item_id": other}])
    (row,) = await results(house, f"{ROOT}/channel-items", channel=CODE)
    assert (row["item_id"], row["basis"], row["live_on"]) == (other, "book", [CODE])
    body = (await house.get(f"{ROOT}/channels/{CODE}/differences")).json()
    kinds = {found["item_id"]: found["kind"] for found in body["results"]}
    assert kinds == {claimed: "claimed-not-live", other: "live-not-claimed"}
    assert body["has_book"] is True
    assert "粤智助" in body["results"][0]["words"]
    only = await results(house, f"{ROOT}/channels/{CODE}/differences", kind="live-not-claimed")
    assert [found["item_id"] for found in only] == [other]


async def test_a_withdrawn_item_that_is_still_live_is_a_difference(house):
    item = await published(house, channels=[CODE])
    await live(house, [{"item_id": item}])
    path = f"{ROOT}/items/{item}/withdrawals"
    await house.post(path, {"reason": "停办"}, as_=publisher(house, 2))
    (found,) = await results(house, f"{ROOT}/channels/{CODE}/differences")
    assert found["kind"] == "live-not-in-force"
    assert (await figure(house, "channel_items_yue_zhi_zhu"))["value"] == 0


async def test_what_was_live_is_known_at_any_past_date(house):
    first = await published(house, item_code="A-1", name="甲")
    second = await published(house, item_code="A-2", name="乙")
    house.clock.move(timedelta(days=30))
    rows = [
        {"item_id": first, "live_from": day(10), "live_until": day(25)},
        {"item_id": second, "live_from": day(20)},
    ]
    await live(house, rows)
    values = {}
    for number in (10, 20, 24, 25, 30):
        asked = await figure(house, "channel_items_yue_zhi_zhu", to=day(number))
        listed = await results(house, f"{ROOT}/channel-items", channel=CODE, to=day(number))
        assert asked["value"] == len(listed)
        values[number] = asked["value"]
    assert values == {10: 1, 20: 2, 24: 2, 25: 1, 30: 1}
    assert (await figure(house, "channel_departments_yue_zhi_zhu", to=day(24)))["value"] == 1


async def test_a_complete_list_ends_what_it_does_not_name(house):
    one = await published(house, item_code="A-1", name="甲")
    two = await published(house, item_code="A-2", name="乙")
    assert (await live(house, [{"item_code": "A-1"}, {"item_code": "A-2"}]))["begun"] == 2
    house.clock.move(timedelta(days=3))
    said = await live(house, [{"item_id": one}], complete=True, reason="全量核对")
    assert (said["begun"], said["ended"], said["unchanged"]) == (0, 1, 1)
    rows = await results(house, LIVE, ended="true")
    ended = next(row for row in rows if row["item_id"] == two)
    assert ended["live_until"] == day(3)
    steps = await results(house, f"{LIVE}/{ended['id']}/steps")
    assert [(s["step"], s["reason"]) for s in steps][-1] == ("ended", "全量核对")
    await live(house, [{"item_id": two}])
    assert len(await results(house, LIVE)) == 2, "taken up again"


async def test_a_faulty_row_is_named_and_nothing_is_taken(house):
    item = await published(house)
    rows = [
        {"item_id": item},
        {"item_code": "NO-SUCH"},
    ]
    answer = await house.post(LIVE, {"rows": rows}, as_=partner(house, CODE))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/rows/1")
    rows = [{"item_id": item}, {"item_id": item}]
    answer = await house.post(LIVE, {"rows": rows}, as_=partner(house, CODE))
    assert answer.json()["errors"][0]["code"] == "row-twice"
    rows = [{"item_id": item, "live_until": day(0)}]
    answer = await house.post(LIVE, {"rows": rows}, as_=partner(house, CODE))
    assert answer.json()["errors"][0]["code"] == "not-live"
    assert await results(house, LIVE) == []


async def test_a_publisher_sets_what_is_live_of_the_own_department_only(house):
    item = await published(house)
    assert (await live(house, [{"item_id": item}], as_=publisher(house)))["begun"] == 1
    other = publisher(house, 9, department="11445103MB2X00020M")
    answer = await house.post(LIVE, {"rows": [{"item_id": item}]}, as_=other)
    assert answer.json()["errors"][0]["code"] == "item-of-another-department"
    emptied = await house.post(
        LIVE, {"rows": [{"item_id": item}], "complete": True}, as_=partner(house, "i-chaozhou")
    )
    assert emptied.status_code == 403


async def test_live_for_all_towns_can_be_asked_with_what_is_missing(house):
    await towns(house)
    county = await published(house, item_code="A-1", name="甲")
    await live(house, [{"item_id": county, "division": "445102001"}])
    body = (await house.get(f"{ROOT}/channels/{CODE}/coverage")).json()
    seen = {r["code"]: (r["expected"], r["live"], r["is_complete"]) for r in body["results"]}
    assert seen == {
        "445102001": (1, 1, True),
        "445102002": (1, 0, False),
        "445103101": (0, 0, False),
    }
    assert (body["divisions"], body["complete"]) == (3, 1)
    url = next(r["missing_url"] for r in body["results"] if r["code"] == "445102002")
    (missing,) = (await house.get(url)).json()["results"]
    assert (missing["item_id"], missing["name"]) == (county, "甲")
    lacking = await results(
        house, f"{ROOT}/channels/{CODE}/coverage", missing_only="true", division="445102"
    )
    assert [r["code"] for r in lacking] == ["445102002"]
    await live(house, [{"item_id": county, "division": "445102"}])
    body = (
        await house.get(f"{ROOT}/channels/{CODE}/coverage", params={"division": "445102"})
    ).json()
    assert (body["divisions"], body["complete"]) == (2, 2)


async def test_i_chaozhou_and_its_departments_are_counted_from_its_list(house):
    """In small what the city published of i潮州: 3 100 items of 175 departments."""
    ids = [await published(house, item_code=f"A-{n}", name=f"事项{n}") for n in range(3)]
    path = f"{ROOT}/channels/i-chaozhou/live-items"
    rows = [{"item_id": each} for each in ids]
    answer = await house.post(path, {"rows": rows}, as_=partner(house, "i-chaozhou"))
    assert answer.status_code == 200, answer.text
    assert (await figure(house, "channel_items_i_chaozhou"))["value"] == 3
    assert (await figure(house, "channel_departments_i_chaozhou"))["value"] == 1
    assert (await figure(house, "channel_items"))["value"] == 3
    assert (await figure(house, "channel_items", division="445103"))["value"] == 0


async def test_a_report_sent_twice_with_one_key_is_taken_once(house):
    who = partner(house, CODE)
    body = {"day": day(-1), "users": 5}
    for _ in range(2):
        answer = await house.post(FIGURES, body, as_=who, key="k1")
        assert answer.status_code == 201
    assert len(await house.sql("SELECT 1 FROM channel_figures")) == 1


def test_a_daily_figure_is_due_the_next_morning():
    ten = due_at(TODAY, 10)
    assert (ten.astimezone(CITY_ZONE).date(), ten.astimezone(CITY_ZONE).hour) == (
        TODAY + timedelta(days=1),
        10,
    )
    assert last_due_day(ten, 10) == TODAY
    assert last_due_day(ten - timedelta(minutes=1), 10) == TODAY - timedelta(days=1)


@pytest.mark.parametrize(("kind", "value"), [("daily", None), ("cumulative", 7)])
def test_a_sum_with_a_hole_is_no_sum(kind, value):
    days = dict.fromkeys(days_between(TODAY, TODAY + timedelta(days=2)), None)
    days[TODAY + timedelta(days=2)] = {"users": 7}
    assert figure_of_days(days, "users", kind)[0] == value


async def test_the_book_and_the_reports_are_exported_as_tables(house):
    item = await published(house, name="甲")
    await live(house, [{"item_id": item}])
    await report(house, day(-2), users=7)
    await report(house, day(-1), users=8, visits=0)
    book = (await house.get(f"{LIVE}/export", params={"format": "csv"})).text
    assert book.splitlines()[0].lstrip("\ufeff").startswith("渠道编码,事项编码,事项名称")
    assert "甲" in book
    lines = (await house.get(f"{ROOT}/channel-figures/export", params={"format": "jsonl"})).text
    rows = [json.loads(line) for line in lines.splitlines()]
    assert [(r["day"], r["users"], r["visits"]) for r in rows] == [
        (day(-2), 7, None),
        (day(-1), 8, 0),
    ], "what was not said is null"
    sheet = await house.get(f"{ROOT}/channel-figures/export", params={"format": "xlsx"})
    assert sheet.content[:2] == b"PK"


async def test_corrections_at_once_come_one_after_another_and_none_is_lost(house):
    await report(house, day(-1), users=100)
    answers = await asyncio.gather(
        *(report(house, day(-1), users=100 + n, reason=f"第 {n} 次更正") for n in range(1, 6))
    )
    assert {answer.status_code for answer in answers} == {201}
    reports = (await house.get(f"{FIGURES}/reports", as_=admin(house))).json()["results"]
    assert sorted(r["number"] for r in reports) == [1, 2, 3, 4, 5, 6]
    assert [r["number"] for r in reports if r["is_current"]] == [6]


async def test_live_lists_of_a_channel_at_once_are_taken_one_after_another(house):
    item = await published(house)
    answers = await asyncio.gather(
        *(
            house.post(LIVE, {"rows": [{"item_id": item}]}, as_=partner(house, CODE))
            for _ in range(4)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["begun"] for answer in answers) == 1


async def test_an_earlier_time_on_the_channel_is_added_beside_the_present_one(house):
    item = await published(house)
    house.clock.move(timedelta(days=60))
    await live(house, [{"item_id": item, "live_from": day(50)}])
    past = {"item_id": item, "live_from": day(20), "live_until": day(30)}
    assert (await live(house, [past]))["begun"] == 1
    values = [
        (await figure(house, "channel_items_yue_zhi_zhu", to=day(n)))["value"]
        for n in (20, 29, 30, 50)
    ]
    assert values == [1, 1, 0, 1]
    never = {"item_id": item, "live_from": day(50), "live_until": day(50)}
    await live(house, [never], reason="误报，撤销")
    assert (await figure(house, "channel_items_yue_zhi_zhu"))["value"] == 0

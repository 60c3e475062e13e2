"""Halls, windows and what they take in; kiosks, helper points and mail desks."""

from catalog_examples import DEPARTMENT, published, put, register_basic_item
from hall_examples import (
    HALL,
    OPENING,
    ROOT,
    a_hall,
    a_window,
    admin,
    clerk,
    described,
    figure,
    manager,
    registered,
    results,
    takes,
)

from chassis import exports
from contracts.events.catalog import HallChanged

SECOND = {
    "item_code": "11445102MB2X00020M4442018009000",
    "name": "个体工商户年报",
    "task_type": "20",
    "materials": [],
    "situations": [],
    "one_window": False,
}


async def test_a_hall_says_what_it_is_like_and_whether_it_is_open_now(house):
    await registered(house)
    bare = (await house.get(f"{ROOT}/halls/{HALL}")).json()
    assert (bare["level"], bare["is_open_now"], bare["version"]) == (None, None, 0)
    assert [each["is_met"] for each in bare["unities"]] == [None] * 4
    found = await described(
        house,
        access=["wheelchair", "elder-first-window"],
        unities={"name": {"is_met": True}},
        longitude=116.63,
        latitude=23.66,
        coordinates="gcj-02",
    )
    assert found["is_open_now"] is True
    assert found["opens_next_at"].startswith("2026-03-02T14:00:00")
    assert found["today"] == [["09:00", "12:00"], ["14:00", "17:00"]]
    assert [each["is_met"] for each in found["unities"]] == [True, None, None, None]
    assert (found["stated_longitude"], found["coordinates"]) == (116.63, "gcj-02")
    assert 0.003 < found["stated_longitude"] - found["longitude"] < 0.007
    steps = await results(house, f"/halls/{HALL}/steps")
    assert [(step["step"], step["reason"]) for step in steps] == [("described", "首次登记")]
    [fact] = await house.told(HallChanged)
    assert fact.hall_code == HALL


async def test_a_manager_changes_the_own_hall_and_no_other_and_only_what_they_saw(house):
    await registered(house)
    body = {"level": "county", "opening": OPENING, "reason": "登记"}
    path = f"{ROOT}/halls/{HALL}"
    other = await put(house, path, body, as_=manager(house, "CZ-1"), if_match="*")
    unseen = await put(house, path, body, as_=manager(house), if_match=None)
    first = await put(house, path, body, as_=manager(house), if_match='"0"')
    stale = await put(house, path, body, as_=manager(house), if_match='"0"')
    assert [one.status_code for one in (other, unseen, first, stale)] == [404, 428, 200, 412]
    again = await put(house, path, body, as_=manager(house), if_match=first.headers["etag"])
    assert again.status_code == 200


async def test_hours_that_make_no_sense_are_refused(house):
    await registered(house)
    for hours in ([["12:00", "09:00"]], [["09:00", "12:00"], ["11:00", "13:00"]]):
        body = {"level": "county", "opening": {"weekly": {"1": hours}}, "reason": "登记"}
        answer = await put(house, f"{ROOT}/halls/{HALL}", body, as_=admin(house), if_match="*")
        assert answer.status_code == 422
    body = {"level": "county", "unities": {"uniform": {"is_met": True}}, "reason": "登记"}
    answer = await put(house, f"{ROOT}/halls/{HALL}", body, as_=admin(house), if_match="*")
    assert answer.json()["type"] == "/problems/unity-unknown"


async def test_a_single_day_is_closed_and_opened_again(house):
    await a_hall(house)
    path = f"{ROOT}/halls/{HALL}/days/2026-03-02"
    body = {"hours": [], "reason": "停电检修"}
    answer = await put(house, path, body, as_=manager(house), if_match=None)
    assert answer.status_code == 200, answer.text
    found = (await house.get(f"{ROOT}/halls/{HALL}")).json()
    assert (found["is_open_now"], found["today"]) == (False, [])
    [day, *_] = await results(house, f"/halls/{HALL}/days")
    assert (day["hours"], day["reason"]) == ([], "停电检修")
    undone = await house.client.delete(
        path, params={"reason": "提前完成"}, headers=house.headers(manager(house))
    )
    assert undone.status_code == 200, undone.text
    assert (await house.get(f"{ROOT}/halls/{HALL}")).json()["is_open_now"] is True
    past = f"{ROOT}/halls/{HALL}/days/2026-03-01"
    refused = await put(house, past, body, as_=manager(house), if_match=None)
    assert refused.json()["type"] == "/problems/day-past"


async def test_a_hall_lists_what_its_windows_take_in_by_item_department_theme_and_basic_code(house):
    await register_basic_item(house)
    item = await published(house, basic_code="440118009000")
    other = await published(house, **SECOND, themes=["marriage"])
    await a_hall(house)
    for number, pair in enumerate(
        [
            ("item", item),
            ("basic-code", "440118009000"),
            ("theme", "marriage"),
            ("department", DEPARTMENT),
        ]
    ):
        window = await a_window(house, number=str(number))
        await takes(house, window, pair)
        found = {
            row["item_id"] for row in await results(house, f"/halls/{HALL}/items", window=window)
        }
        wanted = [{item}, {item}, {other}, {item, other}][number]
        assert found == wanted, pair
    assert len(await results(house, f"/halls/{HALL}/items")) == 2
    assert len(await results(house, f"/halls/{HALL}/windows")) == 4


async def test_a_theme_or_basic_code_means_the_items_of_the_halls_own_division(house):
    await register_basic_item(house)
    await published(house, basic_code="440118009000", themes=["food"])
    await a_hall(house, "CA-1", "445103")
    window = await a_window(house, "CA-1")
    await takes(house, window, ("theme", "food"), ("basic-code", "440118009000"), code="CA-1")
    assert await results(house, "/halls/CA-1/items") == []


async def test_intakes_are_all_or_none_and_a_repeat_changes_nothing(house):
    item = await published(house)
    await a_hall(house)
    window = await a_window(house)
    path = f"{ROOT}/halls/{HALL}/windows/{window}/intakes"
    unknown = "019a0000-0000-7000-8000-000000000099"
    rows = [{"what": "item", "value": item}, {"what": "item", "value": unknown}]
    refused = await house.post(path, {"add": rows, "reason": "进驻"}, as_=admin(house))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/item-unknown")
    assert await results(house, f"/halls/{HALL}/items") == []
    assert await takes(house, window, ("item", item)) == {"added": 1, "ended": 0, "unchanged": 0}
    assert await takes(house, window, ("item", item)) == {"added": 0, "ended": 0, "unchanged": 1}
    foreign = await house.post(
        path, {"add": rows[:1], "reason": "进驻"}, as_=manager(house, "CZ-1")
    )
    assert foreign.status_code == 404


async def test_one_window_figures_count_the_windows_and_differ_from_the_guides_by_name(house):
    claimed = await published(house)
    taken = await published(house, **SECOND)
    before = await figure(house, "one_window_items")
    assert before["value"] == 1
    await a_hall(house)
    window = await a_window(house, opened_on="2026-03-02")
    await takes(house, window, ("item", taken))
    for code in ("one_window_items", "one_window_departments"):
        found = await figure(house, code)
        assert found["value"] == 1, code
        records = await house.get(found["records_url"], params={"count": "exact"})
        assert records.json()["count"] == 1
    [row] = await results(house, "/halls/one-window-items")
    assert row["item_id"] == taken
    differences = await results(house, "/halls/window-differences")
    assert {row["item_id"]: row["difference"] for row in differences} == {
        claimed: "claimed-not-taken",
        taken: "taken-not-claimed",
    }
    csv = await house.get(f"{ROOT}/halls/window-differences/export")
    assert csv.text.count("\r\n") == 3
    assert "综合窗口未受理" in csv.text


async def test_a_figure_of_a_past_day_is_of_the_windows_of_that_day(house):
    item = await published(house)
    await a_hall(house)
    window = await a_window(house, opened_on="2026-03-01")
    await takes(house, window, ("item", item))
    house.clock.set(house.clock.now().replace(day=20))
    row = {"what": "item", "value": item}
    ended = await house.post(
        f"{ROOT}/halls/{HALL}/windows/{window}/intakes",
        {"end": [row], "day": "2026-03-10", "reason": "撤出"},
        as_=manager(house),
    )
    assert ended.json()["ended"] == 1
    values = [
        (await figure(house, "one_window_items", to=day))["value"]
        for day in ("2026-03-02", "2026-03-09", "2026-03-10")
    ]
    assert values == [1, 1, 0]


async def test_a_closed_window_takes_nothing_in_from_that_day_on(house):
    item = await published(house)
    await a_hall(house)
    window = await a_window(house)
    await takes(house, window, ("item", item))
    body = {
        "number": "1",
        "name": "综合窗口",
        "kind": "general",
        "closed_on": "2026-03-05",
        "reason": "并窗",
    }
    path = f"{ROOT}/halls/{HALL}/windows/{window}"
    closed = await put(house, path, body, as_=manager(house), if_match='"1"')
    assert closed.status_code == 200, closed.text
    assert len(await results(house, f"/halls/{HALL}/items")) == 1
    assert await results(house, f"/halls/{HALL}/items", to="2026-03-05") == []
    steps = await results(house, f"/halls/{HALL}/windows/{window}/steps")
    assert [step["step"] for step in steps] == ["opened", "intakes-changed", "closed"]


async def a_kiosk(house, code: str, division: str, **changes):
    body = {
        "code": code,
        "kind": "kiosk",
        "name": f"粤智助 {code}",
        "division": division,
        "address": "村委会",
        "reason": "布设",
        **changes,
    }
    return await house.post(f"{ROOT}/service-points", body, as_=admin(house))


TOWNS = [
    {"code": "445102001", "name": "太平街道", "level": "town"},
    {"code": "445102002", "name": "西湖街道", "level": "town"},
    {"code": "445103101", "name": "古巷镇", "level": "town"},
]


async def test_towns_without_a_kiosk_are_shown_as_missing(house):
    await house.post(f"{ROOT}/divisions", {"rows": TOWNS}, as_=admin(house))
    for code, division in (("K1", "445102001"), ("K2", "445102001001")):
        assert (await a_kiosk(house, code, division)).status_code == 201
    answer = (await house.get(f"{ROOT}/kiosks/coverage")).json()
    assert [(row["code"], row["kiosks"]) for row in answer["results"]] == [
        ("445102001", 2),
        ("445102002", 0),
        ("445103101", 0),
    ]
    assert (answer["divisions"], answer["with_kiosk"], answer["without_kiosk"]) == (3, 1, 2)
    missing = await results(house, "/kiosks/coverage", missing_only=True, division="4451")
    assert [row["name"] for row in missing] == ["西湖街道", "古巷镇"]
    share = await figure(house, "towns_with_kiosk_share")
    assert (share["numerator"], share["denominator"]) == (1, 3)
    before = await figure(house, "towns_with_kiosk_share", to="2026-03-01")
    assert before["value"] == 0


async def test_a_kiosk_breaks_works_again_and_is_withdrawn_for_good(house):
    await registered(house)
    await a_kiosk(house, "K1", "445102001", hall=HALL)
    path = f"{ROOT}/service-points/K1/reports"
    said = [
        await house.post(path, {"state": state, "reason": "巡检"}, as_=clerk(house))
        for state in ("broken", "in-service", "withdrawn", "in-service")
    ]
    assert [one.status_code for one in said] == [200, 200, 200, 409]
    assert said[-1].json()["type"] == "/problems/point-withdrawn"
    foreign = await house.post(
        path, {"state": "broken", "reason": "巡检"}, as_=clerk(house, "CZ-1")
    )
    assert foreign.status_code == 404
    steps = await results(house, "/service-points/K1/steps")
    assert [step["state"] for step in steps] == ["in-service", "broken", "in-service", "withdrawn"]
    assert await results(house, "/kiosks") == []


async def test_a_helper_is_known_by_staff_number_and_a_mail_desk_by_who_pays(house):
    item = await published(house)
    helper = await a_kiosk(house, "H1", "445102001", kind="helper-point", staff_numbers=["XQ-0017"])
    assert (helper.status_code, helper.json()["staff_numbers"]) == (201, ["XQ-0017"])
    mail = await a_kiosk(
        house, "M1", "445102", kind="mail-desk", payer="government", couriers=["邮政速递"]
    )
    assert (mail.json()["payer"], mail.json()["couriers"]) == ("government", ["邮政速递"])
    rows = {"add": [{"what": "item", "value": item}], "reason": "可邮寄"}
    for code in ("H1", "M1"):
        path = f"{ROOT}/service-points/{code}/intakes"
        assert (await house.post(path, rows, as_=admin(house))).json()["added"] == 1
    found = await results(house, "/service-points", kind="mail-desk", item=item)
    assert [row["code"] for row in found] == ["M1"]
    [does] = await results(house, "/service-points/H1/items")
    assert does["item_id"] == item


async def test_an_export_goes_page_by_page_and_runs_nothing_in_a_spreadsheet(house, monkeypatch):
    monkeypatch.setattr(exports, "PAGE_ROWS", 2)
    for number in range(5):
        await a_kiosk(house, f"K{number}", "445102001", name="=HYPERLINK(1)")
    path = f"{ROOT}/service-points/export"
    csv = await house.get(path)
    lines = csv.content.decode("utf-8-sig").splitlines()
    assert csv.content.startswith(b"\xef\xbb\xbf")
    assert (len(lines), lines[0].split(",")[0]) == (6, "编码")
    assert all("'=HYPERLINK(1)" in line for line in lines[1:])
    assert "filename*=UTF-8''%E8%87%AA" in csv.headers["content-disposition"]
    jsonl = (await house.get(path, params={"format": "jsonl"})).text.splitlines()
    assert len(jsonl) == 5
    xlsx = await house.get(path, params={"format": "xlsx"})
    assert xlsx.content.startswith(b"PK")

"""Supervision items (互联网+监管): the list, behaviour data reported monthly, and coverage with who is missing."""

import asyncio
import json
from datetime import UTC, date, datetime

import pytest

from catalog.domain.supervision import due_on, month_before
from catalog.workers.supervision import raise_supervision_reminders
from chassis import exports
from chassis.blobs import XLSX
from chassis.workbooks import read_rows
from contracts.events.catalog import SupervisionReported

ROOT = "/catalog/v1"
MARKET, HOUSING = "11445100MB2X00020M", "11445100MB2X00021K"
NAMES = {MARKET: "市市场监督管理局", HOUSING: "市住房和城乡建设局"}
ITEMS = f"{ROOT}/supervision-items"
REPORTS = f"{ROOT}/supervision-reports"
SHARE = f"{ROOT}/indicators/supervision_items_covered_share"


def officer(house, department: str = MARKET, number: int = 1) -> dict:
    subject = f"019a0000-0000-7000-8000-{number:012d}"
    return house.staff("department_officer", subject=subject, department=department)


def row(number: int, department: str = MARKET, **changes) -> dict:
    return {
        "code": f"JG-{department[-4:]}-{number:04d}",
        "name": f"对第 {number} 类对象的监督检查",
        "kind": "inspection",
        "department": department,
        "department_name": NAMES[department],
        "division": "445100",
        "basis": "食品安全法第一百一十条",
        "power_code": "440600001000",
        "listed_from": "2026-01-01",
        **changes,
    }


async def register(house, *rows: dict, as_=None) -> dict:
    answer = await house.post(ITEMS, {"rows": list(rows)}, as_=as_ or house.staff("system_admin"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def report(house, month: str, counts: dict[int, int], *, department: str = MARKET, **options):
    rows = [
        {"item_code": f"JG-{department[-4:]}-{number:04d}", "behaviours": behaviours}
        for number, behaviours in counts.items()
    ]
    who = options.pop("as_", None) or officer(house, department)
    return await house.post(REPORTS, {"month": month, "rows": rows, **options}, as_=who)


async def results(house, path: str, **params) -> list[dict]:
    answer = await house.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def share(house, **params) -> tuple:
    figure = (await house.get(SHARE, params=params)).json()
    return figure["numerator"], figure["denominator"], figure["value"]


async def test_items_are_registered_in_bulk_corrected_and_kept_with_their_history(house):
    assert await register(house, row(1), row(2)) == {"added": 2, "corrected": 0, "unchanged": 0}
    assert await register(house, row(1), row(2, name="改名")) == {
        "added": 0,
        "corrected": 1,
        "unchanged": 1,
    }
    listed = {item["code"]: item for item in await results(house, ITEMS)}
    changed = listed["JG-020M-0002"]
    assert (changed["name"], changed["power_code"]) == ("改名", "440600001000")
    steps = await results(house, f"{ITEMS}/{changed['id']}/steps")
    assert [step["step"] for step in steps] == ["registered", "corrected"]
    assert steps[1]["reason"] == "登记监管事项｜name: 对第 2 类对象的监督检查 → 改名"


async def test_a_line_that_stands_twice_is_refused_and_nothing_is_taken(house):
    answer = await house.post(ITEMS, {"rows": [row(1), row(1)]}, as_=house.staff("system_admin"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/rows/1/code")
    assert await results(house, ITEMS) == []


async def test_a_department_registers_and_reports_its_own_items_only(house):
    other = await house.post(ITEMS, {"rows": [row(1, HOUSING)]}, as_=officer(house))
    assert (other.status_code, other.json()["type"]) == (403, "/problems/department-not-yours")
    await register(house, row(1), row(1, HOUSING))
    by_code = await report(house, "2026-02", {1: 3}, department=HOUSING, as_=officer(house, MARKET))
    assert by_code.json()["errors"][0]["code"] == "item-unknown"
    (theirs,) = await results(house, ITEMS, department=HOUSING)
    rows = [{"item_id": theirs["id"], "behaviours": 3}]
    answer = await house.post(REPORTS, {"month": "2026-02", "rows": rows}, as_=officer(house))
    assert answer.json()["errors"][0]["code"] == "item-of-another-department"
    removal = await house.post(
        f"{ITEMS}/{theirs['id']}/removals", {"reason": "不归我"}, as_=officer(house)
    )
    assert removal.status_code == 403
    for who, status in ((None, 401), (house.person("citizen"), 403)):
        assert (
            await house.post(REPORTS, {"month": "2026-02", "rows": rows}, as_=who)
        ).status_code == status


async def test_behaviour_data_is_reported_monthly_and_told(house):
    await register(house, row(1), row(2))
    answer = await report(house, "2026-02", {1: 12, 2: 0})
    assert answer.status_code == 201, answer.text
    made = answer.json()["report"]
    assert (made["items"], made["behaviours"], made["is_late"], made["due_on"]) == (
        2,
        12,
        False,
        "2026-03-10",
    )
    (fact,) = await house.told(SupervisionReported)
    assert (fact.month, fact.items, str(fact.report_id)) == ("2026-02", 2, made["id"])
    counts = await results(house, f"{REPORTS}/{made['id']}/counts")
    assert [(c["code"], c["behaviours"]) for c in counts] == [
        ("JG-020M-0001", 12),
        ("JG-020M-0002", 0),
    ]


async def test_a_future_month_is_refused_and_the_running_one_is_taken(house):
    await register(house, row(1))
    future = await report(house, "2026-04", {1: 1})
    assert (future.status_code, future.json()["type"]) == (422, "/problems/future-month")
    assert (await report(house, "2026-03", {1: 1})).status_code == 201
    assert (await report(house, "2026-13", {1: 1})).status_code == 422


async def test_what_comes_after_the_due_day_is_taken_and_marked_late(house):
    await register(house, row(1))
    answer = await report(house, "2026-01", {1: 1})
    assert answer.json()["report"]["is_late"] is True
    (late,) = await results(house, REPORTS, late="true")
    assert late["month"] == "2026-01"
    assert await results(house, REPORTS, late="false") == []


async def test_a_correction_says_why_and_keeps_the_history(house):
    await register(house, row(1), row(2))
    await report(house, "2026-02", {1: 12, 2: 5})
    bare = await report(house, "2026-02", {1: 10})
    assert (bare.status_code, bare.json()["type"]) == (422, "/problems/correction-needs-reason")
    same = await report(house, "2026-02", {1: 12, 2: 5})
    assert (same.status_code, same.json()) == (201, {"report": None, "unchanged": 2})
    answer = await report(house, "2026-02", {1: 10, 2: 5}, reason="重复计数")
    assert (answer.json()["report"]["corrected"], answer.json()["unchanged"]) == (1, 1)
    item = next(i for i in await results(house, ITEMS) if i["code"].endswith("0001"))
    counts = await results(house, f"{ITEMS}/{item['id']}/counts")
    assert [(c["number"], c["behaviours"], c["is_current"], c["reason"]) for c in counts] == [
        (2, 10, True, "重复计数"),
        (1, 12, False, ""),
    ]


async def test_faulty_rows_are_all_named_and_none_is_taken(house):
    await register(house, row(1), row(2, listed_from="2026-03-01"))
    rows = [
        {"item_code": "JG-020M-0001", "behaviours": 1},
        {"item_code": "NO-SUCH", "behaviours": 1},
        {"item_code": "JG-020M-0002", "behaviours": 1},
        {"item_code": "JG-020M-0001", "behaviours": 2},
    ]
    answer = await house.post(REPORTS, {"month": "2026-02", "rows": rows}, as_=officer(house))
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/rows/1/item_code", "item-unknown"),
        ("/rows/2/item_id", "item-not-listed-then"),
        ("/rows/3/item_id", "row-twice"),
    ]
    assert await results(house, REPORTS) == []


async def test_coverage_names_each_department_that_is_missing_monthly_and_so_far(house):
    await register(house, row(1), row(2), row(3), row(1, HOUSING), row(2, HOUSING))
    await report(house, "2026-01", {1: 1, 2: 1, 3: 1})
    await report(house, "2026-02", {1: 4, 2: 0})
    await report(house, "2026-02", {1: 1, 2: 2}, department=HOUSING)
    body = (await house.get(f"{ROOT}/supervision/coverage", params={"month": "2026-02"})).json()
    assert (body["items"], body["reported"], body["covered"], body["covered_so_far"]) == (
        5,
        4,
        3,
        5,
    )
    assert (body["share"], body["share_so_far"], body["departments_missing"]) == (0.6, 1.0, 1)
    seen = {
        r["code"]: (r["items"], r["reported"], r["covered"], r["missing"]) for r in body["results"]
    }
    assert seen == {MARKET: (3, 2, 1, 1), HOUSING: (2, 2, 2, 0)}
    params = {"month": "2026-02", "missing_only": "true"}
    (lacking,) = await results(house, f"{ROOT}/supervision/coverage", **params)
    assert (lacking["name"], lacking["is_missing"]) == ("市市场监督管理局", True)
    (item,) = (await house.get(lacking["missing_url"])).json()["results"]
    assert item["code"] == "JG-020M-0003"


async def test_a_department_is_reminded_once_after_the_due_day_until_it_has_reported(house):
    await register(house, row(1), row(2), row(1, HOUSING))
    await report(house, "2026-02", {1: 1})
    await report(house, "2026-02", {1: 1}, department=HOUSING)
    assert await raise_supervision_reminders(house.runtime) == 0, "the due day has not passed"
    house.clock.set(datetime(2026, 3, 11, 2, tzinfo=UTC))
    assert await raise_supervision_reminders(house.runtime) == 1
    assert await raise_supervision_reminders(house.runtime) == 0
    path = f"{ROOT}/supervision/reminders"
    (reminder,) = await results(house, path, open="true")
    assert (reminder["department"], reminder["month"], reminder["missing"]) == (
        MARKET,
        "2026-02",
        1,
    )
    await report(house, "2026-02", {2: 0})
    assert await results(house, path, open="true") == []
    (closed,) = await results(house, path)
    assert closed["state"] == "closed"


async def test_the_due_day_is_a_rule_that_an_official_changes(house):
    path = f"{ROOT}/rules/supervision-report-due-day"
    rule = await house.get(path)
    body = rule.json()
    changed = {"value": 5, "reason": "省平台通知", "source": "通知", "verified": True}
    headers = house.headers(house.staff("system_admin")) | {
        "If-Match": rule.headers.get("etag", "*")
    }
    answer = await house.client.put(path, json=changed, headers=headers)
    assert answer.status_code == 200, (answer.text, body)
    await register(house, row(1))
    assert (await report(house, "2026-02", {1: 1})).json()["report"]["due_on"] == "2026-03-05"


async def test_the_published_share_is_computed_from_the_books_at_any_past_date(house):
    """479 of 556 supervision items covered is 86.15 %, as one real city published."""
    await register(house, *[row(n) for n in range(1, 557)])
    await report(house, "2026-01", {n: n for n in range(1, 401)})
    assert await share(house) == (400, 556, 0.7194)
    house.clock.set(datetime(2026, 3, 20, 2, tzinfo=UTC))
    await report(house, "2026-02", dict.fromkeys(range(350, 480), 1))
    await report(house, "2026-02", dict.fromkeys(range(480, 557), 0))
    assert await share(house) == (479, 556, 0.8615)
    assert await share(house, to="2026-03-19") == (400, 556, 0.7194)
    assert await share(house, to="2026-03-01") == (0, 556, 0.0)
    assert await share(house, to="2025-12-31") == (0, 0, None)
    assert await share(house, **{"from": "2026-02-01"}) == (130, 556, 0.2338)
    assert (await share(house, department=HOUSING))[2] is None
    figure = (await house.get(SHARE)).json()
    records = await house.get(figure["records_url"] + "?count=exact&covered=true")
    assert records.json()["count"] == 479


async def test_a_correction_down_to_none_uncovers_from_its_day_on(house):
    await register(house, row(1))
    await report(house, "2026-02", {1: 3})
    house.clock.set(datetime(2026, 3, 5, 2, tzinfo=UTC))
    await report(house, "2026-02", {1: 0}, reason="误报")
    assert (await share(house, to="2026-03-04"))[0] == 1
    assert (await share(house, to="2026-03-05"))[0] == 0


async def test_an_item_off_the_list_counts_until_its_day_and_can_be_taken_up_again(house):
    await register(house, row(1), row(2))
    item = next(i for i in await results(house, ITEMS) if i["code"].endswith("0001"))
    path = f"{ITEMS}/{item['id']}/removals"
    answer = await house.post(path, {"reason": "上级取消"}, as_=officer(house))
    assert (answer.status_code, answer.json()["listed_until"]) == (201, "2026-03-02")
    again = await house.post(path, {"reason": "上级取消"}, as_=officer(house))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/item-removed")
    assert (await share(house, to="2026-03-01"))[1] == 2
    assert (await share(house))[1] == 1
    await register(house, row(1, listed_from="2026-01-01"))
    assert (await share(house))[1] == 2


async def test_items_without_anybody_to_watch_are_shown_and_counted_as_the_rule_says(house):
    await register(house, row(1), row(2, no_object_confirmed=True))
    await report(house, "2026-02", {1: 3})
    assert await share(house) == (1, 2, 0.5)
    listed = await results(house, ITEMS)
    assert [i["no_object_confirmed"] for i in listed if i["code"].endswith("0002")] == [True]


@pytest.mark.parametrize(
    ("month", "day", "due"),
    [
        ("2026-11", 10, date(2026, 12, 10)),
        ("2026-12", 10, date(2027, 1, 10)),
        ("2026-01", 31, date(2026, 2, 28)),
    ],
)
def test_the_due_day_lies_in_the_next_month(month, day, due):
    assert due_on(month, day) == due
    assert month_before(due) == month


async def exported(house, path: str, **params):
    answer = await house.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer


async def test_what_is_exported_registers_back_as_it_was(house, monkeypatch):
    monkeypatch.setattr(exports, "PAGE_ROWS", 2)
    await register(house, *[row(n) for n in range(1, 6)])
    lines = (await exported(house, f"{ITEMS}/export", format="jsonl")).text.splitlines()
    rows = [json.loads(line) for line in lines]
    back = [{k: v for k, v in each.items() if not k.startswith("is_")} for each in rows]
    assert len(back) == 5, "every page, none twice"
    assert await register(house, *back) == {"added": 0, "corrected": 0, "unchanged": 5}


async def test_exports_open_in_a_spreadsheet_and_run_nothing_there(house):
    await register(house, row(1, name='=HYPERLINK("x")'))
    await report(house, "2026-02", {1: 3})
    await report(house, "2026-02", {1: 2}, reason="核减")
    csv = await exported(house, f"{ITEMS}/export", format="csv")
    assert csv.content.startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK" in csv.text
    assert "filename*=UTF-8''%E7%9B%91%E7%AE%A1" in csv.headers["content-disposition"]
    xlsx = await exported(house, f"{REPORTS}/export", format="xlsx", month="2026-02")
    rows = [each.values for each in read_rows(xlsx.content, media_type=XLSX)]
    assert [(r["监管行为数"], r["现行有效"], r["更正原因"]) for r in rows] == [
        ("3", "否", ""),
        ("2", "是", "核减"),
    ]


async def test_two_reports_at_once_do_not_both_count(house):
    await register(house, row(1))
    answers = await asyncio.gather(
        *(report(house, "2026-02", {1: n}, reason="并发") for n in (3, 4, 5))
    )
    assert {answer.status_code for answer in answers} == {201}
    current = await house.sql("SELECT number FROM supervision_counts WHERE is_current")
    assert [one["number"] for one in current] == [3]

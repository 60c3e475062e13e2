"""Figures, monthly sheets and the lists they open down to count the same orders, whatever happened to them."""

import random
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from workorder_stories import (
    DEPARTMENT,
    DIVISION,
    ORDERS,
    a_hotline_order,
    an_officer,
    dispatched,
    order_step,
)

from workorder.figures.hotline import INDICATORS
from workorder.queries.measures import MEASURES, RATES

OTHER = "11445103MB2X00099X"
LEDGERS = "/workorder/v1/ledgers"
REPLY = {"outcome": "solved", "text": "已处理"}
REASON = {"reason": "理由"}


def _lead(house):
    return house.staff("hotline_lead", "hotline_agent")


WALKS = (
    ("dispatches", {"department": DEPARTMENT, "division": DIVISION, **REASON}, "lead"),
    ("dispatches", {"department": OTHER, "division": "445103", **REASON}, "lead"),
    ("answers", REPLY, "lead"),
    ("signatures", {}, "officer"),
    ("replies", REPLY, "officer"),
    ("returns", REASON, "officer"),
    ("return-rulings", {"granted": True, **REASON}, "lead"),
    ("extensions", {"days": 2, **REASON}, "officer"),
    ("extension-rulings", {"granted": True, **REASON}, "lead"),
    ("visits", {"satisfied": True, "solved": True, "satisfaction": 4}, "lead"),
    ("visits", {"satisfied": False, "solved": False, "satisfaction": 1}, "lead"),
    ("reopenings", REASON, "lead"),
    ("cancellations", REASON, "lead"),
    ("suspensions", {"kind": "other", **REASON}, "lead"),
    ("resumptions", {}, "lead"),
)


async def _walked(house, *, orders, steps, seed):
    """Orders that went as chance would have it, over some weeks."""
    rng = random.Random(seed)
    made = []
    for _ in range(orders):
        kind = rng.choice(["complaint", "help", "consultation"])
        made.append(
            await a_hotline_order(house, type=kind, division=rng.choice(["445102", "445103"]))
        )
    for _ in range(steps):
        house.clock.move(timedelta(hours=rng.choice([1, 5, 20])))
        order = rng.choice(made)
        noun, body, who = rng.choice(WALKS)
        as_ = _lead(house)
        if who == "officer":
            now = (await house.get(f"{ORDERS}/{order['id']}", as_=as_)).json()
            as_ = an_officer(house, now["department"] or DEPARTMENT)
        answer = await house.post(f"{ORDERS}/{order['id']}/{noun}", body, as_=as_)
        assert answer.status_code in {201, 403, 404, 409}, answer.text
    return made


async def _listed(house, url):
    """How many orders a list has, page by page."""
    joint = "&" if "?" in url else "?"
    seen, cursor = set(), ""
    while True:
        answer = await house.get(f"{url}{joint}limit=5{cursor}", as_=_lead(house))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        ids = [each.get("id") or each["call_id"] for each in page["results"]]
        assert not seen.intersection(ids)
        seen.update(ids)
        if page["next_cursor"] is None:
            return len(seen)
        cursor = f"&cursor={page['next_cursor']}"


async def _figure(house, code, query=""):
    answer = await house.get(f"/workorder/v1/indicators/{code}{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_any_walk_figures_sheets_and_lists_agree_to_the_last_order(house, seed):
    await _walked(house, orders=8, steps=140, seed=seed)
    codes = [each.code for each in INDICATORS]
    for query in ("", "?from=2026-03-01&to=2026-03-31", f"?to=2026-03-12&department={DEPARTMENT}"):
        for code in [*codes, "hotline_completion_rate"]:
            figure = await _figure(house, code, query)
            assert await _listed(house, figure["records_url"]) == figure["denominator"], code
            assert await _listed(house, figure["numerator_url"]) == figure["numerator"], code
            assert (figure["value"] is None) == (figure["denominator"] == 0)
    for month in ("2026-03", "2026-04"):
        last = {"2026-03": 31, "2026-04": 30}[month]
        sheet = (await house.get(f"{LEDGERS}/{month}?kind=hotline", as_=_lead(house))).json()
        within = f"?from={month}-01&to={month}-{last}"
        for rate in RATES:
            figure = await _figure(house, f"hotline_{rate.code}", within)
            counts = sheet["total"]["counts"]
            assert counts[rate.part] == figure["numerator"], rate.code
            assert counts[rate.whole] == figure["denominator"], rate.code
            assert sheet["total"]["rates"][rate.code] == figure["value"]
        for measure in MEASURES:
            parts = sum(each["counts"][measure] for each in sheet["departments"])
            lines = sum(
                line["counts"][measure] for each in sheet["departments"] for line in each["lines"]
            )
            assert parts == lines == sheet["total"]["counts"][measure]
            for each in sheet["departments"]:
                count = each["counts"][measure]
                assert await _listed(house, f"{each['records_url']}&figure={measure}") == count


async def test_a_sheet_says_what_was_dispatched_on_time_solved_and_satisfied(house):
    agent, officer = _lead(house), an_officer(house)
    done, late, waiting = [await a_hotline_order(house) for _ in range(3)]
    await order_step(house, await a_hotline_order(house), "answers", REPLY, as_=agent)
    for order in (done, late, waiting):
        await dispatched(house, order)
    await order_step(house, done, "signatures", {}, as_=officer)
    await order_step(house, done, "replies", REPLY, as_=officer)
    seen = {"satisfied": True, "solved": True, "satisfaction": 3}
    await order_step(house, done, "visits", seen, as_=agent)
    house.clock.move(timedelta(days=10))
    await order_step(house, late, "signatures", {}, as_=officer)
    await order_step(house, late, "replies", REPLY, as_=officer)
    seen = {"satisfied": True, "solved": False, "satisfaction": 2}
    await order_step(house, late, "visits", seen, as_=agent)
    sheet = (await house.get(f"{LEDGERS}/2026-03?kind=hotline", as_=agent)).json()
    [own] = [each for each in sheet["departments"] if each["department"] == DEPARTMENT]
    expected = {
        "opened": 3, "dispatched": 3, "signature_due": 3, "signed": 1, "reaction_due": 3, "reacted": 1,
        "due": 3, "closed_of_due": 2, "on_time": 1, "visited": 2, "solved": 1, "satisfied": 1, "rated": 2,
    }  # fmt: skip
    assert {code: own["counts"][code] for code in expected} == expected
    assert own["rates"]["on_time_share"] == 0.3333
    assert (sheet["total"]["counts"]["answered_at_once"], sheet["total"]["counts"]["opened"]) == (
        1,
        4,
    )
    assert own["rates"]["extension_share"] == 0.0
    assert own["rates"]["repeat_share"] == 0.0


async def test_a_return_counts_for_who_returned_it(house):
    order = await a_hotline_order(house)
    await dispatched(house, order, department=OTHER)
    await order_step(house, order, "returns", REASON, as_=an_officer(house, OTHER))
    granted = {"granted": True, **REASON}
    await order_step(house, order, "return-rulings", granted, as_=_lead(house))
    await dispatched(house, order)
    share = await _figure(house, "hotline_return_share", f"?department={OTHER}")
    assert (share["value"], share["numerator"], share["denominator"]) == (1.0, 1, 1)
    share = await _figure(house, "hotline_return_share", f"?department={DEPARTMENT}")
    assert (share["value"], share["numerator"], share["denominator"]) == (0.0, 0, 1)
    sheet = (await house.get(f"{LEDGERS}/2026-03", as_=_lead(house))).json()
    counts = {each["department"]: each["counts"]["returned"] for each in sheet["departments"]}
    assert counts == {OTHER: 1, DEPARTMENT: 0}


async def test_a_past_figure_stays_as_it_was_while_the_books_go_on(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    house.clock.move(timedelta(days=40))
    march = "?from=2026-03-01&to=2026-03-31"
    before = await _figure(house, "hotline_completion_rate", march)
    assert (before["value"], before["denominator"]) == (0.0, 1)
    await order_step(house, order, "replies", REPLY, as_=an_officer(house))
    await order_step(house, order, "visits", {"satisfied": True}, as_=_lead(house))
    after = await _figure(house, "hotline_completion_rate", march)
    assert (after["value"], after["denominator"]) == (0.0, 1)
    assert (await _figure(house, "hotline_completion_rate"))["value"] == 1.0


async def test_orders_of_mediation_and_law_enforcement_are_left_out_of_satisfaction(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    await order_step(house, order, "replies", REPLY, as_=an_officer(house))
    await order_step(house, order, "visits", {"satisfied": True}, as_=_lead(house))
    assert (await _figure(house, "hotline_satisfied_share"))["denominator"] == 1
    await house.sql("UPDATE work_orders SET exclude_from_satisfaction = true")
    excluded = await _figure(house, "hotline_satisfied_share")
    assert (excluded["value"], excluded["denominator"]) == (None, 0)


async def test_a_workbook_has_a_sheet_for_each_kind_and_department_and_sums_up_first(house):
    for department in (DEPARTMENT, OTHER):
        order = await a_hotline_order(house)
        await dispatched(house, order, department=department)
    answer = await house.get(f"{LEDGERS}/2026-03?format=xlsx", as_=_lead(house))
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    book = load_workbook(BytesIO(answer.content))
    assert book.sheetnames == ["汇总 2026-03", f"热线 {DEPARTMENT}", f"热线 {OTHER}"]
    heads, *_, last = book["汇总 2026-03"].iter_rows(values_only=True)
    assert last[heads.index("派单")] == 2
    assert last[0] == "合计"


async def test_who_reads_a_sheet_sees_their_own_reach_and_nothing_else(house):
    for department in (DEPARTMENT, OTHER):
        order = await a_hotline_order(house)
        await dispatched(house, order, department=department)
    sheet = (await house.get(f"{LEDGERS}/2026-03", as_=an_officer(house))).json()
    assert [each["department"] for each in sheet["departments"]] == [DEPARTMENT]
    assert sheet["total"]["counts"]["dispatched"] == 1
    for wrong in ("2026-13", "2026-3", "march", "0000-01"):
        assert (await house.get(f"{LEDGERS}/{wrong}", as_=_lead(house))).status_code == 422


async def test_lists_are_narrowed_by_days_and_outcomes_and_refuse_what_they_do_not_know(house):
    order = await a_hotline_order(house, urgency="urgent", source="mail")
    await dispatched(house, order)
    house.clock.move(timedelta(days=1))
    await a_hotline_order(house)
    for query, count in {
        "opened_to=2026-03-02": 1,
        "opened_from=2026-03-03": 1,
        "dispatched_from=2026-03-02&dispatched_to=2026-03-02": 1,
        "due_from=2026-03-03": 1,
        "closed_from=2026-03-01": 0,
        "urgency=urgent&source=mail": 1,
        "type=complaint&process=hotline": 2,
        "repeat=true": 0,
        "returned=false&on_time=true": 2,
        "opened_from=0001-01-01&opened_to=9999-12-31": 2,
        "from=2026-03-03&department=-": 1,
    }.items():
        assert await _listed(house, f"{ORDERS}?{query}") == count, query
    unknown = await house.get(f"{ORDERS}?figure=made_up", as_=_lead(house))
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-figure")


async def test_hot_topics_are_what_rises_and_each_opens_to_exactly_its_orders(house):
    for _ in range(3):
        await a_hotline_order(house, title="路灯不亮", category="city.lighting", place="枫春路")
    house.clock.move(timedelta(days=31))
    for _ in range(4):
        await a_hotline_order(
            house, title="自来水停水", category="city.water", place="城基路", division="445102"
        )
    await a_hotline_order(house, title="路灯不亮", category="city.lighting", place="枫春路")
    answer = await house.get("/workorder/v1/hot-topics?month=2026-04", as_=_lead(house))
    assert answer.status_code == 200, answer.text
    topics = answer.json()
    first = topics["categories"][0]
    assert (first["name"], first["division"], first["count"], first["before"]) == (
        "city.water",
        "445102",
        4,
        0.0,
    )
    assert (topics["places"][0]["name"], topics["places"][0]["count"]) == ("城基路", 4)
    assert "自来水" in {each["name"] for each in topics["words"]}
    for kind in ("categories", "places", "words"):
        for each in topics[kind]:
            assert await _listed(house, each["records_url"]) == each["count"], each
    narrowed = await house.get(
        "/workorder/v1/hot-topics?month=2026-04&division=445103", as_=_lead(house)
    )
    assert narrowed.json()["categories"] == []


async def test_calls_that_were_answered_are_a_share_of_those_that_have_ended_either_way(house):
    for number, (state, ring) in enumerate(
        [("ended", 5), ("answered", 20), ("abandoned", 40), ("queued", None)]
    ):
        await house.sql(
            "INSERT INTO calls (id, call_id, skill, state, offered_at, answered_at, ring_seconds, recording_ref, "
            "row_version) VALUES (gen_random_uuid(), $1, 'general', $2, $3, $4, $5, '', 1)",
            f"call-{number}",
            state,
            house.clock.now(),
            house.clock.now() if state in {"ended", "answered"} else None,
            ring,
        )
    for code, numerator in (("hotline_answered_share", 2), ("hotline_answered_in_time_share", 1)):
        figure = await _figure(house, code, "?from=2026-03-01&to=2026-03-31")
        assert (figure["numerator"], figure["denominator"]) == (numerator, 3)
        assert await _listed(house, figure["records_url"]) == 3
        assert await _listed(house, figure["numerator_url"]) == numerator
    assert (await _figure(house, "hotline_answered_share", "?from=2026-04-01"))["value"] is None

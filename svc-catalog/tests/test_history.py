"""Figures at any past date: each opens to exactly the records that were in force at the end of that day."""

import json
import random
from datetime import date, timedelta

import pytest
from catalog_examples import DEPARTMENT, guide, publish, published, publisher

from catalog.domain.measures import measures_of
from catalog.repository.history import FACTS
from catalog.tables.history import item_spans
from catalog.workers.history import fold_measures

ITEMS = "/catalog/v1/items"
FIRST = date(2026, 3, 2)
COUNTS = (
    "items_on_application",
    "permits",
    "one_window_items",
    "cross_region_items",
    "four_exempt_items",
    "show_code_items",
    "channel_items",
    "channel_items_yue_sheng_shi",
)
SHARES = (
    "permit_fully_online_share",
    "permit_at_most_one_visit_share",
    "permit_zero_visit_share",
)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


async def figure(house, code: str, **params) -> dict:
    answer = await house.get(f"/catalog/v1/indicators/{code}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(house, url: str) -> list[dict]:
    joint = "&" if "?" in url else "?"
    found, cursor = [], None
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        answer = await house.get(f"{url}{joint}limit=100{more}")
        assert answer.status_code == 200, answer.text
        found.extend(answer.json()["results"])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def change(house, item_id: str, **changes) -> None:
    path = f"{ITEMS}/{item_id}/drafts"
    answer = await house.post(path, {"guide": guide(**changes)}, as_=publisher(house, 1))
    assert answer.status_code == 201, answer.text
    assert (await publish(house, item_id, answer.json()["number"])).status_code == 201


async def withdraw(house, item_id: str) -> None:
    path = f"{ITEMS}/{item_id}/withdrawals"
    answer = await house.post(path, {"reason": "职能调整"}, as_=publisher(house, 2))
    assert answer.status_code == 201, answer.text


async def test_publish_change_withdraw_take_up_again_stand_in_the_figures_of_their_days(house):
    item = await published(house, visits=2)
    house.clock.move(timedelta(days=1))
    await change(house, item, visits=0)
    house.clock.move(timedelta(days=1))
    await withdraw(house, item)
    house.clock.move(timedelta(days=1))
    await change(house, item, visits=1)
    seen = [
        (await figure(house, "permit_at_most_one_visit_share", to=day(n)))["numerator"]
        for n in range(-1, 4)
    ]
    assert seen == [0, 0, 1, 0, 1]
    counts = [(await figure(house, "permits", to=day(n)))["value"] for n in range(-1, 4)]
    assert counts == [0, 1, 1, 0, 1]
    zero = [
        (await figure(house, "permit_zero_visit_share", to=day(n)))["value"] for n in range(-1, 4)
    ]
    assert zero == [None, 0, 1, None, 0]
    [then] = await listed(house, f"{ITEMS}?to={day(0)}")
    assert (then["version"], then["visits"]) == (1, 2)
    assert (await listed(house, f"{ITEMS}?to={day(2)}")) == []


async def test_what_enters_and_leaves_on_one_day_counts_at_the_end_of_none(house):
    item = await published(house)
    await withdraw(house, item)
    assert (await figure(house, "permits"))["value"] == 0
    assert (await figure(house, "permits", to=day(0)))["value"] == 0
    assert await listed(house, f"{ITEMS}?to={day(0)}") == []
    spans = await house.sql("SELECT valid_from, valid_to FROM item_spans")
    assert [(row["valid_from"], row["valid_to"]) for row in spans] == [(FIRST, FIRST)]


async def test_a_day_ends_at_midnight_of_the_city(house):
    house.clock.move(timedelta(hours=13, minutes=59))  # 23:59 in Asia/Shanghai
    await published(house, item_code="LATE-1")
    house.clock.move(timedelta(minutes=2))
    await published(house, item_code="LATE-2")
    assert (await figure(house, "permits", to=day(0)))["value"] == 1
    assert (await figure(house, "permits", to=day(1)))["value"] == 2


async def test_an_item_of_another_authority_counts_from_the_day_that_its_list_names(house):
    """Its first version only: what was told of past days does not change when it is changed later."""
    await imported(house, effective_from="2026-02-01")
    assert (await figure(house, "permits", to="2026-01-31"))["value"] == 0
    assert (await figure(house, "permits", to="2026-02-01"))["value"] == 1
    house.clock.move(timedelta(days=3))
    [row] = await house.sql("SELECT id FROM items")
    await change(house, str(row["id"]), item_code="OLD-1", task_type="20", name="改类")
    assert (await figure(house, "permits", to="2026-02-01"))["value"] == 1
    assert (await figure(house, "permits", to=day(2)))["value"] == 1
    assert (await figure(house, "permits", to=day(3)))["value"] == 0


async def imported(house, **changes) -> None:
    row = guide(item_code="OLD-1", **changes)
    data = json.dumps(row, ensure_ascii=False).encode()
    answer = await house.post(
        "/catalog/v1/imports", files={"file": ("items.jsonl", data)}, as_=publisher(house)
    )
    assert answer.status_code == 202, answer.text
    await house.run_jobs()


def random_guide(rng: random.Random, number: int) -> dict:
    allowed = rng.choice([None, 0, 5, 20])
    depth = rng.choice([1, 3, 4, 4])
    return {
        "item_code": f"R-{number}",
        "name": f"事项{number}",
        "task_type": rng.choice(["01", "01", "07", "20", "02"]),
        "statutory_days": allowed,
        "promised_days": rng.randint(0, allowed) if allowed else 0,
        "visits": 0 if depth == 4 else rng.choice([0, 1, 2]),
        "online_depth": depth,
        "channels": rng.sample(["yue-sheng-shi", "window", "i-chaozhou"], rng.randint(0, 3)),
        "one_window": rng.random() < 0.5,
        "cross_region": rng.choice(["none", "city", "province"]),
        **rng.choice([{}, {"materials": []}]),
    }


async def step(house, rng: random.Random, alive: dict[int, str], closed: dict[int, str]) -> None:
    """One thing that happens to some item, if there is one that it can happen to."""
    kind = rng.choice(["publish", "publish", "change", "withdraw", "take up"])
    if kind == "publish":
        number = len(alive) + len(closed)
        alive[number] = await published(house, **random_guide(rng, number))
        return
    of = closed if kind == "take up" else alive
    if not of:
        return
    number = rng.choice(sorted(of))
    if kind == "withdraw":
        closed[number] = alive.pop(number)
        await withdraw(house, closed[number])
        return
    alive[number] = of.pop(number)
    await change(house, alive[number], **random_guide(rng, number))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_figure_equals_its_records_on_every_day_of_any_history(house, seed):
    rng = random.Random(seed)
    alive: dict[int, str] = {}
    closed: dict[int, str] = {}
    for _ in range(6):
        for _ in range(rng.randint(0, 5)):
            await step(house, rng, alive, closed)
        house.clock.move(timedelta(days=rng.choice([1, 1, 25])))
        if rng.random() < 0.4:
            await fold_measures(house.runtime)
    assert await house.sql("SELECT 1 FROM item_spans LIMIT 1")
    for number in (*range(-1, 4), 24, 25, 28, 29, 30, 55, 60):
        await figures_equal_records(house, day(number))
    await figures_equal_records(house, None)
    await measures_equal_spans(house)


async def figures_equal_records(house, to: str | None) -> None:
    asked = {"to": to} if to else {}
    for code in COUNTS:
        one = await figure(house, code, **asked)
        assert one["value"] == len(await listed(house, one["records_url"])), (code, to)
    permits = (await figure(house, "permits", **asked))["value"]
    parts = {}
    for code in SHARES:
        one = await figure(house, code, **asked)
        assert one["denominator"] == permits
        assert one["numerator"] == len(await listed(house, one["records_url"])), (code, to)
        assert (one["value"] is None) == (permits == 0)
        parts[code] = one["numerator"]
    assert parts["permit_zero_visit_share"] <= parts["permit_at_most_one_visit_share"] <= permits
    one = await figure(house, "permit_time_compression", **asked)
    timed = await listed(house, one["records_url"])
    assert one["denominator"] == sum(row["statutory_days"] for row in timed)
    saved = sum(row["statutory_days"] - row["promised_days"] for row in timed)
    assert one["numerator"] == saved
    mean = await figure(house, "permit_time_compression_mean", **asked)
    assert mean["denominator"] == len(timed) * 1_000_000
    if timed:
        rates = [1 - row["promised_days"] / row["statutory_days"] for row in timed]
        assert mean["value"] == pytest.approx(sum(rates) / len(rates), abs=0.0002)
    window = await figure(house, "one_window_departments", **asked)
    rows = await listed(house, window["records_url"])
    assert window["value"] == len({row.get("department_code", row.get("code")) for row in rows})


async def measures_equal_spans(house) -> None:
    """Both layouts say the same, on each day on which anything changed."""
    sums: dict = {}
    for row in await house.sql("SELECT * FROM item_spans"):
        place = (row["division"], row["department"])
        for measure, amount in measures_of({name: row[name] for name in FACTS}).items():
            for at, sign in ((row["valid_from"], 1), (row["valid_to"], -1)):
                if at is not None:
                    key = (measure, at, *place)
                    sums[key] = sums.get(key, 0) + sign * amount
    kept = await house.sql(
        "SELECT measure, day, division, department, sum(amount)::bigint AS amount FROM "
        "(SELECT measure, day, division, department, amount FROM item_measures WHERE grain = 'day' UNION ALL "
        "SELECT measure, day, division, department, amount FROM item_measure_changes) AS told "
        "GROUP BY 1, 2, 3, 4"
    )
    told = {
        (row["measure"], row["day"], row["division"], row["department"]): row["amount"]
        for row in kept
        if row["amount"]
    }
    assert told == {key: amount for key, amount in sums.items() if amount}
    for coarse in ("month", "division-day", "division-month"):
        [row] = await house.sql(
            "SELECT (SELECT sum(amount) FROM item_measures WHERE grain = 'day') "
            "IS NOT DISTINCT FROM (SELECT sum(amount) FROM item_measures WHERE grain = $1) AS agree",
            coarse,
        )
        assert row["agree"], coarse


async def test_folding_changes_no_figure_and_is_done_once(house):
    await published(house, item_code="F-1")
    before = await figure(house, "permits")
    assert await fold_measures(house.runtime) > 0
    assert await fold_measures(house.runtime) == 0
    assert (await figure(house, "permits"))["value"] == before["value"] == 1
    assert await house.sql("SELECT 1 FROM item_measure_changes") == []


async def test_rates_of_a_city_are_those_of_its_divisions_added_up(house):
    await published(house, item_code="A-1", statutory_days=20, promised_days=2)
    await published(house, item_code="A-2", statutory_days=10, promised_days=9)
    city = await figure(house, "permit_time_compression", division="445100")
    county = await figure(
        house, "permit_time_compression", division="445102", department=DEPARTMENT
    )
    assert (city["numerator"], city["denominator"]) == (19, 30)
    assert (county["numerator"], county["denominator"]) == (19, 30)
    assert (await figure(house, "permits", division="440100"))["value"] == 0


async def test_a_search_at_a_past_date_finds_what_was_in_force_then(house):
    item = await published(house)
    house.clock.move(timedelta(days=1))
    await withdraw(house, item)
    then = (await house.get(ITEMS, params={"q": "食品经营", "to": day(0)})).json()
    assert [hit["id"] for hit in then["results"]] == [item]
    for params in ({}, {"to": day(1)}):
        now = (await house.get(ITEMS, params={"q": "食品经营", **params})).json()
        assert now["results"] == []


def test_a_span_keeps_every_fact_that_a_measure_asks_for():
    facts = {
        "task_type": "01",
        "statutory_days": 20,
        "promised_days": 1,
        "visits": 0,
        "online_depth": 4,
        "channels": ["window"],
        "is_on_application": True,
        "is_one_window": True,
        "is_cross_region": False,
        "is_four_exempt": True,
        "is_show_code": False,
    }
    assert set(facts) <= set(FACTS) <= {column.name for column in item_spans.c}
    found = measures_of(facts)
    assert found["permit_compression_millionths"] == 950_000
    assert found["channel:window"] == 1
    assert 0 not in found.values()

"""The province's exchange: batches by schema, receipts, mended rows, counts that agree."""

import hashlib
import json
from datetime import timedelta

from jsonschema import Draft202012Validator
from workorder_stories import DEPARTMENT, a_hotline_order, an_officer, dispatched, order_step

from workorder.domain.exchange import masked_phone
from workorder.workers.exchange import make_due_batch

BATCHES = "/workorder/v1/exchange-batches"
DAY = "2026-03-02"
REASON = {"reason": "省平台要求"}


def _lead(house):
    return house.staff("hotline_lead")


async def _made(house, day=DAY):
    answer = await house.post(BATCHES, {"day": day, **REASON}, as_=_lead(house))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _file(house, batch):
    answer = await house.get(f"{BATCHES}/{batch['id']}/file", as_=_lead(house))
    assert hashlib.sha256(answer.content).hexdigest() == batch["sha256"]
    return [json.loads(line) for line in answer.text.splitlines()]


async def _reconciled(house):
    answer = await house.get(f"/workorder/v1/exchange-reconciliations/{DAY}", as_=_lead(house))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _receipts(house, batch, *receipts):
    ops = house.staff("ops")
    answer = await house.post(f"{BATCHES}/{batch['id']}/receipts", {"receipts": receipts}, as_=ops)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_day_goes_out_by_schema_is_receipted_mended_and_agrees_in_the_end(house):
    orders = [await a_hotline_order(house, contact_phone="13800138000") for _ in range(3)]
    await dispatched(house, orders[0])
    assert [each["state"] for each in (await _reconciled(house))["differences"]] == ["missing"] * 3
    house.clock.move(timedelta(days=1))
    batch = await _made(house)
    lines = await _file(house, batch)
    answer = await house.get("/workorder/v1/exchange-schemas/1", as_=_lead(house))
    for line in lines:
        Draft202012Validator(answer.json()).validate(line)
    assert sorted(line["order_no"] for line in lines) == sorted(each["number"] for each in orders)
    assert {line["caller_phone"] for line in lines} == {"138******00"}
    assert batch["rows"] == 3
    first, second, third = (line["order_no"] for line in lines)
    told = await _receipts(
        house,
        batch,
        {"order_number": first, "accepted": True},
        {"order_number": second, "accepted": False, "code": "E07", "reason": "区划有误"},
        {"order_number": "RX-000000-00000000-0", "accepted": True},
    )
    assert told == {"accepted": 1, "rejected": 1, "unknown": ["RX-000000-00000000-0"]}
    again = await _receipts(house, batch, {"order_number": first, "accepted": False})
    assert again["unknown"] == [first]
    state = await _reconciled(house)
    assert (
        state["books"],
        state["sent"],
        state["accepted"],
        state["rejected"],
        state["waiting"],
    ) == (3, 3, 1, 1, 1)
    assert not state["agrees"]
    assert {
        (each["order_number"], each["state"], each["reason"]) for each in state["differences"]
    } == {
        (second, "rejected", "区划有误"),
        (third, "sent", ""),
    }
    await house.sql("UPDATE work_orders SET division = '445103' WHERE number = $1", second)
    answer = await house.post(f"{BATCHES}/{batch['id']}/resends", REASON, as_=_lead(house))
    mended = answer.json()
    assert (answer.status_code, mended["number"], mended["rows"]) == (201, 2, 1)
    [line] = await _file(house, mended)
    assert (line["order_no"], line["division_code"]) == (second, "445103")
    nothing = await house.post(f"{BATCHES}/{batch['id']}/resends", REASON, as_=_lead(house))
    assert nothing.json()["type"] == "/problems/nothing-to-mend"
    await _receipts(house, mended, {"order_number": second, "accepted": True})
    await _receipts(house, batch, {"order_number": third, "accepted": True})
    state = await _reconciled(house)
    assert (state["agrees"], state["accepted"], state["mended"], state["differences"]) == (
        True,
        3,
        1,
        [],
    )
    steps = (await house.get(f"{BATCHES}/{batch['id']}/steps", as_=_lead(house))).json()["results"]
    assert [each["step"] for each in steps] == [
        "made",
        "receipted",
        "receipted",
        "resent",
        "receipted",
    ]


async def test_what_does_not_fit_the_schema_is_held_and_named(house):
    order = await a_hotline_order(house)
    await house.sql("UPDATE work_orders SET source = 'pigeon'")
    house.clock.move(timedelta(days=1))
    batch = await _made(house)
    assert batch["rows"] == 0
    assert await _file(house, batch) == []
    [difference] = (await _reconciled(house))["differences"]
    assert (difference["order_number"], difference["state"], difference["reason"]) == (
        order["number"],
        "held",
        "source: enum",
    )


async def test_who_wanted_secrecy_is_not_told_to_the_province(house):
    await a_hotline_order(house, type="report", contact_phone="13800138000")
    await a_hotline_order(house, confidentiality="contact-hidden", contact_phone="13900139000")
    house.clock.move(timedelta(days=1))
    lines = await _file(house, await _made(house))
    assert [line["caller_phone"] for line in lines] == [None, None]
    kept = str([dict(row) for row in await house.sql("SELECT * FROM exchange_rows")])
    assert "13800138000" not in kept
    assert masked_phone("110") == "***"
    assert masked_phone("0768-2288123") == "076******23"


async def test_an_order_goes_out_when_it_comes_in_and_again_when_it_is_closed(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    house.clock.move(timedelta(days=1))
    assert await make_due_batch(house.runtime)
    assert not await make_due_batch(house.runtime)
    reply = {"outcome": "solved", "text": "已处理"}
    await order_step(house, order, "replies", reply, as_=an_officer(house, DEPARTMENT))
    seen = {"satisfied": True, "solved": True, "satisfaction": 5}
    await order_step(house, order, "visits", seen, as_=house.staff("hotline_agent"))
    house.clock.move(timedelta(days=1))
    assert await make_due_batch(house.runtime)
    batches = (await house.get(f"{BATCHES}?day_from=2026-03-02", as_=_lead(house))).json()[
        "results"
    ]
    states = []
    for batch in batches:
        [line] = await _file(house, batch)
        states.append((batch["day"], line["status"], line["satisfaction"]))
    assert states == [("2026-03-03", "closed", 5), ("2026-03-02", "dispatched", None)]


async def test_a_day_is_made_once_and_not_before_it_is_over(house):
    early = await house.post(BATCHES, {"day": DAY, **REASON}, as_=_lead(house))
    assert early.json()["type"] == "/problems/day-not-over"
    house.clock.move(timedelta(days=1))
    await _made(house)
    twice = await house.post(BATCHES, {"day": DAY, **REASON}, as_=_lead(house))
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/batch-made")

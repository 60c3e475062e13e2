"""Batches go to the province's platform by themselves, where one is set: signed, once, tried again, given up by name."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp import web
from office_platform import is_signed
from workorder_stories import a_hotline_order

from chassis.ids import new_id
from workorder.service import SERVICE
from workorder.webhooks import new_secret
from workorder.workers.exchange import make_due_batch
from workorder.workers.exchange_push import push_due

BATCHES = "/workorder/v1/exchange-batches"
DAY = "2026-03-02"
SECRET = new_secret()


class Province:
    """What it was sent, and what it answers."""

    def __init__(self):
        self.batches, self.ids = [], []
        self.status, self.answer, self.url = 200, None, ""

    async def take(self, request):
        body = await request.read()
        assert is_signed(request.headers, body, SECRET)
        if self.status >= 300:
            return web.json_response({}, status=self.status)
        said = json.loads(body)
        self.ids.append(request.headers["webhook-id"])
        self.batches.append(said)
        answer = {"id": f"GD-{len(self.batches)}", "rows": len(said["lines"])}
        return web.json_response(answer if self.answer is None else self.answer)


@asynccontextmanager
async def a_province():
    province = Province()
    application = web.Application()
    application.router.add_post("/in", province.take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    province.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/in"
    try:
        yield province
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture
async def province():
    async with a_province() as found:
        yield found


@pytest_asyncio.fixture
async def house(houses, province):
    settings = {
        "notice_networks": "127.0.0.0/8",
        "province_url": province.url,
        "province_secret": SECRET,
    }
    return await houses.open(SERVICE, settings=settings)


async def a_batch(house, many=2):
    for _ in range(many):
        await a_hotline_order(house, contact_phone="13800138000")
    house.clock.move(timedelta(days=1))
    assert await make_due_batch(house.runtime)
    [batch] = (await house.get(BATCHES, as_=house.staff("ops"))).json()["results"]
    return batch


async def pushed(house):
    count = 0
    while await push_due(house.runtime):
        count += 1
    return count


async def steps(house, batch):
    path = f"{BATCHES}/{batch['id']}/steps?limit=100"
    rows = (await house.get(path, as_=house.staff("ops"))).json()["results"]
    return [(each["step"], each["reason"]) for each in rows if each["step"] != "made"]


async def listed(house, state):
    answer = await house.get(f"{BATCHES}?push={state}", as_=house.staff("ops"))
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["results"]]


async def noted(house, batch, step):
    """As if another process had written it."""
    await house.sql(
        "INSERT INTO exchange_batch_steps (id, batch_id, step, state, actor_kind, actor_id, reason, "
        "channel, taken_at) SELECT $1, id, $2, 'pushing', 'system', '', '', 'web', $4 "
        "FROM exchange_batches WHERE id = $3",
        new_id(),
        step,
        batch["id"],
        house.clock.now(),
    )


async def ask(house, batch, *, status=202):
    lead = house.staff("hotline_lead")
    answer = await house.post(f"{BATCHES}/{batch['id']}/pushes", {"reason": "省平台要求"}, as_=lead)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_batch_goes_out_once_signed_with_its_manifest_and_its_receipt_is_kept(
    house, province
):
    batch = await a_batch(house)
    assert await listed(house, "none") == [batch["id"]]
    assert await pushed(house) == 1
    [said] = province.batches
    assert (said["batch_id"], said["sha256"], said["day"]) == (batch["id"], batch["sha256"], DAY)
    assert (said["rows"], len(said["lines"])) == (2, 2)
    assert {line["caller_phone"] for line in said["lines"]} == {"138******00"}
    assert await steps(house, batch) == [
        ("push-begun", "第 1 次发送"),
        ("pushed", "省平台已接收 2 条，回执 GD-1"),
    ]
    assert await listed(house, "delivered") == [batch["id"]]
    house.clock.move(timedelta(days=2))
    assert await pushed(house) == 0


async def test_receipts_of_rows_agree_with_the_books_whether_it_was_sent_or_fetched(
    house, province
):
    batch = await a_batch(house)
    await pushed(house)
    receipts = [
        {"order_number": line["order_no"], "accepted": True}
        for line in province.batches[0]["lines"]
    ]
    path = f"{BATCHES}/{batch['id']}/receipts"
    answer = await house.post(path, {"receipts": receipts}, as_=house.staff("ops"))
    assert answer.json()["accepted"] == 2
    path = f"/workorder/v1/exchange-reconciliations/{DAY}"
    state = (await house.get(path, as_=house.staff("ops"))).json()
    assert (state["books"], state["sent"], state["accepted"], state["agrees"]) == (2, 2, 2, True)


async def test_what_fails_is_tried_again_later_and_later_and_then_given_up_by_name(house, province):
    batch = await a_batch(house)
    province.status = 503
    assert await pushed(house) == 1
    assert (await steps(house, batch))[-1] == ("push-failed", "HTTP 503")
    assert await pushed(house) == 0
    tries = 1
    while not await listed(house, "dead"):
        assert await listed(house, "trying") == [batch["id"]]
        house.clock.move(timedelta(days=1))
        tries += await pushed(house)
        assert tries < 30
    assert (await steps(house, batch))[-1] == ("push-given-up", "HTTP 503")
    names = [name for name, _ in await steps(house, batch)]
    assert names.count("push-begun") == tries
    house.clock.move(timedelta(days=1))
    assert await pushed(house) == 0


async def test_what_was_given_up_is_sent_again_when_somebody_asks_with_the_same_id(house, province):
    batch = await a_batch(house)
    await noted(house, batch, "push-given-up")
    assert await pushed(house) == 0
    await ask(house, batch)
    assert await pushed(house) == 1
    await ask(house, batch)  # the province lost it
    assert await pushed(house) == 1
    assert len(province.batches) == 2
    assert set(province.ids) == {f"msg_{batch['id']}"}


async def test_it_is_not_asked_for_while_it_is_on_its_way(house, province):
    batch = await a_batch(house)
    province.status = 503
    await pushed(house)
    assert (await ask(house, batch, status=409))["type"] == "/problems/push-running"


@pytest.mark.parametrize("answer", [{"id": "GD-1", "rows": 1}, {"id": "GD-1"}, [], "ok"])
async def test_an_answer_that_counts_otherwise_is_no_receipt(house, province, answer):
    batch = await a_batch(house)
    province.answer = answer
    await pushed(house)
    step, reason = (await steps(house, batch))[-1]
    assert step == "push-failed"
    assert reason.startswith("省平台")


async def test_several_processes_send_a_batch_once(house, province):
    await a_batch(house)
    await asyncio.gather(*(pushed(house) for _ in range(4)))
    assert len(province.batches) == 1


async def test_a_try_whose_process_died_is_made_again_after_a_while(house, province):
    batch = await a_batch(house)
    await noted(house, batch, "push-begun")
    assert await pushed(house) == 0
    house.clock.move(timedelta(days=1))
    assert await pushed(house) == 1
    assert (await steps(house, batch))[-1][0] == "pushed"


async def test_what_was_receipted_already_is_not_sent(house, province):
    batch = await a_batch(house, many=1)
    body = {"receipts": [{"order_number": "x", "accepted": True}]}
    await house.post(f"{BATCHES}/{batch['id']}/receipts", body, as_=house.staff("ops"))
    assert await pushed(house) == 0
    assert province.batches == []


async def test_without_an_address_nothing_is_sent_and_asking_says_what_to_do(houses):
    house = await houses.open(SERVICE)
    batch = await a_batch(house)
    assert await pushed(house) == 0
    assert (await ask(house, batch, status=409))["type"] == "/problems/push-off"

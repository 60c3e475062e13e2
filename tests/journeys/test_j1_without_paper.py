"""J1, all ten steps through the gateway of a running city, and what must hold after it."""

import pytest

from localcity.journeys.caller import Caller, eventually
from localcity.journeys.j1 import walk


@pytest.fixture
def told() -> list[str]:
    return []


async def test_a_citizen_gets_a_certificate_without_bringing_paper(cast, told):
    course = await walk(cast, lambda step, zh, en: told.append(f"{step} {zh} | {en}"))
    assert [line.split()[0] for line in told] == [str(n) for n in range(1, 11)]
    assert course.application_number
    steps = await cast.citizen.get(f"/workorder/v1/applications/{course.application_id}/steps")
    assert len(steps["results"]) >= 6
    assert all(step["taken_at"] for step in steps["results"])


async def test_nobody_else_sees_it(city, cast, told):
    course = await walk(cast, lambda *words: None)
    other = Caller(cast.citizen.http, city.token("citizen_2"))
    elsewhere = Caller(cast.citizen.http, city.token("reviewer_2"))
    paths = (
        f"/workorder/v1/applications/{course.application_id}",
        f"/certificate/v1/certificates/{course.certificate_id}",
        f"/evaluation/v1/ratings/{course.rating_id}",
        f"/workorder/v1/work-orders/{course.work_order_id}",
    )
    assert [(await other.raw(path)).status_code for path in paths] == [404] * 4
    assert (await elsewhere.raw(paths[0])).status_code == 404
    assert (await cast.stranger.raw(paths[0])).status_code == 401


async def test_one_trace_goes_from_the_gateway_to_the_last_handler(city, cast, collector):
    body = {"type": "consultation", "title": "问路", "content": "政务大厅在哪里"}
    agent = Caller(cast.citizen.http, city.token("hotline_agent"))
    answer = await agent.post_raw("/workorder/v1/hotline-orders", body)
    assert answer.is_success, answer.text
    trace_id = answer.headers["traceparent"].split("-")[1]

    async def whole() -> bool:
        services = {span.service.removeprefix("yiwang-") for span in collector.of_trace(trace_id)}
        return {"gateway", "workorder", "datashare"} <= services

    await eventually("spans of every process on the way", whole, within=20)
    spans = collector.of_trace(trace_id)
    ids = {span.span_id for span in spans}
    roots = [span for span in spans if span.parent_id not in ids]
    assert len(roots) == 1, roots
    assert any(span.name.startswith("handle workorder.work-order.opened") for span in spans)

"""What people are told: to-dos that mirror what waits, notices, quiet hours; sent to a real platform, with receipts."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from hotline_stories import (
    DONE,
    WHY,
    a_coordinator,
    a_lead,
    an_agent,
    an_officer,
    seen,
    sent,
    take,
)
from office_platform import a_platform, is_signed
from workorder_stories import DEPARTMENT, a_hotline_order, publish, submitted

from workorder.service import SERVICE
from workorder.workers.deadlines import sound_due_alarms
from workorder.workers.notices import mirror, send_due, settle, verify_endpoints

ROOT = "/workorder/v1"
ENDPOINTS = f"{ROOT}/delivery-endpoints"
NOTICES = f"{ROOT}/notices"
OTHER = "11445102MB2X00099X"
BOTH = ["todos", "notices"]


@pytest_asyncio.fixture
async def house(houses):
    """A city whose ops allowed office platforms on this machine."""
    return await houses.open(SERVICE, settings={"notice_networks": "127.0.0.0/8"})


@pytest_asyncio.fixture
async def platform():
    async with a_platform() as running:
        yield running


def an_admin(house):
    return house.staff("system_admin")


async def registered(house, platform, *, department="", wants=BOTH, **more):
    """A platform that was challenged and is sent to."""
    body = {"name": "粤政易", "url": platform.url, "wants": wants, "reason": "接入", **more}
    answer = await house.post(ENDPOINTS, {**body, "department": department}, as_=an_admin(house))
    assert answer.status_code == 201, answer.text
    assert await verify_endpoints(house.runtime) == 1
    platform.secrets.append(answer.json()["secret"])
    return answer.json()


async def pass_by(house):
    """What the service does by itself, once."""
    await mirror(house.runtime)
    while await send_due(house.runtime):
        pass
    while await settle(house.runtime):
        pass


async def notices(house, query="", as_=None):
    answer = await house.get(f"{NOTICES}{query}", as_=as_ or an_admin(house))
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def endpoint(house, made):
    answer = await house.get(f"{ENDPOINTS}/{made['id']}", as_=an_admin(house))
    return answer.json()


async def test_a_platform_is_sent_to_only_after_it_said_the_challenge_back(house, platform):
    platform.says_back = False
    made = await registered(house, platform)
    found = await endpoint(house, made)
    assert (found["state"], found["trouble"]) == ("unverified", "the challenge was not said back")
    await sent(house)
    await pass_by(house)
    assert platform.messages == []
    platform.says_back = True
    await house.post(f"{ENDPOINTS}/{made['id']}/switch-ons", WHY, as_=an_admin(house))
    await verify_endpoints(house.runtime)
    assert (await endpoint(house, made))["state"] == "active"
    await pass_by(house)
    assert platform.kinds() == ["todo-opened"]


async def test_a_todo_is_open_exactly_while_its_order_waits_and_comes_again_when_it_is_reopened(
    house, platform
):
    await registered(house, platform, department=DEPARTMENT)
    order = await sent(house)
    await pass_by(house)
    [opened] = platform.messages
    assert (opened["type"], opened["data"]["number"]) == ("todo-opened", order["number"])
    await take(house, order, "replies", DONE, as_=an_officer(house))
    await pass_by(house)
    assert platform.kinds()[1:] == ["todo-done"]
    await take(house, order, "visits", {"satisfied": True}, as_=an_agent(house))
    await take(house, order, "reopenings", WHY, as_=an_agent(house))
    await pass_by(house)
    assert sorted(platform.kinds()[2:]) == ["reopened", "todo-opened"]
    first, again = platform.of_kind("todo-opened")
    assert first["data"]["todo_id"] != again["data"]["todo_id"]


async def test_a_todo_changes_with_whoever_took_the_order_and_its_date(house, platform):
    await registered(house, platform, department=DEPARTMENT)
    order, officer = await sent(house), an_officer(house)
    await pass_by(house)
    await take(house, order, "signatures", as_=officer)
    await pass_by(house)
    opened, changed = platform.messages
    assert changed["type"] == "todo-changed"
    assert changed["data"]["assignee"] == officer["sub"]
    assert changed["data"]["sequence"] == opened["data"]["sequence"] + 1
    await pass_by(house)
    assert len(platform.messages) == 2


async def test_the_citys_platform_is_told_for_departments_that_have_none(house, platform):
    async with a_platform() as own:
        await registered(house, platform)
        await registered(house, own, department=DEPARTMENT)
        await sent(house)
        await sent(house, department=OTHER)
        await a_hotline_order(house)
        await pass_by(house)
        assert [each["data"]["department"] for each in own.messages] == [DEPARTMENT]
        told = sorted(each["data"]["recipient"] for each in platform.messages)
        assert told == ["department", "hotline"]


async def test_an_application_is_a_todo_too(house, platform):
    await registered(house, platform)
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    await pass_by(house)
    [opened] = platform.messages
    data = opened["data"]
    assert (data["number"], data["recipient"]) == (application["number"], "clerk")
    assert data["link"].endswith(f"/workorder/v1/applications/{application['id']}")


async def test_a_message_is_signed_by_the_standard_and_its_receipt_is_kept(house, platform):
    made = await registered(house, platform)
    order = await sent(house)
    await pass_by(house)
    [kept] = await notices(house, "?state=delivered")
    assert (kept["number"], kept["receipt"], kept["tries"]) == (order["number"], "YZY-1", 1)
    assert kept["delivered_at"] is not None
    assert platform.ids == [f"msg_{kept['id']}"]
    headers = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    assert not is_signed(headers, b"{}", made["secret"])


async def test_both_secrets_sign_for_a_day_after_one_was_changed(house, platform):
    made = await registered(house, platform)
    answer = await house.post(
        f"{ENDPOINTS}/{made['id']}/secret-rotations", WHY, as_=an_admin(house)
    )
    platform.secrets.append(answer.json()["secret"])
    await sent(house)
    await pass_by(house)
    assert len(platform.messages) == 1
    house.clock.move(timedelta(hours=25))
    platform.secrets = [answer.json()["secret"]]
    await sent(house)
    await pass_by(house)
    assert "todo-opened" in platform.kinds()[1:]
    assert "secret" not in await endpoint(house, made)


async def test_what_a_platform_refuses_is_tried_again_after_growing_pauses_and_nothing_is_lost(
    house, platform
):
    await registered(house, platform)
    platform.status = 503
    await sent(house)
    await pass_by(house)
    [waiting] = await notices(house, "?state=waiting")
    assert (waiting["tries"], waiting["error"]) == (1, "HTTP 503")
    house.clock.move(timedelta(seconds=5))
    await pass_by(house)
    [waiting] = await notices(house, "?state=waiting")
    assert waiting["tries"] == 2
    platform.status = 200
    house.clock.move(timedelta(seconds=59))
    await pass_by(house)
    assert platform.messages == []
    house.clock.move(timedelta(seconds=1))
    await pass_by(house)
    assert platform.kinds() == ["todo-opened"]


async def test_a_newer_state_of_a_todo_never_overtakes_an_older_one(house, platform):
    await registered(house, platform, department=DEPARTMENT)
    platform.status = 500
    order = await sent(house)
    await pass_by(house)
    await take(house, order, "replies", DONE, as_=an_officer(house))
    platform.status = 200
    await pass_by(house)
    assert platform.messages == []
    house.clock.move(timedelta(seconds=5))
    await pass_by(house)
    assert platform.kinds() == ["todo-opened", "todo-done"]


async def test_a_platform_that_fails_for_days_is_disabled_and_gets_all_when_it_is_back(
    house, platform
):
    made = await registered(house, platform, department=DEPARTMENT)
    platform.status = 500
    await sent(house)
    await pass_by(house)
    house.clock.move(timedelta(days=3, minutes=1))
    await pass_by(house)
    found = await endpoint(house, made)
    assert (found["state"], found["trouble"]) == ("disabled", "HTTP 500")
    await sent(house)
    await pass_by(house)
    assert {each["state"] for each in await notices(house)} == {"held"}
    platform.status = 200
    await house.post(f"{ENDPOINTS}/{made['id']}/switch-ons", WHY, as_=an_admin(house))
    await verify_endpoints(house.runtime)
    await pass_by(house)
    assert platform.kinds().count("todo-opened") == 2
    steps = (await house.get(f"{ENDPOINTS}/{made['id']}/steps", as_=an_admin(house))).json()
    taken = [each["step"] for each in steps["results"]]
    assert taken == ["registered", "verified", "disabled", "switched-on", "verified"]


async def test_one_message_or_a_whole_time_is_sent_again_by_hand(house, platform):
    made = await registered(house, platform)
    await sent(house)
    await pass_by(house)
    [kept] = await notices(house, "?state=delivered")
    answer = await house.post(f"{NOTICES}/{kept['id']}/redeliveries", as_=an_admin(house))
    assert answer.status_code == 201, answer.text
    await pass_by(house)
    assert platform.ids == [f"msg_{kept['id']}"] * 2
    now = house.clock.now()
    span = {
        "since": (now - timedelta(hours=1)).isoformat(),
        "until": (now + timedelta(hours=1)).isoformat(),
        "reason": "平台恢复",
    }
    answer = await house.post(f"{ENDPOINTS}/{made['id']}/redeliveries", span, as_=an_admin(house))
    assert answer.json() == {"count": 1}
    await pass_by(house)
    assert len(platform.ids) == 3


async def test_a_joint_order_is_sent_only_when_every_departments_system_has_it(house, platform):
    await registered(house, platform, department=OTHER, needs_receipt=True)
    platform.status = 503
    order = await sent(house, co_departments=[OTHER])
    assert order["state"] == "dispatching"
    await pass_by(house)
    assert (await seen(house, order))["state"] == "dispatching"
    [error] = await house.sql(
        "SELECT state, delivery_error FROM work_order_tasks WHERE NOT is_lead"
    )
    assert (error["state"], error["delivery_error"]) == ("sent", "HTTP 503")
    platform.status = 200
    house.clock.move(timedelta(seconds=5))
    await pass_by(house)
    assert (await seen(house, order))["state"] == "dispatched"
    [part] = await house.sql("SELECT state, delivered_at FROM work_order_tasks WHERE NOT is_lead")
    assert (part["state"], part["delivered_at"]) == ("delivered", house.clock.now())
    assert platform.messages[0]["data"]["work_kind"] == "part"


async def test_a_lead_with_a_system_of_its_own_keeps_one_todo_from_the_dispatch_on(house, platform):
    await registered(house, platform, department=DEPARTMENT, needs_receipt=True)
    order = await sent(house, co_departments=[OTHER])
    assert order["state"] == "dispatching"
    await pass_by(house)
    assert (await seen(house, order))["state"] == "dispatched"
    await pass_by(house)
    assert platform.kinds().count("todo-opened") == 1
    assert "todo-done" not in platform.kinds()


async def test_switching_a_system_off_lets_an_order_that_waits_for_it_go_on(house, platform):
    made = await registered(house, platform, department=OTHER, needs_receipt=True)
    platform.status = 503
    order = await sent(house, co_departments=[OTHER])
    await pass_by(house)
    await house.post(f"{ENDPOINTS}/{made['id']}/switch-offs", WHY, as_=an_admin(house))
    await pass_by(house)
    assert (await seen(house, order))["state"] == "dispatched"


async def test_whoever_has_it_in_hand_is_told_when_an_order_is_urged_or_supervised(house, platform):
    await registered(house, platform, wants=["notices"])
    order = await sent(house)
    await take(house, order, "urges", WHY, as_=a_lead(house))
    await take(house, order, "supervisions", WHY, as_=a_coordinator(house))
    await pass_by(house)
    told = sorted((each["type"], each["data"]["recipient"]) for each in platform.messages)
    assert told == [("supervised", "department"), ("supervised", "head"), ("urged", "department")]


async def test_whoever_asked_to_return_is_told_what_was_ruled(house, platform):
    await registered(house, platform, wants=["notices"])
    order = await sent(house)
    await take(house, order, "returns", WHY, as_=an_officer(house))
    ruling = {"granted": True, "reason": "不属其职责"}
    await take(house, order, "return-rulings", ruling, as_=an_agent(house))
    await pass_by(house)
    [told] = platform.messages
    data = told["data"]
    assert (told["type"], data["department"], data["detail"]) == (
        "return-ruled",
        DEPARTMENT,
        "granted",
    )


async def test_a_denied_extension_is_told(house, platform):
    await registered(house, platform, wants=["notices"])
    order = await sent(house)
    await take(house, order, "extensions", {"days": 2, "reason": "待料"}, as_=an_officer(house))
    ruling = {"granted": False, "reason": "可以按期"}
    await take(house, order, "extension-rulings", ruling, as_=an_agent(house))
    await pass_by(house)
    [told] = platform.messages
    assert (told["type"], told["data"]["detail"]) == ("extension-ruled", "denied")


async def test_warnings_and_what_is_missed_are_told_and_the_head_hears_of_the_missed(
    house, platform
):
    await registered(house, platform, wants=["notices"])
    await sent(house)
    # A Monday morning: what was due before rang in no weekend.
    house.clock.move(timedelta(days=14))
    while await sound_due_alarms(house.runtime):
        pass
    await pass_by(house)
    told = {(each["type"], each["data"]["recipient"]) for each in platform.messages}
    assert {("yellow", "department"), ("red", "department")} <= told
    assert {("missed", "department"), ("missed", "head")} <= told
    assert ("escalated", "coordinator") in told
    count = len(platform.messages)
    await pass_by(house)
    assert len(platform.messages) == count


@pytest.mark.parametrize(
    ("at", "rings"),
    [
        # 2026-03-03 is a Tuesday; 23:00 in Asia/Shanghai rings at 08:00 the next morning.
        (datetime(2026, 3, 3, 15, 0, tzinfo=UTC), datetime(2026, 3, 4, 0, 0, tzinfo=UTC)),
        # 03:00 at night rings at 08:00 of the same day.
        (datetime(2026, 3, 3, 19, 0, tzinfo=UTC), datetime(2026, 3, 4, 0, 0, tzinfo=UTC)),
        # Saturday noon rings on Monday morning.
        (datetime(2026, 3, 7, 4, 0, tzinfo=UTC), datetime(2026, 3, 9, 0, 0, tzinfo=UTC)),
        # Saturday 2026-02-28 is a make-up working day (调休): at once.
        (datetime(2026, 2, 28, 4, 0, tzinfo=UTC), datetime(2026, 2, 28, 4, 0, tzinfo=UTC)),
    ],
)
async def test_no_reminder_rings_at_midnight_or_on_a_day_off(house, platform, at, rings):
    house.clock.move(at - house.clock.now())
    await registered(house, platform, wants=["notices"])
    order = await sent(house)
    await take(house, order, "urges", WHY, as_=a_lead(house))
    await mirror(house.runtime)
    [urged] = await notices(house)
    assert datetime.fromisoformat(urged["try_at"]) == rings


async def test_an_emergency_rings_at_midnight(house, platform):
    await registered(house, platform)
    house.clock.move(timedelta(hours=14))
    order = await a_hotline_order(house, urgency="emergency", title="井盖缺失")
    order = await sent(house, order)
    await take(house, order, "urges", WHY, as_=a_lead(house))
    await pass_by(house)
    assert "urged" in platform.kinds()


async def test_a_notice_names_nobody(house, platform):
    await registered(house, platform)
    order = await a_hotline_order(
        house, content="我叫张三，电话 13800138000", contact_phone="13800138000"
    )
    order = await sent(house, order)
    await take(house, order, "urges", {"reason": "来电人 13800138000 很急"}, as_=a_lead(house))
    await pass_by(house)
    for message in platform.messages:
        assert "13800138000" not in str(message)
        assert "张三" not in str(message)
    for row in await house.sql("SELECT notices::text AS row FROM notices"):
        assert "13800138000" not in row["row"]


async def test_a_platform_that_comes_and_reads_goes_on_where_it_was(house):
    body = {"name": "局内平台", "wants": ["todos"], "reason": "拉取", "department": DEPARTMENT}
    answer = await house.post(ENDPOINTS, body, as_=an_admin(house))
    assert answer.json()["state"] == "active"
    system = house.person("partner", kind="partner", department=DEPARTMENT)
    order = await sent(house)
    await sent(house, department=OTHER)
    await pass_by(house)
    feed = (await house.get(f"{ROOT}/todo-feed", as_=system)).json()
    assert [each["number"] for each in feed["results"]] == [order["number"]]
    after = feed["next_after"]
    await take(house, order, "replies", DONE, as_=an_officer(house))
    await pass_by(house)
    feed = (await house.get(f"{ROOT}/todo-feed?after={after}", as_=system)).json()
    assert [each["kind"] for each in feed["results"]] == ["todo-done"]
    again = (await house.get(f"{ROOT}/todo-feed?after={feed['next_after']}", as_=system)).json()
    assert again == {"results": [], "next_after": feed["next_after"]}


@pytest.mark.parametrize(
    "url",
    [
        "http://office.example.cn/hook",
        "https://10.0.0.7/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://[64:ff9b::a00:1]/hook",
        "https://224.0.0.1/hook",
        "https://user:secret@office.example.cn/hook",
        "ftp://office.example.cn/hook",
        "https:///hook",
        "https://office.example.cn:99999/hook",
    ],
)
async def test_an_address_that_reaches_inside_is_refused(house, url):
    body = {"name": "x", "url": url, "wants": BOTH, "reason": "接入"}
    answer = await house.post(ENDPOINTS, body, as_=an_admin(house))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unsafe-address")


async def test_a_name_that_leads_inside_is_not_connected_to(houses, platform):
    house = await houses.open(SERVICE)
    body = {"name": "x", "url": "https://localhost/hook", "wants": BOTH, "reason": "接入"}
    made = (await house.post(ENDPOINTS, body, as_=an_admin(house))).json()
    await verify_endpoints(house.runtime)
    found = await endpoint(house, made)
    assert found["state"] == "unverified"
    assert "no address that a message may go to" in found["trouble"]


async def test_a_redirect_is_not_followed(house, platform):
    async with a_platform() as other:
        await registered(house, platform)
        platform.elsewhere = other.url
        await sent(house)
        await pass_by(house)
        [waiting] = await notices(house, "?state=waiting")
        assert waiting["error"] == "HTTP 307"
        assert other.messages == []


async def test_a_department_has_one_platform(house, platform):
    await registered(house, platform, department=DEPARTMENT)
    body = {
        "name": "y",
        "url": platform.url,
        "wants": BOTH,
        "reason": "x",
        "department": DEPARTMENT,
    }
    answer = await house.post(ENDPOINTS, body, as_=an_admin(house))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/endpoint-taken")


async def test_a_platform_is_changed_only_by_who_saw_it_last(house, platform):
    made = await registered(house, platform)
    change = {"name": "粤政易 2", "url": platform.url, "wants": ["notices"], "reason": "改名"}
    path, admin = f"{ENDPOINTS}/{made['id']}", an_admin(house)
    bare = await house.client.put(path, json=change, headers=house.headers(admin))
    assert bare.status_code == 428
    stale = {**house.headers(admin), "If-Match": '"1"'}
    assert (await house.client.put(path, json=change, headers=stale)).status_code == 412
    fresh = {**house.headers(admin), "If-Match": '"2"'}
    answer = await house.client.put(path, json=change, headers=fresh)
    assert (answer.status_code, answer.json()["name"]) == (200, "粤政易 2")


async def test_who_was_told_what_is_exported(house):
    order = await sent(house)
    await take(house, order, "urges", WHY, as_=a_lead(house))
    await pass_by(house)
    [kept] = await notices(house, "?state=kept", as_=an_officer(house))
    assert kept["kind"] == "urged"
    answer = await house.get(f"{NOTICES}/export", as_=an_officer(house))
    assert "催办" in answer.text
    assert await notices(house, as_=an_officer(house, OTHER)) == []

import asyncio
from datetime import timedelta
from uuid import UUID

from chassis.envelope import open_envelope
from chassis.ids import new_id
from contracts.events.evaluation import InvitationCreated, RatingChanged, RatingGiven
from contracts.events.workorder import (
    ApplicationDelivered,
    RectificationClosed,
    WorkOrderClosed,
    WorkOrderOpened,
)
from contracts.vocabulary import ClosingOutcome, DecisionOutcome, RatingLevel, WorkOrderKind

DIVISION, DEPARTMENT = "445102", "11445102MB2X00020M"
APPLICANT = UUID("019a0000-0000-7000-8000-000000000001")


def delivered(house, *, applicant_id=APPLICANT) -> ApplicationDelivered:
    return ApplicationDelivered(
        application_id=new_id(),
        number="SQ-260302-00000001-A",
        item_code="11445102MB2X00020M4440118009000",
        item_name="食品经营许可",
        applicant_id=applicant_id,
        outcome=DecisionOutcome.APPROVED,
        channel="yue-sheng-shi",
        delivered_at=house.clock.now(),
    )


async def invited(house) -> str:
    """The code of a fresh invitation."""
    await house.deliver(delivered(house), division=DIVISION, department=DEPARTMENT)
    me = house.person("citizen", subject=APPLICANT)
    page = (await house.get("/evaluation/v1/invitations", as_=me)).json()
    return page["results"][0]["code"]


async def rated_badly(house) -> dict:
    code = await invited(house)
    answer = await house.post(
        f"/evaluation/v1/invitations/{code}/rating",
        {"level": "2", "reason_codes": ["attitude"], "comment": "电话 13800138000 打不通"},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_finished_service_invites_once_however_often_it_is_told(house):
    fact = delivered(house)
    event_id = new_id()
    for _ in range(2):
        await house.deliver(
            fact, times=2, event_id=event_id, division=DIVISION, department=DEPARTMENT
        )
    assert len(await house.told(InvitationCreated)) == 1


def order_closed(house, **changes) -> WorkOrderClosed:
    return WorkOrderClosed(
        **{
            "work_order_id": new_id(),
            "number": "RX-260302-00000001-A",
            "kind": "hotline",
            "outcome": ClosingOutcome.SOLVED,
            "closed_at": house.clock.now(),
            "on_time": True,
            "caller_id": APPLICANT,
            "channel": "web",
            **changes,
        }
    )


async def test_a_closed_hotline_order_invites_its_caller_once_even_when_it_was_reopened(house):
    fact = order_closed(house)
    again = fact.model_copy(update={"round": 2})
    for each in (fact, again):
        await house.deliver(
            each, times=2, event_id=new_id(), division=DIVISION, department=DEPARTMENT
        )
    [invitation] = await house.told(InvitationCreated)
    assert (invitation.rated_kind, invitation.rated_id) == ("work-order", fact.work_order_id)
    me = house.person("citizen", subject=APPLICANT)
    [shown] = (await house.get("/evaluation/v1/invitations", as_=me)).json()["results"]
    assert shown["rated_name"] == "12345热线工单 RX-260302-00000001-A"
    rated = await house.post(f"/evaluation/v1/invitations/{shown['code']}/rating", {"level": "5"})
    assert rated.status_code == 201
    [given] = await house.told(RatingGiven)
    assert (given.rated_kind, given.is_bad) == ("work-order", False)


async def test_calls_closed_together_are_invited_together_each_in_its_own_trace(house):
    consuming = house.consuming()
    closed = [order_closed(house, work_order_id=new_id()) for _ in range(12)]
    wires = [house.wire(fact, division=DIVISION, department=DEPARTMENT) for fact in closed]
    traces = [f"00-{n:032x}-{1:016x}-01" for n in range(1, 13)]
    sendings = [
        consuming.handle(*wire, {"traceparent": trace})
        for wire, trace in zip(wires, traces, strict=True)
    ]
    await asyncio.gather(*sendings)
    # One of them comes again among others: it counts once, and keeps nobody from being invited.
    more = house.wire(order_closed(house, work_order_id=new_id()), department=DEPARTMENT)
    await asyncio.gather(*(consuming.handle(*wire, {}) for wire in (more, wires[3], wires[4])))
    told = await house.sql("SELECT message, traceparent FROM outbox ORDER BY position")
    invited = {
        open_envelope(row["message"]).data["rated_id"]: row["traceparent"][3:35] for row in told
    }
    assert len(told) == len(invited) == 13
    assert [invited[str(fact.work_order_id)] for fact in closed] == [each[3:35] for each in traces]


async def test_a_rating_is_answered_as_it_is_read_back(house):
    given = await rated_badly(house)
    evaluator = house.staff("evaluator", division=DIVISION)
    read = await house.get(f"/evaluation/v1/ratings/{given['id']}", as_=evaluator)
    assert read.json() == given
    assert "13800138000" not in given["comment"]


async def test_nobody_is_invited_for_what_they_took_back_or_did_not_raise_under_their_name(house):
    for changes in (
        {"caller_id": None},
        {"kind": "rectification"},
        {"outcome": ClosingOutcome.WITHDRAWN},
    ):
        await house.deliver(order_closed(house, **changes))
    assert await house.told(InvitationCreated) == []


async def test_an_invitation_works_once(house):
    code = await invited(house)
    path = f"/evaluation/v1/invitations/{code}/rating"
    first = await house.post(path, {"level": "5"})
    second = await house.post(path, {"level": "1", "reason_codes": ["attitude"]})
    assert (first.status_code, second.status_code) == (201, 410)
    assert second.json()["type"] == "/problems/invitation-used"
    assert [fact.level for fact in await house.told(RatingGiven)] == [RatingLevel.VERY_SATISFIED]


async def test_the_same_key_gets_the_same_answer_and_another_body_is_refused(house):
    path = f"/evaluation/v1/invitations/{await invited(house)}/rating"
    first = await house.post(path, {"level": "4"}, key="rate-0001")
    again = await house.post(path, {"level": "4"}, key="rate-0001")
    other = await house.post(path, {"level": "3"}, key="rate-0001")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422
    assert len(await house.told(RatingGiven)) == 1


async def test_an_invitation_ends_with_its_time(house):
    code = await invited(house)
    house.clock.move(timedelta(days=31))
    answer = await house.post(f"/evaluation/v1/invitations/{code}/rating", {"level": "5"})
    assert answer.status_code == 410
    assert answer.json()["type"] == "/problems/invitation-expired"


async def test_a_bad_rating_needs_a_reason_that_is_known(house):
    path = f"/evaluation/v1/invitations/{await invited(house)}/rating"
    assert (await house.post(path, {"level": "1"})).json()["type"] == "/problems/reason-missing"
    unknown = await house.post(path, {"level": "1", "reason_codes": ["made-up"]})
    assert unknown.json()["type"] == "/problems/reason-unknown"
    assert await house.told(RatingGiven) == []


async def test_what_was_said_is_kept_masked_and_encrypted(house):
    rating = await rated_badly(house)
    assert rating["comment"] == "电话 138******** 打不通"
    [row] = await house.sql("SELECT comment_encrypted, comment_masked FROM ratings")
    assert "13800138000" not in row["comment_encrypted"] + row["comment_masked"]


async def test_the_loop_of_a_bad_rating_closes_and_the_month_shows_both(house):
    rating = await rated_badly(house)
    work_order_id = new_id()
    opened = WorkOrderOpened(
        work_order_id=work_order_id,
        number="ZG-260302-00000001-A",
        kind=WorkOrderKind.RECTIFICATION,
        category="bad-rating",
        rating_id=UUID(rating["id"]),
        opened_at=house.clock.now(),
    )
    closed = RectificationClosed(
        work_order_id=work_order_id,
        number=opened.number,
        rating_id=UUID(rating["id"]),
        outcome="solved",
        visited=True,
        satisfied=True,
        on_time=True,
        closed_at=house.clock.now(),
    )
    await house.deliver(opened, times=2)
    await house.deliver(closed, times=2)
    assert [fact.state for fact in await house.told(RatingChanged)] == ["rectifying", "rectified"]
    score = (await house.get("/evaluation/v1/indicators/service_quality_score")).json()
    share = (await house.get("/evaluation/v1/indicators/negative_rectified_share")).json()
    assert (score["value"], share["value"], share["numerator"]) == (4.0, 1.0, 1)
    evaluator = house.staff("evaluator", division="445100")
    steps = await house.get(f"/evaluation/v1/ratings/{rating['id']}/steps", as_=evaluator)
    assert [step["step"] for step in steps.json()["results"]] == [
        "given",
        "rectification-begun",
        "settled",
    ]


async def test_ratings_are_seen_only_within_reach(house):
    rating = await rated_badly(house)
    path = f"/evaluation/v1/ratings/{rating['id']}"
    own = house.person("citizen", subject=APPLICANT)
    inside = [
        own,
        house.staff("department_head", department=DEPARTMENT),
        house.staff("evaluator", division="445100"),
        house.staff("auditor"),
    ]
    outside = [
        house.person("citizen"),
        house.staff("department_head", department="11445103MB2X00099X"),
        house.staff("evaluator", division="445103"),
    ]
    assert [(await house.get(path, as_=who)).status_code for who in inside] == [200] * 4
    assert [(await house.get(path, as_=who)).status_code for who in outside] == [404] * 3
    assert (await house.get(path, as_=house.staff("clerk"))).status_code == 403
    assert (await house.get(path)).status_code == 401


async def test_a_changed_rule_changes_the_score_and_keeps_its_history(house):
    await rated_badly(house)
    admin = house.staff("system_admin")
    change = {
        "value": {"5": 10, "4": 9, "3": 8, "2": 1, "1": 0},
        "source": "市政数局 2026 年口径",
        "verified": True,
        "reason": "按正式文件改定",
    }
    path = "/evaluation/v1/rules/points-by-level"
    lost = await house.client.put(path, json=change, headers=house.headers(admin))
    done = await house.client.put(
        path, json=change, headers={**house.headers(admin), "If-Match": '"1"'}
    )
    assert (lost.status_code, done.status_code) == (428, 200), done.text
    score = (await house.get("/evaluation/v1/indicators/service_quality_score")).json()
    history = (await house.get(path)).json()["results"]
    assert score["value"] == 1.0
    assert [row["version"] for row in history] == [2, 1]


async def test_a_loop_told_in_the_other_order_ends_the_same_and_says_nothing_false(house):
    rating = await rated_badly(house)
    work_order_id = new_id()
    opened = WorkOrderOpened(
        work_order_id=work_order_id,
        number="ZG-260302-000000000001-A",
        kind=WorkOrderKind.RECTIFICATION,
        category="bad-rating",
        rating_id=UUID(rating["id"]),
        opened_at=house.clock.now(),
    )
    closed = RectificationClosed(
        work_order_id=work_order_id,
        number=opened.number,
        rating_id=UUID(rating["id"]),
        outcome="solved",
        visited=True,
        satisfied=True,
        on_time=True,
        closed_at=house.clock.now(),
    )
    await house.deliver(closed)
    await house.deliver(opened, times=2)
    assert [fact.state for fact in await house.told(RatingChanged)] == ["rectified"]
    [row] = await house.sql("SELECT state, work_order_id FROM ratings")
    assert (row["state"], row["work_order_id"]) == ("rectified", work_order_id)
    steps = await house.sql("SELECT step FROM rating_steps ORDER BY id")
    assert [step["step"] for step in steps] == ["given", "settled", "work-order-noted"]

"""Correction orders: what the audit of the catalog finds, from the facts that it tells."""

from datetime import date

import pytest
from workorder_stories import CODE, DEPARTMENT, DIVISION, ORDERS, an_officer, order_step

from chassis.ids import new_id
from contracts.events.catalog import FindingClosed, FindingOpened
from contracts.events.workorder import WorkOrderClosed, WorkOrderOpened, WorkOrderReplied


def opened(house, **changes):
    return FindingOpened(
        **{
            "finding_id": new_id(),
            "rule": "same-materials",
            "item_id": new_id(),
            "item_code": CODE,
            "item_name": "食品经营许可",
            "division": DIVISION,
            "department": DEPARTMENT,
            "fields": ("/materials", "/materials/1/copies"),
            "what": "申请材料“营业执照”：复印件份数应为 1，此处为 2",
            "how_to_mend": "请按基准一致修改材料",
            "due_on": date(2026, 3, 9),
            "opened_at": house.clock.now(),
            **changes,
        }
    )


def closed(house, fact, outcome="mended"):
    return FindingClosed(
        finding_id=fact.finding_id,
        rule=fact.rule,
        item_id=fact.item_id,
        outcome=outcome,
        closed_at=house.clock.now(),
    )


async def orders(house, as_=None, query="?kind=correction"):
    answer = await house.get(f"{ORDERS}{query}", as_=as_ or an_officer(house))
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def test_a_finding_opens_one_correction_at_the_owner_with_its_due_day(house):
    fact = opened(house)
    await house.deliver(fact, times=3)
    await house.deliver(fact)  # the same news in another message
    [order] = await orders(house)
    assert (order["state"], order["due_on"], order["department"]) == (
        "dispatched",
        "2026-03-09",
        DEPARTMENT,
    )
    assert order["finding_id"] == str(fact.finding_id)
    assert "复印件份数应为 1" in order["content"]
    assert "请按基准一致修改材料" in order["content"]
    assert len(await house.told(WorkOrderOpened)) == 1
    assert await orders(house, an_officer(house, "11445103MB2X00020M")) == []


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [("mended", "solved"), ("accepted", "explained"), ("withdrawn", "withdrawn")],
)
async def test_closed_is_not_solved_the_outcome_says_how_it_ended(house, outcome, wanted):
    fact = opened(house)
    await house.deliver(fact)
    await house.deliver(closed(house, fact, outcome), times=3)
    await house.deliver(closed(house, fact, outcome))
    [order] = await orders(house)
    assert (order["state"], order["outcome"], order["on_time"]) == ("closed", wanted, True)
    assert [each.outcome for each in await house.told(WorkOrderClosed)] == [wanted]
    steps = (await house.get(f"{ORDERS}/{order['id']}/steps", as_=an_officer(house))).json()
    assert [each["step"] for each in steps["results"]] == ["opened", "settled"]


async def test_an_end_that_is_told_before_its_begin_opens_nothing(house):
    fact = opened(house)
    await house.deliver(closed(house, fact), times=2)
    await house.deliver(fact, times=2)
    assert await orders(house) == []
    await house.deliver(opened(house))
    assert len(await orders(house)) == 1


async def test_a_reply_closes_nothing_and_neither_does_a_visit_only_the_audit_does(house):
    fact = opened(house)
    await house.deliver(fact)
    [order] = await orders(house)
    body = {"outcome": "solved", "text": "已按基准修改材料并发布"}
    replied = await order_step(house, order, "replies", body, as_=an_officer(house))
    assert replied["state"] == "replied"
    assert len(await house.told(WorkOrderReplied)) == 1
    visit = await order_step(
        house,
        order,
        "visits",
        {"satisfied": True},
        as_=house.staff("hotline_agent"),
        status=409,
    )
    assert visit["type"] == "/problems/unknown-step"
    assert await house.told(WorkOrderClosed) == []
    await house.deliver(closed(house, fact))
    [order] = await orders(house)
    assert (order["state"], order["outcome"]) == ("closed", "solved")


async def test_nobody_replies_that_it_was_withdrawn(house):
    await house.deliver(opened(house))
    [order] = await orders(house)
    body = {"outcome": "withdrawn", "text": "撤回"}
    await order_step(house, order, "replies", body, as_=an_officer(house), status=422)


async def test_a_finding_without_a_due_day_has_that_of_the_rule(house):
    await house.deliver(opened(house, due_on=None))
    [order] = await orders(house)
    assert order["due_on"] == "2026-03-09"

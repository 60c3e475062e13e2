"""An adjustment is a process: opinions, legal review, approval by another person, publication, its minute."""

from datetime import timedelta

import pytest
from powers_examples import (
    COUNTY,
    RECEIVER,
    ROOT,
    WHY,
    admin,
    city_item,
    coordinator,
    county,
    effective,
    giver,
    in_force,
    lawyer,
    listed,
    passed,
    power,
    proposed,
    published,
    receiver,
    step,
    terms,
)


async def attempt(house, power_id, *, as_=None, **body):
    filled = {
        "kind": "move-down",
        "power_id": power_id,
        "terms": terms(house),
        "receivers": [county()],
        "effective_at": effective(house),
        **body,
    }
    return await house.post(f"{ROOT}/power-adjustments", filled, as_=as_ or giver(house))


def codes(answer):
    assert answer.status_code == 422, answer.text
    return {fault["code"] for fault in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("receiver_of", "code"),
    [
        (county(level="city"), "not-lower"),
        (county(division="445201"), "outside"),
        (county(division="445102100", level="town"), "missing"),
    ],
)
async def test_a_receiver_is_of_a_lower_level_inside_the_giver_and_a_town_by_the_province(
    house, receiver_of, code
):
    (power_id,) = await listed(house)
    assert code in codes(await attempt(house, power_id, receivers=[receiver_of]))


async def test_an_effective_time_in_the_past_and_a_trigger_to_come_are_named(house):
    (power_id,) = await listed(house)
    late = terms(house, trigger_on="2026-12-31")
    answer = await attempt(house, power_id, effective_at=effective(house, -1), terms=late)
    assert codes(answer) == {"past", "future"}


async def test_trigger_legal_basis_and_document_number_are_required(house):
    (power_id,) = await listed(house)
    for name in ("trigger", "trigger_on", "legal_basis", "document_number", "reason"):
        lacking = terms(house)
        del lacking[name]
        assert (await attempt(house, power_id, terms=lacking)).status_code == 422, name
    assert codes(await attempt(house, power_id, receivers=[])) == {"missing"}


async def test_entrusting_a_permit_needs_a_law_and_an_organ_and_goes_no_further(house):
    (power_id,) = await listed(house)
    company = county(agency_kind="entrusted-organization")
    answer = await attempt(house, power_id, kind="entrust", receivers=[company])
    assert codes(answer) == {"missing", "not-an-organ"}
    entrusted = power(
        code="440118009007", power_source="entrusted-from-above", from_division="440000"
    )
    (other,) = await listed(house, entrusted)
    law = terms(house, entrusting_law="law")
    answer = await attempt(house, other, kind="entrust", terms=law)
    assert codes(answer) == {"re-entrusted"}
    assert (await attempt(house, power_id, kind="entrust", terms=law)).status_code == 201


async def test_another_department_proposes_nothing_about_this_power(house):
    (power_id,) = await listed(house)
    answer = await attempt(house, power_id, as_=receiver(house))
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("not-your-power")


async def test_a_proposal_after_twenty_working_days_is_shown_as_late(house):
    (power_id,) = await listed(house)
    day = (house.clock.now() - timedelta(days=60)).date().isoformat()
    adjustment = await proposed(house, power_id, terms={"trigger_on": day})
    path = f"{ROOT}/power-adjustments"
    shown = (await house.get(f"{path}/{adjustment}", as_=giver(house))).json()
    assert shown["is_proposed_late"] is True
    late = await house.get(path, params={"late": "true"}, as_=admin(house))
    assert [row["id"] for row in late.json()["results"]] == [adjustment]


async def test_without_a_passed_review_a_move_down_is_not_approved(house):
    (power_id,) = await listed(house)
    adjustment = await proposed(house, power_id)
    refused = await step(house, adjustment, "approvals", WHY, as_=coordinator(house), status=409)
    assert refused["type"].endswith("review-needed")
    shown = await passed(house, adjustment, conclusion="rejected")
    assert shown["state"] == "rejected"
    await step(house, adjustment, "approvals", WHY, as_=coordinator(house), status=409)


async def test_a_review_waits_for_the_receivers_or_for_their_last_day_and_has_its_own(house):
    (power_id,) = await listed(house)
    adjustment = await proposed(house, power_id)
    refused = await step(
        house, adjustment, "legal-review-requests", WHY, as_=giver(house), status=409
    )
    assert refused["type"].endswith("opinions-missing")
    house.clock.move(timedelta(days=30))
    path = f"{ROOT}/power-adjustments/{adjustment}"
    assert (await house.get(path, as_=giver(house))).json()["overdue"] == "opinions"
    shown = await step(house, adjustment, "legal-review-requests", WHY, as_=giver(house))
    assert shown["review_due_on"]
    house.clock.move(timedelta(days=30))
    assert (await house.get(path, as_=lawyer(house))).json()["overdue"] == "review"


async def test_changes_that_the_review_asked_for_are_made_before_the_approval(house):
    (power_id,) = await listed(house)
    adjustment = await proposed(house, power_id)
    await passed(house, adjustment, conclusion="passed-with-changes")
    refused = await step(house, adjustment, "approvals", WHY, as_=coordinator(house), status=409)
    assert refused["type"].endswith("changes-not-made")
    path = f"{ROOT}/power-adjustments/{adjustment}"
    house.clock.move(timedelta(minutes=1))
    tag = (await house.get(path, as_=giver(house))).headers["etag"]
    body = {
        "terms": terms(house, transition="在办件由原部门办结"),
        "effective_at": effective(house),
        "reason": "按审查意见修改",
    }
    for sent, status in (({}, 428), ({"If-Match": '"999"'}, 412), ({"If-Match": tag}, 200)):
        headers = house.headers(giver(house)) | sent
        answer = await house.client.put(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
    await published(house, adjustment)


async def test_nobody_reviews_or_approves_what_they_proposed_or_reviewed(house):
    (power_id,) = await listed(house)
    everybody = house.staff(
        "system_admin",
        "legal_reviewer",
        "coordinator",
        subject="019a0000-0000-7000-8000-0000000000dd",
        division="445100",
    )
    answer = await attempt(house, power_id, as_=everybody)
    adjustment = answer.json()["id"]
    body = {"agrees": True, "opinion": "同意"}
    await step(house, adjustment, "opinions", body, as_=receiver(house))
    await step(house, adjustment, "legal-review-requests", WHY, as_=giver(house))
    review = {"review": {"conclusion": "passed", "opinion": "可以"}}
    await step(house, adjustment, "legal-reviews", review, as_=everybody, status=403)
    await step(house, adjustment, "legal-reviews", review, as_=lawyer(house))
    await step(house, adjustment, "approvals", WHY, as_=everybody, status=403)
    also = {**coordinator(house), "sub": lawyer(house)["sub"]}
    await step(house, adjustment, "approvals", WHY, as_=also, status=403)
    await step(house, adjustment, "approvals", WHY, as_=coordinator(house))


async def test_every_step_leaves_a_row_that_says_why(house):
    (power_id,) = await listed(house)
    adjustment = await proposed(house, power_id)
    await passed(house, adjustment)
    await published(house, adjustment)
    await in_force(house, adjustment)
    path = f"{ROOT}/power-adjustments/{adjustment}/steps"
    steps = (await house.get(path, as_=admin(house))).json()["results"]
    assert [one["step"] for one in steps] == [
        "proposed",
        "opinion-given",
        "review-requested",
        "reviewed",
        "approved",
        "published",
        "in-force",
    ]
    assert all(one["reason"] and one["taken_at"] for one in steps)


async def test_before_its_publication_only_those_who_have_a_part_see_it(house):
    (power_id,) = await listed(house)
    adjustment = await proposed(house, power_id)
    path = f"{ROOT}/power-adjustments/{adjustment}"
    stranger = receiver(house, "11445122MB2X00055M")
    for caller, status in (
        (giver(house), 200),
        (receiver(house), 200),
        (lawyer(house), 200),
        (coordinator(house, COUNTY), 200),
        (coordinator(house, "445122"), 404),
        (stranger, 404),
        (house.person("citizen"), 403),
    ):
        assert (await house.get(path, as_=caller)).status_code == status
    notice = f"{ROOT}/power-notices/{adjustment}"
    assert (await house.get(notice)).status_code == 404
    await passed(house, adjustment)
    await published(house, adjustment)
    shown = await house.get(notice)
    assert shown.status_code == 200
    assert shown.json()["state"] == "published"


async def test_an_item_whose_power_moved_is_not_published_again_by_its_old_department(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(house, power_id)
    await passed(house, adjustment)
    await published(house, adjustment)
    await in_force(house, adjustment)
    again = await house.post(
        f"{ROOT}/power-adjustments",
        {
            "kind": "cancel",
            "power_id": power_id,
            "terms": terms(house),
            "effective_at": effective(house),
        },
        as_=giver(house),
    )
    assert again.status_code == 409
    assert again.json()["type"].endswith("power-not-in-force")


async def test_a_receiver_that_has_no_part_says_nothing_and_a_repeat_gets_the_same_answer(house):
    (power_id,) = await listed(house)
    adjustment = await proposed(house, power_id)
    body = {"agrees": False, "opinion": "人手不足"}
    await step(house, adjustment, "opinions", body, as_=giver(house), status=403)
    path = f"{ROOT}/power-adjustments/{adjustment}/opinions"
    first = await house.post(path, body, as_=receiver(house), key="k1")
    again = await house.post(path, body, as_=receiver(house), key="k1")
    assert first.json() == again.json()
    (party,) = [p for p in first.json()["parties"] if p["department"] == RECEIVER]
    assert (party["agrees"], party["opinion"]) == (False, "人手不足")

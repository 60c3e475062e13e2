"""An incident that no code knows, moved on by the facts of every service, by activation of its definition alone."""

import json
from pathlib import Path

import pytest
from incident_stories import (
    TEXT,
    a_coordinator,
    a_form,
    an_incident,
    drafted,
    in_force,
    reported,
    take,
)
from workorder_stories import said_by

from chassis.ids import new_id
from contracts.events.catalog import HallChanged, ItemVersionWithdrawn
from contracts.events.certificate import CertificateRevoked
from contracts.events.datashare import GrantGiven
from contracts.events.evaluation import RatingGiven
from contracts.events.workorder import WorkOrderClosed, WorkOrderUrged
from contracts.registry import ALL_FACTS
from contracts.vocabulary import ClosingOutcome
from workorder.checking import FACTS
from workorder.consumers import consumers
from workorder.repository.fact_keys import forget_named

ORDERS = "/workorder/v1/work-orders"
ID = {"type": "string", "format": "uuid"}
OUTCOME = {"type": "string", "enum": ["solved", "unsolved"]}
WAITS = {"owner": "system", "limit": {"amount": 5, "unit": "working-days"}}


def heard(code, source, target, fact, **changes):
    step = {"code": code, "name": code, "from": [source], "trigger": "fact", "fact": fact}
    return {**step, **({"to": target} if target else {}), **changes}


def by(field, kept):
    return {"field": field, "by": f"facts.{kept}"}


CLOSES = {
    "form": a_form(["outcome"], outcome=OUTCOME),
    "effects": ["outcome"],
    "tells": ["closed"],
}


def a_followed(**changes):
    """Seen through by facts: a certificate withdrawn, an item taken back, an answer of data, a rating."""
    kept = dict.fromkeys(("certificate_id", "item_id", "request_id", "rated_id"), ID)
    definition = {
        "code": "incident",
        "name": "证照隐患",
        "starts_in": "reported",
        "number_prefix": "SJ",
        "opens_by": [{"role": "coordinator", "reach": "division"}],
        "form": a_form([], **kept, seen=TEXT),
        "states": [
            {"code": code, "name": code, **WAITS} for code in ("reported", "a", "b", "c", "d")
        ]
        + [{"code": "closed", "name": "已办结", "is_final": True}],
        "steps": [
            heard(
                "revoked",
                "reported",
                "a",
                CertificateRevoked.TYPE,
                finds=by("certificate_id", "certificate_id"),
            ),
            heard("gone", "a", "b", ItemVersionWithdrawn.TYPE, finds=by("item_id", "item_id")),
            heard(
                "answered",
                "b",
                "c",
                GrantGiven.TYPE,
                finds=by("grant_id", "request_id"),
                form=a_form(["said"], said=TEXT),
                fills=[{"field": "said", "reads": "resource_code"}],
                effects=["keep"],
            ),
            heard(
                "rated",
                "c",
                "closed",
                RatingGiven.TYPE,
                finds=by("rated_id", "rated_id"),
                form=a_form(["outcome", "bad"], outcome=OUTCOME, bad={"type": "boolean"}),
                fills=[
                    {
                        "field": "outcome",
                        "reads": "level",
                        "words": {"5": "solved", "1": "unsolved"},
                    },
                    {"field": "bad", "reads": "is_bad"},
                ],
                when=[{"read": "form.bad", "equals": False, "otherwise": "差评不办结"}],
                effects=["outcome"],
                tells=["closed"],
            ),
            {
                "code": "look",
                "name": "看过",
                "from": ["d"],
                "to": "closed",
                "by": [{"role": "coordinator", "reach": "division"}],
                **CLOSES,
            },
            {
                "code": "aside",
                "name": "搁置",
                "from": ["reported"],
                "to": "d",
                "by": [{"role": "coordinator", "reach": "division"}],
            },
        ],
    }
    return {**definition, **changes}


async def state_of(house, order):
    answer = await house.get(f"{ORDERS}/{order['id']}", as_=a_coordinator(house))
    return answer.json()["state"]


def example(fact, **changes):
    """A fact as the contract's examples show it, about something else."""
    folder = Path(__file__).parents[2] / "contracts" / "examples"
    found = json.loads((folder / f"{fact.TYPE}.json").read_text(encoding="utf-8"))
    return fact.model_validate({**found["data"], **changes})


def revoked(certificate_id):
    return example(CertificateRevoked, certificate_id=certificate_id, application_id=None)


def rated(work_id, level="5"):
    bad = level == "1"
    return example(RatingGiven, rated_kind="work-order", rated_id=work_id, level=level, is_bad=bad)


async def test_an_incident_goes_its_whole_way_by_the_facts_of_four_services(house):
    await in_force(house, a_followed())
    about = {
        name: str(new_id()) for name in ("certificate_id", "item_id", "request_id", "rated_id")
    }
    order, other = await reported(house, form=about), await reported(house, form={})
    facts = [
        (revoked(about["certificate_id"]), "a"),
        (example(ItemVersionWithdrawn, item_id=about["item_id"]), "b"),
        (example(GrantGiven, grant_id=about["request_id"]), "c"),
        (rated(about["rated_id"]), "closed"),
    ]
    for fact, state in facts:
        await house.deliver(fact, times=2)
        assert await state_of(house, order) == state
    assert await state_of(house, other) == "reported"
    [closed] = await house.told(WorkOrderClosed)
    assert closed.outcome == ClosingOutcome.SOLVED
    steps = await house.get(f"{ORDERS}/{order['id']}/steps", as_=a_coordinator(house))
    taken = [each["step"] for each in steps.json()["results"]]
    assert taken == ["opened", "revoked", "gone", "answered", "rated"]
    assert await house.sql("SELECT 1 FROM work_order_fact_keys") == []


async def test_a_fact_that_the_definition_does_not_allow_moves_nothing_and_is_no_fault(house):
    await in_force(house, a_followed())
    about = {
        name: str(new_id()) for name in ("certificate_id", "item_id", "request_id", "rated_id")
    }
    order = await reported(house, form=about)
    await house.deliver(rated(about["rated_id"]))
    assert await state_of(house, order) == "reported"
    for fact in (
        revoked(about["certificate_id"]),
        example(ItemVersionWithdrawn, item_id=about["item_id"]),
        example(GrantGiven, grant_id=about["request_id"]),
    ):
        await house.deliver(fact)
    await house.deliver(rated(about["rated_id"], "1"))
    assert await state_of(house, order) == "c"


async def test_a_fact_that_no_definition_names_costs_no_transaction(house):
    await in_force(house, a_followed())
    await house.deliver(example(GrantGiven))
    assert await said_by(house, house.deliver(example(HallChanged))) == []
    assert await said_by(house, house.deliver(example(GrantGiven))) != []


async def test_a_version_on_which_nothing_runs_any_more_is_not_waited_for(house):
    first = await in_force(house, a_followed())
    quiet = a_followed()
    quiet["steps"] = [each for each in quiet["steps"] if each["code"] != "answered"]
    quiet["steps"].append({**quiet["steps"][-1], "code": "on", "from": ["b"], "to": "c"})
    running = await reported(house, form={"request_id": str(new_id())})
    await in_force(house, quiet)
    assert first["code"] == "incident"
    await house.deliver(example(GrantGiven))
    assert await said_by(house, house.deliver(example(GrantGiven))) != []
    await take(house, running, "aside", {}, as_=a_coordinator(house))
    await take(house, running, "look", {"outcome": "solved"}, as_=a_coordinator(house))
    forget_named()
    await house.deliver(example(GrantGiven))
    assert await said_by(house, house.deliver(example(GrantGiven))) == []


async def test_work_stays_found_when_it_is_moved_to_a_version_that_names_another_fact(house):
    plain = an_incident(form=a_form([], certificate_id=ID))
    old = await in_force(house, plain)
    certificate = str(new_id())
    order = await reported(house, form={"certificate_id": certificate})
    named = an_incident(form=a_form([], certificate_id=ID))
    named["steps"].append(
        heard(
            "revoked",
            "reported",
            "escalated",
            CertificateRevoked.TYPE,
            finds=by("certificate_id", "certificate_id"),
        )
    )
    new = await in_force(house, named)
    body = {
        "from_version": old["version"],
        "states": {"reported": "reported"},
        "dry_run": False,
        "reason": "接收事件",
    }
    answer = await house.post(
        f"/workorder/v1/process-definitions/{new['id']}/migrations",
        body,
        as_=house.staff("system_admin"),
    )
    assert answer.status_code == 202, answer.text
    await house.run_jobs()
    await house.deliver(revoked(certificate))
    assert await state_of(house, order) == "escalated"


async def test_work_of_one_order_goes_on_when_another_ends_and_never_without_end(house):
    """Two incidents wait for each other's facts: each moves once for each limit, and then they rest."""
    waiting = a_followed()
    waiting["form"] = a_form([], after=ID, **waiting["form"]["properties"])
    waiting["steps"].append(
        heard(
            "before-it",
            "reported",
            "d",
            WorkOrderClosed.TYPE,
            finds=by("work_order_id", "after"),
        )
    )
    await in_force(house, waiting)
    first = await reported(house, form={})
    second = await reported(house, form={"after": first["id"]})
    await take(house, first, "aside", {}, as_=a_coordinator(house))
    await take(house, first, "look", {"outcome": "solved"}, as_=a_coordinator(house))
    [closed] = await house.told(WorkOrderClosed)
    await house.deliver(closed, times=3)
    assert await state_of(house, second) == "d"
    assert len(await house.told(WorkOrderClosed)) == 1


def own(**changes):
    told = heard(
        "again",
        "reported",
        None,
        "workorder.work-order.urged.v1",
        finds={"field": "work_order_id", "by": "id"},
        tells=["urged"],
    )
    return {**told, **changes}


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (own(), "facts-without-end"),
        (own(limit={"count": 3}), None),
        (own(finds={"field": "number", "by": "id"}), "fact-field-no-key"),
        (own(finds={"field": "nothing", "by": "id"}), "unknown-fact-field"),
        (own(finds=by("number", "nothing")), "field-never-filled"),
        (own(fact="workorder.no-such.fact.v1"), "unknown-fact"),
    ],
)
async def test_a_definition_that_cannot_be_followed_is_refused_with_its_finding(house, step, code):
    definition = an_incident()
    definition["steps"].append(step)
    draft = await drafted(house, definition)
    answer = await house.post(
        f"/workorder/v1/process-definitions/{draft['id']}/activations",
        {"reason": "启用"},
        as_=house.staff("system_admin"),
    )
    if code is None:
        assert answer.status_code == 201, answer.text
    else:
        assert code in {each["code"] for each in answer.json()["errors"]}


async def test_work_that_hears_what_it_tells_itself_rests_at_its_limit(house):
    definition = an_incident()
    definition["steps"].append(own(limit={"count": 3}))
    definition["steps"].append(
        {
            "code": "poke",
            "name": "催办",
            "from": ["reported"],
            "by": [{"role": "coordinator", "reach": "division"}],
            "tells": ["urged"],
            "limit": {"count": 1},
        }
    )
    await in_force(house, definition)
    order = await reported(house)
    await take(house, order, "poke", {}, as_=a_coordinator(house))
    heard_of = 0
    while heard_of < len(told := await house.told(WorkOrderUrged)):
        assert len(told) < 10
        await house.deliver(told[heard_of])
        heard_of += 1
    assert heard_of == 4


def test_every_fact_of_the_registry_may_be_named_and_is_listened_for():
    assert set(FACTS) == {fact.TYPE for fact in ALL_FACTS}
    for fact in ALL_FACTS:
        names = [each.name for each in consumers.subscriptions[fact.TYPE]]
        assert "follow_named" in names


async def test_work_is_found_by_an_index_however_many_orders_there_are(house):
    await in_force(house, a_followed())
    await reported(house, form={"item_id": str(new_id())})
    await house.sql(
        "INSERT INTO work_order_fact_keys SELECT 'x.y.z.v1', n::text, id "
        "FROM work_orders, generate_series(1, 20000) AS n"
    )
    await house.sql("ANALYZE work_order_fact_keys")
    plan = await house.sql(
        "EXPLAIN SELECT work_order_id FROM work_order_fact_keys WHERE fact = 'x.y.z.v1' AND key = '77'"
    )
    assert any("Index" in row[0] and "work_order_fact_keys" in row[0] for row in plan)

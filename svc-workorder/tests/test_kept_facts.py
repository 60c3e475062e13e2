"""A fact that comes before the work it is about is kept for a while, and followed once when such work is open."""

import json
from datetime import timedelta

from hotline_stories import rule_becomes
from incident_stories import a_coordinator, a_form, an_incident, in_force, reported, take
from sqlalchemy import text
from test_facts_move_work import ID, a_followed, by, example, heard, revoked, state_of
from workorder_stories import said_by

from chassis.ids import new_id
from chassis.jobs import enqueue_job
from contracts.events.catalog import FindingClosed, ItemVersionWithdrawn
from contracts.events.certificate import CertificateRevoked
from contracts.events.datashare import GrantGiven
from contracts.events.workorder import ApplicationDecided
from workorder.repository.kept_facts import DUE, FIRST_ID, due_facts
from workorder.use_cases.follow_kept_fact import follow_kept_fact
from workorder.workers.kept_facts import look
from workorder.workers.sweeping import NOTICE_SWEEPS

LIST = "/workorder/v1/kept-facts"


async def looked(house):
    """As the watch does: until nothing is left to do; returns how many were followed or ended."""
    count = 0
    while found := await look(house.runtime):
        count += found
    return count


async def listed(house, query="", as_=None):
    answer = await house.get(f"{LIST}{query}", as_=as_ or house.staff("system_admin"))
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def steps(house, order):
    answer = await house.get(
        f"/workorder/v1/work-orders/{order['id']}/steps", as_=a_coordinator(house)
    )
    return [(each["step"], each["actor_kind"]) for each in answer.json()["results"]]


async def test_a_fact_that_comes_first_moves_the_work_once_it_is_open(house):
    await in_force(house, a_followed())
    certificate = str(new_id())
    await house.deliver(revoked(certificate), times=3)
    [kept] = await listed(house)
    assert (kept["state"], kept["fact"]) == ("kept", CertificateRevoked.TYPE)
    assert kept["said"]["certificate_id"] == certificate
    assert await looked(house) == 0
    order = await reported(house, form={"certificate_id": certificate})
    assert await looked(house) == 1
    assert await state_of(house, order) == "a"
    assert await steps(house, order) == [("opened", "staff"), ("revoked", "system")]
    [followed] = await listed(house)
    assert (followed["state"], followed["work_order_id"], followed["number"]) == (
        "followed",
        order["id"],
        order["number"],
    )
    assert followed["moved"] == 1
    assert followed["ending"] == "1 件工单据此办理"


async def test_it_is_followed_once_however_often_it_is_told_and_whoever_looks(house):
    await in_force(house, a_followed())
    certificate = str(new_id())
    subject, wire = house.wire(revoked(certificate))
    await house.consuming().handle(subject, wire, {})
    order = await reported(house, form={"certificate_id": certificate})
    await house.consuming().handle(subject, wire, {})
    assert await state_of(house, order) == "reported"  # the same message has its receipt
    assert await looked(house) == 1
    assert await looked(house) == 0
    await house.consuming().handle(subject, wire, {})
    assert [step for step, _ in await steps(house, order)] == ["opened", "revoked"]
    assert len(await listed(house)) == 1
    assert await house.sql("SELECT 1 FROM kept_fact_keys") == []
    later = await reported(house, form={"certificate_id": certificate})
    assert await looked(house) == 0
    assert await state_of(house, later) == "reported"


async def test_one_that_two_processes_have_in_hand_is_followed_by_one_of_them(house):
    await in_force(house, a_followed())
    certificate = str(new_id())
    await house.deliver(revoked(certificate))
    order = await reported(house, form={"certificate_id": certificate})
    held, other = house.runtime.begin_system(), house.runtime.begin_system()
    [row] = await house.sql("SELECT event_id FROM kept_facts")
    try:
        assert await follow_kept_fact(row["event_id"], held)
        assert not await follow_kept_fact(row["event_id"], other)
        await held.commit()
    finally:
        await other.close()
        await held.close()
    assert await state_of(house, order) == "a"


async def test_several_are_followed_in_the_order_in_which_they_were_told(house):
    await in_force(house, a_followed())
    about = {name: str(new_id()) for name in ("certificate_id", "item_id", "request_id")}
    await house.deliver(revoked(about["certificate_id"]))
    await house.deliver(example(ItemVersionWithdrawn, item_id=about["item_id"]))
    await house.deliver(example(GrantGiven, grant_id=about["request_id"]))
    order = await reported(house, form=about)
    assert await looked(house) == 3
    assert await state_of(house, order) == "c"


async def test_what_the_definition_does_not_allow_then_moves_nothing_and_has_ended(house):
    await in_force(house, a_followed())
    item = str(new_id())
    await house.deliver(example(ItemVersionWithdrawn, item_id=item))
    order = await reported(house, form={"item_id": item})
    assert await looked(house) == 1
    assert await state_of(house, order) == "reported"
    [row] = await listed(house, "?state=followed")
    assert (row["moved"], row["number"]) == (0, order["number"])
    assert row["ending"] == "相关工单当前状态下流程未作安排"


async def test_work_that_comes_to_be_about_it_by_a_later_step_goes_on_too(house):
    definition = an_incident(form=a_form([]))
    states = [each["code"] for each in definition["states"]]
    assert "working" in states
    definition["steps"] += [
        {
            "code": "name",
            "name": "补录证照",
            "from": ["reported"],
            "by": [{"role": "coordinator", "reach": "division"}],
            "form": a_form(["certificate_id"], certificate_id=ID),
            "effects": ["keep"],
            "limit": {"count": 3},
        },
        heard(
            "revoked",
            "reported",
            "escalated",
            CertificateRevoked.TYPE,
            finds=by("certificate_id", "certificate_id"),
        ),
    ]
    await in_force(house, definition)
    certificate = str(new_id())
    await house.deliver(revoked(certificate))
    order = await reported(house, form={})
    assert await looked(house) == 0
    await take(house, order, "name", {"certificate_id": certificate}, as_=a_coordinator(house))
    assert await looked(house) == 1
    assert await state_of(house, order) == "escalated"


async def test_work_found_by_a_column_of_its_own_is_followed_too(house):
    definition = an_incident()
    finds = {"field": "application_id", "by": "application_id"}
    definition["steps"].append(
        heard("decided", "reported", "escalated", ApplicationDecided.TYPE, finds=finds)
    )
    await in_force(house, definition)
    application = new_id()
    await house.deliver(example(ApplicationDecided, application_id=application))
    order = await reported(house)
    assert await looked(house) == 0
    await house.sql("UPDATE work_orders SET application_id = $1", application)
    assert await looked(house) == 1
    assert await state_of(house, order) == "escalated"


async def test_one_whose_work_runs_on_a_version_that_does_not_name_it_ends_and_is_not_looked_at_for_ever(
    house,
):
    definition = an_incident()
    finds = {"field": "application_id", "by": "application_id"}
    step = heard("decided", "reported", "escalated", ApplicationDecided.TYPE, finds=finds)
    await in_force(house, {**definition, "steps": [*definition["steps"], step]})
    application = new_id()
    await house.deliver(example(ApplicationDecided, application_id=application))
    await in_force(house, an_incident())
    order = await reported(house)
    await house.sql("UPDATE work_orders SET application_id = $1", application)
    assert await looked(house) == 1
    assert await state_of(house, order) == "reported"
    [row] = await listed(house, "?state=expired")
    assert row["ending"] == "相关工单已办结，或其流程版本不使用此事件"


async def test_what_no_process_in_force_names_is_not_kept_and_costs_no_look(house):
    await house.deliver(revoked(str(new_id())))
    draft = a_followed()
    await in_force(house, draft)
    await house.sql("UPDATE process_definitions SET state = 'draft' WHERE code = 'incident'")
    await house.deliver(example(GrantGiven))
    assert await listed(house) == []
    said = await said_by(house, look(house.runtime))
    assert not any("kept_fact_keys" in each for each in said)


async def test_a_fact_about_work_that_has_ended_is_not_kept(house):
    """The shipped process of corrections finds its order by the finding: what has been closed is not waited for."""
    finding = example(FindingClosed)
    await house.sql(
        "INSERT INTO work_orders (id, number, kind, type, category, division, department, channel, title, content, "
        "is_confidential, state, round, clock_days, due_is_provisional, opened_at, reply, on_time, version, process, "
        "finding_id) VALUES (uuidv7(), 'GZ-1', 'correction', 'correction', '', '', '', 'web', '', '', false, 'closed', "
        "1, 0, false, now(), '', true, 1, 'correction', $1)",
        finding.finding_id,
    )
    await house.deliver(finding)
    assert await listed(house) == []
    await house.deliver(example(FindingClosed, finding_id=new_id()))
    assert [each["state"] for each in await listed(house)] == ["kept"]


async def test_opening_and_stepping_say_nothing_of_it_to_the_database(house):
    await in_force(house, a_followed())
    await house.deliver(revoked(str(new_id())))

    async def work():
        order = await reported(house, form={"certificate_id": str(new_id())})
        await take(house, order, "aside", {}, as_=a_coordinator(house))

    await work()
    said = await said_by(house, work())
    assert not any("kept_fact" in each for each in said)


async def test_what_waits_in_vain_ends_after_its_days_on_record(house):
    await rule_becomes(house, "kept-facts", {"days": 3, "most": 10, "listed_days": 30})
    await in_force(house, a_followed())
    certificate = str(new_id())
    await house.deliver(revoked(certificate))
    house.clock.move(timedelta(days=2, hours=23))
    assert await looked(house) == 0
    house.clock.move(timedelta(hours=2))
    assert await looked(house) == 1
    [row] = await listed(house, "?state=expired")
    assert (row["ending"], row["moved"]) == ("保留期满，没有相关工单登记", 0)
    assert row["ended_at"] is not None
    order = await reported(house, form={"certificate_id": certificate})
    assert await looked(house) == 0
    assert await state_of(house, order) == "reported"


async def test_of_more_than_may_be_kept_the_oldest_end(house):
    await rule_becomes(house, "kept-facts", {"days": 3, "most": 2, "listed_days": 30})
    await in_force(house, a_followed())
    certificates = [str(new_id()) for _ in range(4)]
    for each in certificates:
        await house.deliver(revoked(each))
    assert await looked(house) == 2
    rows = await listed(house, "?state=expired")
    assert {each["said"]["certificate_id"] for each in rows} == set(certificates[:2])
    assert {each["ending"] for each in rows} == {"超过保留条数上限，较早的先行结束"}


async def test_what_ended_long_ago_is_removed_at_night_and_what_waits_is_not(house):
    await rule_becomes(house, "kept-facts", {"days": 100, "most": 1, "listed_days": 30})
    await in_force(house, a_followed())
    for _ in range(2):
        await house.deliver(revoked(str(new_id())))
    assert await looked(house) == 1
    for days, left in ((29, 2), (2, 1)):
        house.clock.move(timedelta(days=days))
        tx = house.runtime.begin_system()
        try:
            enqueue_job(tx, house.runtime, kind=NOTICE_SWEEPS, input={})
            await tx.commit()
        finally:
            await tx.close()
        assert await house.run_jobs() == 1
        assert len(await listed(house)) == left
    assert [each["state"] for each in await listed(house)] == ["kept"]


async def test_one_that_cannot_be_followed_keeps_no_other_waiting(house):
    await in_force(house, a_followed())
    about = [str(new_id()) for _ in range(2)]
    for each in about:
        await house.deliver(revoked(each))
    orders = [await reported(house, form={"certificate_id": each}) for each in about]
    await house.sql(
        "UPDATE kept_facts SET said = '{}' WHERE said ->> 'certificate_id' = $1", about[0]
    )
    assert await looked(house) == 1
    assert [await state_of(house, each) for each in orders] == ["reported", "a"]
    assert len(await listed(house, "?state=kept")) == 1


async def test_the_list_is_filtered_paged_and_exported(house):
    await in_force(house, a_followed())
    await house.deliver(revoked(str(new_id())))
    house.clock.move(timedelta(days=1))
    item = str(new_id())
    await house.deliver(example(ItemVersionWithdrawn, item_id=item))
    order = await reported(house, form={"item_id": item})
    await looked(house)
    facts = [each["fact"] for each in await listed(house)]
    assert facts == [ItemVersionWithdrawn.TYPE, CertificateRevoked.TYPE]
    for query in (
        f"?fact={ItemVersionWithdrawn.TYPE}",
        "?state=followed",
        f"?work_order_id={order['id']}",
        "?from=2026-03-03",
    ):
        assert [each["fact"] for each in await listed(house, query)] == [ItemVersionWithdrawn.TYPE]
    assert [each["fact"] for each in await listed(house, "?to=2026-03-02")] == [
        CertificateRevoked.TYPE
    ]
    admin = house.staff("system_admin")
    page = (await house.get(f"{LIST}?limit=1", as_=admin)).json()
    rest = (await house.get(f"{LIST}?limit=1&cursor={page['next_cursor']}", as_=admin)).json()
    assert [each["fact"] for each in (*page["results"], *rest["results"])] == facts
    file = await house.get(f"{LIST}/export?format=csv&state=kept", as_=house.staff("auditor"))
    assert file.status_code == 200
    assert CertificateRevoked.TYPE in file.text
    assert "待相关工单" in file.text
    assert ItemVersionWithdrawn.TYPE not in file.text
    lines = await house.get(f"{LIST}/export?format=jsonl", as_=admin)
    assert json.loads(lines.text.splitlines()[0])


async def test_what_is_due_is_found_at_once_however_much_is_kept(house):
    """Ten thousand wait, and as many orders are open: one pass reads by indexes and finds the one that is due."""
    await in_force(house, a_followed())
    certificate = str(new_id())
    await house.deliver(revoked(certificate))
    await reported(house, form={"certificate_id": certificate})
    await house.sql(
        "INSERT INTO kept_facts (event_id, fact, said, division, department, told_at, kept_at, keep_until, state, "
        "ending, number, moved) SELECT uuidv7(), 'x.y.z.v1', '{}', '', '', now(), now(), now(), 'kept', '', '', 0 "
        "FROM generate_series(1, 10000)"
    )
    await house.sql(
        "INSERT INTO kept_fact_keys SELECT fact, 'incident', 'rating_id', uuidv7()::text, event_id FROM kept_facts "
        "WHERE fact = 'x.y.z.v1'"
    )
    await house.sql("ANALYZE kept_facts, kept_fact_keys, work_orders, work_order_fact_keys")
    tx = house.runtime.begin_system()
    try:
        assert len(await due_facts(tx, most=10)) == 1
        plan = await tx.all(text(f"EXPLAIN {DUE.text}").bindparams(after=FIRST_ID, most=10))
    finally:
        await tx.close()
    assert not any("Seq Scan on kept_facts" in row[0] for row in plan)
    kept = await house.sql(
        "EXPLAIN SELECT event_id FROM kept_facts WHERE state = 'kept' ORDER BY event_id DESC OFFSET 9000 LIMIT 10"
    )
    assert any("kept_facts_kept" in row[0] for row in kept)

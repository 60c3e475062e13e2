"""Running work moved to another version: tried first, then for good, each with its step; what cannot move stays."""

from incident_stories import (
    DEFINITIONS,
    LEAD,
    ORDERS,
    a_coordinator,
    an_incident,
    in_force,
    reported,
    take,
)

ADMIN = "019a0000-0000-7000-8000-0000000000aa"
STATES = {"reported": "waiting", "working": "working"}


def renamed():
    """The incident's next version: another code for its first state, and a longer wait there."""
    definition = an_incident()
    definition["states"][0].update(code="waiting", limit={"amount": 9, "unit": "hours"})
    definition["starts_in"] = "waiting"
    del definition["cases"][1]
    for step in definition["steps"]:
        step["from"] = ["waiting" if each == "reported" else each for each in step["from"]]
    return definition


async def migrate(house, definition, *, status=202, **body):
    filled = {"from_version": 1, "states": STATES, "reason": "改版", **body}
    admin = house.staff("system_admin", subject=ADMIN)
    path = f"{DEFINITIONS}/{definition['id']}/migrations"
    answer = await house.post(path, filled, as_=admin)
    assert answer.status_code == status, answer.text
    return answer.json()


async def verdicts(house, begun):
    admin = house.staff("system_admin", subject=ADMIN)
    job = (await house.get(begun["job"], as_=admin)).json()
    rows = (await house.get(f"{begun['job']}/rows", as_=admin)).json()["results"]
    assert job["state"] == "done", job
    return job, rows


async def three_and_a_new_version(house):
    """One reported, one being worked on, one escalated; and version 2 in force."""
    await in_force(house)
    waiting, working, escalated = [await reported(house) for _ in range(3)]
    form = {"department": LEAD, "reason": "属地"}
    working = await take(house, working, "assign", form, as_=a_coordinator(house))
    await house.sql("UPDATE work_orders SET state = 'escalated' WHERE id = $1", escalated["id"])
    return waiting, working, escalated, await in_force(house, renamed())


async def versions(house):
    rows = await house.sql("SELECT state, process_version FROM work_orders ORDER BY id")
    return [tuple(row) for row in rows]


async def test_a_dry_run_says_what_would_move_and_why_not_and_moves_nothing(house):
    *_, new = await three_and_a_new_version(house)
    before = await versions(house)
    begun = await migrate(house, new)
    groups = {each["state"]: (each["moves"], each["code"]) for each in begun["groups"]}
    assert groups == {
        "reported": (True, ""),
        "working": (True, ""),
        "escalated": (False, "state-unmapped"),
    }
    await house.run_jobs()
    job, rows = await verdicts(house, begun)
    assert (job["done"], job["accepted"], job["refused"]) == (3, 2, 1)
    assert [each["verdict"] for each in rows] == ["accepted", "accepted", "refused"]
    assert await versions(house) == before


async def test_a_migration_moves_what_it_can_on_record_and_keeps_the_promise(house):
    waiting, working, _, new = await three_and_a_new_version(house)
    begun = await migrate(house, new, dry_run=False)
    await house.run_jobs()
    job, _ = await verdicts(house, begun)
    assert (job["accepted"], job["refused"]) == (2, 1)
    assert await versions(house) == [("waiting", 2), ("working", 2), ("escalated", 1)]
    who = a_coordinator(house)
    moved = (await house.get(f"{ORDERS}/{waiting['id']}", as_=who)).json()
    assert moved["wait_until"] > waiting["wait_until"]
    kept = (await house.get(f"{ORDERS}/{working['id']}", as_=who)).json()
    assert kept["due_on"] == working["due_on"]
    steps = (await house.get(f"{ORDERS}/{waiting['id']}/steps", as_=who)).json()["results"]
    assert steps[-1]["step"] == "process-moved"
    assert "改版" in steps[-1]["reason"]
    assert "待分派" in steps[-1]["reason"]
    reply = {"text": "已抢修", "outcome": "solved"}
    officer = house.staff("department_officer", department=LEAD)
    assert (await take(house, working, "do-own", reply, as_=officer))["state"] == "checking"


async def test_a_migration_can_be_run_again_for_what_stayed(house):
    *_, new = await three_and_a_new_version(house)
    await migrate(house, new, dry_run=False)
    await house.run_jobs()
    again = await migrate(house, new, dry_run=False, states={"escalated": "escalated"})
    assert [(each["state"], each["count"]) for each in again["groups"]] == [("escalated", 1)]
    await house.run_jobs()
    assert {version for _, version in await versions(house)} == {2}


async def test_a_cancelled_migration_moves_nothing_more(house):
    *_, new = await three_and_a_new_version(house)
    begun = await migrate(house, new, dry_run=False)
    admin = house.staff("system_admin", subject=ADMIN)
    assert (await house.post(f"{begun['job']}/cancellations", as_=admin)).status_code == 202
    await house.run_jobs()
    assert {version for _, version in await versions(house)} == {1}


async def test_a_migration_names_states_that_are_there_and_a_version_that_is_another(house):
    *_, new = await three_and_a_new_version(house)
    await migrate(house, new, status=422, states={"nothing": "working"})
    await migrate(house, new, status=422, states={"working": "nothing"})
    await migrate(house, new, status=422, from_version=2)
    await migrate(house, new, status=422, from_version=77)


async def test_work_is_not_moved_to_where_its_clock_would_differ_or_its_close(house):
    *_, new = await three_and_a_new_version(house)
    states = {"reported": "working", "working": "waiting", "escalated": "closed"}
    begun = await migrate(house, new, states=states)
    assert {each["state"]: each["code"] for each in begun["groups"]} == {
        "reported": "clock-differs",
        "working": "clock-differs",
        "escalated": "state-final",
    }

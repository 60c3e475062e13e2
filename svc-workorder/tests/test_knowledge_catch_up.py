"""Guides in force and the knowledge base: what was not drawn is caught up with once; what was taken out stays out."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import asyncpg
from test_knowledge import ARTICLES, TASKS, change, found
from triage_stories import REASON, ROOT, a_lead, listed, posted
from workorder_stories import CODE, a_guide, an_officer, publish

from chassis.ids import new_id
from chassis.testing import eventually
from contracts.events.catalog import ItemVersionWithdrawn
from contracts.events.workorder import KnowledgeReviewDue
from contracts.guide import FrequentQuestion
from workorder.workers.knowledge import BATCH

CATCH_UPS = "/knowledge-catch-ups"
PROXY = FrequentQuestion(question="可以代办吗？", answer="可以，带委托书。")
QUICK = "承诺 2 个工作日"


async def as_before_the_knowledge_base(house):
    """Books of a city whose guides were public before answers were drawn from them."""
    for table in (
        "kb_task_steps",
        "kb_tasks",
        "kb_article_steps",
        "kb_article_words",
        "kb_articles",
    ):
        await house.sql(f"DELETE FROM {table}")


async def withdrawn(house, item_id, version=1):
    fact = ItemVersionWithdrawn(
        item_id=item_id, item_version_id=new_id(), version=version, withdrawn_at=house.clock.now()
    )
    await house.deliver(fact)


async def started(house, as_=None):
    return (await posted(house, CATCH_UPS, None, as_=as_ or a_lead(house), status=202))["job_id"]


async def shown(house, job_id, as_=None):
    answer = await house.get(f"{ROOT}{CATCH_UPS}/{job_id}", as_=as_ or a_lead(house))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def caught_up(house):
    job_id = await started(house)
    assert await house.run_jobs() == 1
    return await shown(house, job_id)


async def drawn_articles(house):
    rows = await house.sql("SELECT item_id, part FROM kb_articles WHERE state = 'published'")
    return {(str(row["item_id"]), row["part"]) for row in rows}


def counts(catch_up):
    return [catch_up[name] for name in ("state", "done", "total", "drawn", "unreadable")]


async def test_guides_in_force_before_the_knowledge_base_are_drawn_from_once(house):
    items = [
        await publish(house, a_guide(item_code=f"YW-{number}", questions=(PROXY,)))
        for number in range(3)
    ]
    before = await drawn_articles(house)
    await as_before_the_knowledge_base(house)
    assert await found(house, "食品经营许可") == []
    assert counts(await caught_up(house)) == ["done", 3, 3, 3, 0]
    assert await drawn_articles(house) == before
    [asked, *_] = await found(house, "带委托书")
    assert (asked["origin"], asked["version"]) == ("guide", 1)
    steps = await house.sql("SELECT DISTINCT step, actor_kind FROM kb_article_steps")
    assert [tuple(row) for row in steps] == [("drawn", "staff")]
    assert counts(await caught_up(house)) == ["done", 0, 0, 0, 0]
    assert await drawn_articles(house) == before
    assert len({item for item, _ in before}) == len(items)


async def test_only_what_is_in_force_is_drawn_and_only_by_its_newest_version(house):
    gone = await publish(house, a_guide(item_code="YW-GONE"))
    await withdrawn(house, gone)
    kept = await publish(house)
    await publish(house, a_guide(promised_days=2), item_id=kept, version=2)
    moved = await publish(house, a_guide(item_code="YW-MOVED"))
    await house.sql(
        "INSERT INTO moved_items VALUES ($1, uuidv7(), $2, '[]', false, $2)",
        moved,
        house.clock.now() - timedelta(days=1),
    )
    await as_before_the_knowledge_base(house)
    assert counts(await caught_up(house)) == ["done", 1, 1, 1, 0]
    assert {item for item, _ in await drawn_articles(house)} == {str(kept)}
    [days] = await found(house, "多久能办好")
    assert days["answer"].startswith(QUICK)
    await publish(house, a_guide(promised_days=9), item_id=kept, version=1)
    [days] = await found(house, "多久能办好")
    assert days["answer"].startswith(QUICK)


@asynccontextmanager
async def somebody_draws(house, item_id):
    """Another transaction is about to draw from this guide: whoever wants the same waits for its end."""
    connection = await asyncpg.connect(house.database_url)
    await connection.execute("SELECT set_config('yiwang.everything', 'yes', false)")
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "INSERT INTO kb_articles (id, state, origin, department, owner, category, title, question, answer, "
        "policy_refs, is_stale, stale_reason, item_id, item_code, item_version, part, created_at, version, "
        "row_version) VALUES (uuidv7(), 'draft', 'guide', '', '', '', '', '', '', '[]', false, '', $1, '', 1, "
        "'days', now(), 0, 1)",
        item_id,
    )
    try:
        yield
    finally:
        await transaction.rollback()
        await connection.close()


async def test_a_catch_up_is_cancelled_between_pieces_and_taken_up_again_goes_on_with_the_rest(
    house,
):
    guides = [a_guide(item_code=f"YW-{number}") for number in range(2 * BATCH + 3)]
    items = [await publish(house, guide) for guide in guides]
    await as_before_the_knowledge_base(house)
    lead = a_lead(house)
    job_id = await started(house, lead)

    async def has_drawn_a_piece():
        return (await shown(house, job_id))["done"] == BATCH

    async with somebody_draws(house, sorted(items)[BATCH]):
        running = asyncio.create_task(house.run_jobs())
        await eventually(has_drawn_a_piece)
        await posted(house, f"/jobs/{job_id}/cancellations", None, as_=lead, status=202)
    await running
    total = 2 * BATCH + 3
    assert counts(await shown(house, job_id)) == ["cancelled", 2 * BATCH, total, 2 * BATCH, 0]
    # As a process leaves it that falls in the midst of it.
    await house.sql(
        "UPDATE jobs SET state = 'running', cancel_asked = 0, finished_at = NULL, heartbeat_at = $1",
        house.clock.now() - timedelta(hours=1),
    )
    assert await house.run_jobs() == 1
    assert counts(await shown(house, job_id)) == ["done", total, total, total, 0]
    rows = await house.sql("SELECT count(DISTINCT key) AS keys, max(number) AS last FROM job_rows")
    assert (rows[0]["keys"], rows[0]["last"]) == (total, total)


async def test_a_guide_that_cannot_be_read_stops_no_other_and_is_named(house):
    broken = await publish(house, a_guide(item_code="YW-BROKEN"))
    await publish(house)
    await house.sql("UPDATE known_items SET guide = guide - 'name' WHERE item_id = $1", broken)
    await as_before_the_knowledge_base(house)
    lead = a_lead(house)
    job_id = await started(house, lead)
    await house.run_jobs()
    assert counts(await shown(house, job_id)) == ["done", 2, 2, 1, 1]
    rows = await listed(house, f"/jobs/{job_id}/rows", as_=lead, verdict="refused")
    assert [row["key"] for row in rows] == ["YW-BROKEN"]
    assert rows[0]["faults"][0]["code"] == "guide-unreadable"


async def test_a_publication_and_catch_ups_at_one_time_draw_nothing_twice(house):
    item_id = await publish(house)
    others = [await publish(house, a_guide(item_code=f"YW-{number}")) for number in range(5)]
    await as_before_the_knowledge_base(house)
    for _ in range(2):
        await started(house)
    await asyncio.gather(
        house.run_jobs(),
        house.run_jobs(),
        publish(house, a_guide(promised_days=2), item_id=item_id, version=2),
    )
    assert {item for item, _ in await drawn_articles(house)} == {
        str(each) for each in (item_id, *others)
    }
    own = await found(house, "多久能办好", item_code=CODE)
    assert [each["answer"][: len(QUICK)] for each in own] == [QUICK]
    states = await house.sql("SELECT DISTINCT state FROM jobs WHERE kind = 'knowledge-catch-up'")
    assert [row["state"] for row in states] == ["done"]


async def a_retired(house, item_id):
    """The answer on how long it takes, taken out of use by an editor."""
    [drawn] = [one for one in await found(house, "多久能办好") if one["item_code"] == CODE]
    await posted(house, f"{ARTICLES}/{drawn['id']}/retirements", REASON, as_=an_officer(house))
    return drawn["id"]


async def article(house, article_id):
    return (await house.get(f"{ROOT}{ARTICLES}/{article_id}", as_=an_officer(house))).json()


async def test_an_answer_that_an_editor_retired_stays_out_and_the_editor_is_told_of_the_change(
    house,
):
    item_id, officer = await publish(house), an_officer(house)
    article_id = await a_retired(house, item_id)
    await publish(house, a_guide(promised_days=2), item_id=item_id, version=2)
    assert await found(house, "多久能办好") == []
    kept = await article(house, article_id)
    assert (kept["state"], kept["item_version"], kept["version"]) == ("retired", 2, 1)
    assert kept["pending"]["answer"].startswith(QUICK)
    [task] = await listed(house, TASKS, as_=officer)
    assert (task["kind"], task["kb_article_id"]) == ("review", article_id)
    assert task["due_on"] == "2026-03-07"
    [told] = await house.told(KnowledgeReviewDue)
    assert (str(told.article_id), str(told.review_due)) == (article_id, "2026-03-07")
    steps = await listed(house, f"{ARTICLES}/{article_id}/steps", as_=officer)
    assert [one["step"] for one in steps] == ["drawn", "retired", "marked-stale"]
    assert "第 2 版" in steps[-1]["reason"]
    assert len(await found(house, "什么材料")) == 1


async def test_one_reminder_stands_however_many_versions_come_and_none_for_what_did_not_change(
    house,
):
    item_id, officer = await publish(house), an_officer(house)
    article_id = await a_retired(house, item_id)
    await publish(house, a_guide(phone="0768-2222222"), item_id=item_id, version=2)
    assert await listed(house, TASKS, as_=officer) == []
    await publish(house, a_guide(promised_days=2), item_id=item_id, version=3)
    await publish(house, a_guide(promised_days=2), item_id=item_id, version=4)
    await publish(house, a_guide(promised_days=1), item_id=item_id, version=5)
    assert len(await listed(house, TASKS, as_=officer)) == 1
    assert len(await house.told(KnowledgeReviewDue)) == 1
    kept = await article(house, article_id)
    assert (kept["item_version"], kept["state"]) == (5, "retired")
    assert kept["pending"]["answer"].startswith("承诺 1 个工作日")
    steps = await listed(house, f"{ARTICLES}/{article_id}/steps", as_=officer)
    assert [one["step"] for one in steps[2:]] == [
        "guide-unchanged",
        "marked-stale",
        "guide-unchanged",
        "marked-stale",
    ]
    assert counts(await caught_up(house)) == ["done", 0, 0, 0, 0]


async def test_a_retired_answer_can_be_restored_and_takes_the_guides_new_words_by_a_second_person(
    house,
):
    item_id, officer = await publish(house), an_officer(house)
    article_id = await a_retired(house, item_id)
    await publish(house, a_guide(promised_days=2), item_id=item_id, version=2)
    path = f"{ARTICLES}/{article_id}"
    await posted(house, f"{path}/restorations", REASON, as_=officer)
    [stale] = await found(house, "多久能办好")
    assert (stale["is_stale"], stale["answer"][:8]) == (True, "承诺 5 个工作")
    await posted(house, f"{path}/publications", REASON, as_=officer)
    [fresh] = await found(house, "多久能办好")
    assert (fresh["is_stale"], fresh["answer"][: len(QUICK)]) == (False, QUICK)
    assert await listed(house, TASKS, as_=officer) == []
    await publish(house, a_guide(promised_days=3), item_id=item_id, version=3)
    [drawn] = await found(house, "多久能办好")
    assert drawn["answer"].startswith("承诺 3 个工作日")


async def test_what_went_with_its_item_comes_back_with_it_but_not_what_an_editor_took_out(house):
    item_id = await publish(house, a_guide(questions=(PROXY,)))
    await a_retired(house, item_id)
    await withdrawn(house, item_id)
    assert await found(house, "食品经营许可") == []
    await publish(house, a_guide(questions=(PROXY,)), item_id=item_id, version=2)
    assert len(await found(house, "带委托书")) == 1
    assert await found(house, "多久能办好") == []


async def test_what_a_department_rewrote_and_took_out_stays_out_too(house):
    item_id, officer = await publish(house), an_officer(house)
    [drawn] = await found(house, "多久能办好")
    seen = await article(house, drawn["id"])
    await change(house, seen, as_=officer, title="多久能办好", answer="一般三天。")
    path = f"{ARTICLES}/{drawn['id']}"
    await posted(house, f"{path}/publications", REASON, as_=a_lead(house))
    await posted(house, f"{path}/retirements", REASON, as_=officer)
    await publish(house, a_guide(promised_days=2), item_id=item_id, version=2)
    assert await found(house, "多久能办好") == []
    [task] = await listed(house, TASKS, as_=officer)
    assert task["kind"] == "review"


async def test_articles_retired_before_stay_out_after_the_migration_unless_their_guide_dropped_them(
    house,
):
    """As migration 0015 reads it from the histories."""
    item_id = await publish(house, a_guide(questions=(PROXY,)))
    await a_retired(house, item_id)
    await publish(house, item_id=item_id, version=2)
    await house.sql("UPDATE kb_articles SET is_kept_out = false")
    await house.sql(_kept_out_statement())
    rows = await house.sql("SELECT part, is_kept_out FROM kb_articles WHERE state = 'retired'")
    assert {row["part"]: row["is_kept_out"] for row in rows} == {"days": True, "question-0": False}


def _kept_out_statement():
    path = Path(__file__).parents[1] / "migrations" / "versions" / "0015_housekeeping.py"
    spec = spec_from_file_location("housekeeping", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.KEPT_OUT

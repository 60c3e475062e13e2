"""The knowledge base: drawn from guides, written by departments, by two people, found by words, looked at again."""

from datetime import UTC, datetime
from uuid import uuid4

from triage_stories import REASON, ROOT, a_lead, hand_in_rows, listed, posted
from workorder_stories import (
    CODE,
    DEPARTMENT,
    a_guide,
    a_hotline_order,
    an_officer,
    dispatched,
    order_step,
    publish,
)

from chassis.ids import new_id
from contracts.events.catalog import ItemVersionWithdrawn
from contracts.events.workorder import KnowledgeAnswerAsked, KnowledgeReviewDue
from contracts.guide import FrequentQuestion
from workorder.workers.knowledge import remind_due_reviews

ARTICLES, ANSWERS, TASKS = "/knowledge-articles", "/knowledge-answers", "/knowledge-tasks"


def an_article(**changes):
    return {
        "category": "劳动社保",
        "title": "失业金怎么领",
        "question": "失业金在哪里领，要什么条件？",
        "answer": "到参保地社保中心或粤省事申领。缴费满一年且非本人意愿中断就业的可以申领。",
        "policy_refs": [{"title": "失业保险条例", "number": "国务院令第258号"}],
        **changes,
    }


async def published(house, **changes):
    """Written by one officer, published by a second."""
    draft = await posted(house, ARTICLES, an_article(**changes), as_=an_officer(house))
    path = f"{ARTICLES}/{draft['id']}/publications"
    return await posted(house, path, REASON, as_=an_officer(house))


async def found(house, q, **filters):
    return await listed(house, ANSWERS, as_=house.staff("hotline_agent"), q=q, **filters)


async def change(house, article, *, as_, **changes):
    """A change as its sender saw the article; the answer."""
    seen = {**house.headers(as_), "If-Match": f'"{article["row_version"]}"'}
    path = f"{ROOT}{ARTICLES}/{article['id']}"
    return await house.client.put(path, json=an_article(**changes), headers=seen)


async def test_an_answer_is_published_by_a_second_person_and_shows_its_age_and_owner(house):
    writer = an_officer(house)
    draft = await posted(house, ARTICLES, an_article(), as_=writer)
    assert (draft["state"], draft["version"]) == ("draft", 0)
    assert await found(house, "失业金") == []
    path = f"{ARTICLES}/{draft['id']}"
    alone = await posted(house, f"{path}/publications", REASON, as_=writer, status=403)
    assert alone["type"].endswith("second-person-needed")
    await posted(house, f"{path}/publications", REASON, as_=an_officer(house))
    house.clock.set(datetime(2026, 3, 12, 2, 0, tzinfo=UTC))
    [answer] = await found(house, "失业")
    assert (answer["owner"], answer["department"]) == (writer["sub"], DEPARTMENT)
    assert (answer["age_days"], answer["version"], answer["is_overdue"]) == (10, 1, False)
    assert answer["review_due"] == "2026-08-29"
    assert answer["policy_refs"][0]["number"] == "国务院令第258号"
    assert [one["id"] for one in await found(house, "失业保险条例")] == []
    short = await house.get(f"{ROOT}{ANSWERS}?q=失", as_=house.staff("hotline_agent"))
    assert short.status_code == 422


async def test_a_change_waits_and_what_is_published_stays_until_then(house):
    article, writer = await published(house), an_officer(house)
    answer = await change(house, article, as_=writer, answer="改为线上申领。")
    assert answer.json()["pending"]["answer"] == "改为线上申领。"
    assert (await change(house, article, as_=writer)).status_code == 412
    [shown] = await found(house, "失业金")
    assert shown["answer"] == article["answer"]
    path = f"{ARTICLES}/{article['id']}"
    await posted(house, f"{path}/rejections", REASON, as_=a_lead(house))
    nothing = await posted(house, f"{path}/publications", REASON, as_=a_lead(house), status=409)
    assert nothing["type"].endswith("nothing-pending")
    current = (await house.get(f"{ROOT}{path}", as_=writer)).json()
    await change(house, current, as_=writer, answer="改为线上申领。")
    await posted(house, f"{path}/publications", REASON, as_=a_lead(house))
    [shown] = await found(house, "线上申领")
    assert (shown["answer"], shown["version"]) == ("改为线上申领。", 2)
    assert await found(house, "非本人意愿") == []
    steps = await listed(house, f"{path}/steps", as_=writer)
    assert [one["step"] for one in steps] == [
        "written",
        "published",
        "written",
        "sent-back",
        "written",
        "published",
    ]
    assert steps[1]["content"]["answer"] == article["answer"]


async def test_what_is_taken_out_of_use_is_not_found_and_can_be_put_back(house):
    article = await published(house)
    path = f"{ARTICLES}/{article['id']}"
    await posted(house, f"{path}/retirements", REASON, as_=an_officer(house))
    assert await found(house, "失业金") == []
    await posted(house, f"{path}/retirements", REASON, as_=an_officer(house), status=409)
    back = await posted(house, f"{path}/restorations", REASON, as_=an_officer(house))
    assert back["state"] == "published"
    assert len(await found(house, "失业金")) == 1


async def test_an_answer_holds_from_its_first_day_to_its_last(house):
    await published(house, valid_from="2026-03-03", valid_until="2026-03-04")
    for day, expected in ((2, 0), (3, 1), (4, 1), (5, 0)):
        house.clock.set(datetime(2026, 3, day, 2, 0, tzinfo=UTC))
        assert len(await found(house, "失业金")) == expected, day


async def test_answers_are_drawn_from_a_guide_and_drawn_anew_with_its_next_version(house):
    questions = (FrequentQuestion(question="可以代办吗？", answer="可以，带委托书。"),)
    item_id = await publish(house, a_guide(questions=questions))
    drawn = await found(house, "食品经营许可")
    assert {one["owner"] for one in drawn} == {"湘桥区市场监督管理局"}
    assert {one["item_code"] for one in drawn} == {CODE}
    [materials] = await found(house, "什么材料")
    assert "3. 健康证明（可容缺后补，可免提交）" in materials["answer"]
    [days] = await found(house, "多久能办好")
    assert days["answer"] == "承诺 5 个工作日办结（法定 20 个工作日）。"
    [asked] = await found(house, "带委托书")
    assert asked["origin"] == "guide"
    await publish(house, a_guide(promised_days=3), item_id=item_id, version=2)
    [days] = await found(house, "多久能办好")
    assert (days["answer"], days["version"]) == ("承诺 3 个工作日办结（法定 20 个工作日）。", 2)
    assert await found(house, "带委托书") == []
    await publish(house, a_guide(promised_days=9), item_id=item_id, version=1)
    [days] = await found(house, "多久能办好")
    assert days["version"] == 2
    gone = ItemVersionWithdrawn(
        item_id=item_id,
        item_version_id=new_id(),
        version=2,
        withdrawn_at=house.clock.now(),
    )
    await house.deliver(gone, times=2)
    assert await found(house, "食品经营许可") == []


async def test_what_a_department_rewrote_is_not_overwritten_by_a_new_guide_but_marked_stale(house):
    item_id = await publish(house)
    [drawn] = await found(house, "多久能办好")
    writer = an_officer(house)
    article = (await house.get(f"{ROOT}{ARTICLES}/{drawn['id']}", as_=writer)).json()
    words = {"title": "多久能办好", "answer": "一般三天，旺季五天。"}
    await change(house, article, as_=writer, **words)
    path = f"{ARTICLES}/{article['id']}"
    await posted(house, f"{path}/publications", REASON, as_=an_officer(house))
    await publish(house, a_guide(promised_days=2), item_id=item_id, version=2)
    [shown] = await found(house, "旺季五天")
    assert shown["is_stale"]
    assert "第 2 版" in shown["stale_reason"]
    [task] = await listed(house, TASKS, as_=writer, kind="redraw")
    assert (task["kb_article_id"], task["due_on"]) == (article["id"], "2026-03-07")
    value = (await house.get(f"{ROOT}/indicators/knowledge_timeliness")).json()
    assert value["denominator"] - value["numerator"] == 1
    await posted(house, f"{path}/publications", REASON, as_=writer)
    [shown] = await found(house, "承诺 2 个工作日")
    assert (shown["is_stale"], shown["id"]) == (False, article["id"])
    assert await listed(house, TASKS, as_=writer) == []


async def test_a_review_that_falls_due_is_told_once_and_is_something_to_do(house):
    article = await published(house, review_due="2026-03-10")
    officer = an_officer(house)
    assert await remind_due_reviews(house.runtime) == 0
    house.clock.set(datetime(2026, 3, 11, 2, 0, tzinfo=UTC))
    assert await remind_due_reviews(house.runtime) == 1
    assert await remind_due_reviews(house.runtime) == 0
    [told] = await house.told(KnowledgeReviewDue)
    assert (str(told.article_id), str(told.review_due)) == (article["id"], "2026-03-10")
    [task] = await listed(house, TASKS, as_=officer)
    assert (task["kind"], task["due_on"]) == ("review", "2026-03-10")
    [shown] = await found(house, "失业金")
    assert shown["is_overdue"]
    value = (await house.get(f"{ROOT}/indicators/knowledge_timeliness")).json()
    assert value["value"] == 0
    reviewed = await posted(house, f"{ARTICLES}/{article['id']}/reviews", REASON, as_=officer)
    assert reviewed["review_due"] == "2026-09-07"
    assert await listed(house, TASKS, as_=officer) == []
    [shown] = await found(house, "失业金")
    assert (shown["is_overdue"], shown["age_days"]) == (False, 0)


async def a_closed_consultation(house):
    order = await a_hotline_order(house, type="consultation", title="失业金怎么领")
    await dispatched(house, order)
    officer, agent = an_officer(house), house.staff("hotline_agent")
    await order_step(house, order, "signatures", {}, as_=officer)
    reply = {"outcome": "explained", "text": "到社保中心申领"}
    await order_step(house, order, "replies", reply, as_=officer)
    await order_step(house, order, "reviews", {"passed": True}, as_=agent)
    await order_step(house, order, "visits", {"satisfied": True}, as_=agent)
    return order


async def test_after_a_consultation_the_department_is_asked_for_the_answer_once(house):
    order = await a_closed_consultation(house)
    officer = an_officer(house)
    [task] = await listed(house, TASKS, as_=officer)
    assert (task["kind"], task["number"]) == ("answer", order["number"])
    assert (task["due_on"], task["title"]) == ("2026-03-07", "失业金怎么领")
    [told] = await house.told(KnowledgeAnswerAsked)
    assert str(told.task_id) == task["id"]
    stranger = an_officer(house, "11445103MB2X00099X")
    assert await listed(house, TASKS, as_=stranger) == []
    foreign = an_article(task_id=task["id"])
    await posted(house, ARTICLES, foreign, as_=stranger, status=404)
    path = f"{TASKS}/{task['id']}"
    await posted(house, f"{path}/dismissals", REASON, as_=officer)
    await posted(house, f"{path}/dismissals", REASON, as_=officer, status=409)
    await posted(house, f"{path}/reopenings", REASON, as_=officer)
    await posted(house, ARTICLES, foreign, as_=officer)
    [done] = await listed(house, TASKS, as_=officer, open=False)
    assert done["outcome"] == "answered"
    await posted(house, ARTICLES, foreign, as_=officer, status=422)


async def test_a_call_is_answered_by_an_article_and_the_order_keeps_which(house):
    article = await published(house)
    agent = house.staff("hotline_agent")
    order = await a_hotline_order(house, type="consultation", title="失业金")
    body = {"outcome": "explained", "text": "按知识库答复", "article_id": str(uuid4())}
    refused = await order_step(house, order, "answers", body, as_=agent, status=422)
    assert refused["type"].endswith("article-unknown")
    body["article_id"] = article["id"]
    await order_step(house, order, "answers", body, as_=agent)
    [cited] = await listed(house, f"/work-orders/{order['id']}/citations", as_=agent)
    assert (cited["kb_article_id"], cited["version"]) == (article["id"], 1)
    [shown] = await found(house, "失业金")
    assert shown["use_count"] == 1
    assert await listed(house, TASKS, as_=an_officer(house)) == []


async def test_a_file_of_answers_becomes_drafts_and_the_base_comes_out_as_a_file(house):
    officer = an_officer(house)
    rows = [
        ["社保卡怎么补办", "社保卡丢了怎么补办？", "到任一合作银行网点补办。", "2026-12-31"],
        ["没有答案", "没有答案？", "", ""],
    ]
    columns = ["标题", "问题", "答案", "复核日期"]
    path = f"{ROOT}{ARTICLES}/imports"
    verdicts = await hand_in_rows(house, path, columns, rows, as_=officer)
    assert [one["verdict"] for one in verdicts] == ["accepted", "refused"]
    [draft] = await listed(house, ARTICLES, as_=officer, pending=True)
    assert (draft["state"], draft["review_due"]) == ("draft", "2026-12-31")
    alone = await posted(
        house, f"{ARTICLES}/{draft['id']}/publications", REASON, as_=officer, status=403
    )
    assert alone["type"].endswith("second-person-needed")
    answer = await house.get(f"{ROOT}{ARTICLES}/export", as_=officer)
    assert "社保卡丢了怎么补办" in answer.content.decode("utf-8-sig")

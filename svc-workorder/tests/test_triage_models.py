"""Models as data: handed in, put in force by a second person, gone back from, evaluated, learnt from decisions."""

import io
import zipfile
from datetime import UTC, datetime

from citizen_messages import messages
from long_messages import long_messages
from triage_stories import (
    OIL,
    REASON,
    ROOT,
    a_lead,
    asked_anew,
    hand_in,
    kept_model,
    listed,
    model_file,
    model_in_force,
    posted,
)
from workorder_stories import DEPARTMENT, DIVISION, a_hotline_order, order_step

from chassis.workbooks import write_csv
from workorder.triage.evaluating import evaluate
from workorder.triage.training import train

MODELS = "/triage/models"


async def test_a_model_is_put_in_force_by_a_second_person_and_gone_back_from(house, tmp_path):
    maker, second = a_lead(house), a_lead(house)
    first = await kept_model(house, tmp_path, as_=maker, note="第一版")
    assert (first["state"], first["rows"]) == ("kept", 210)
    assert first["held_out"]["accuracy"] > 0.5
    path = f"{MODELS}/{first['id']}"
    alone = await posted(house, f"{path}/activations", REASON, as_=maker, status=403)
    assert alone["type"].endswith("second-person-needed")
    await posted(house, f"{path}/activations", REASON, as_=second)
    await posted(house, f"{path}/activations", REASON, as_=second, status=409)
    nothing = await posted(house, f"{path}/reversals", REASON, as_=second, status=404)
    assert nothing["type"].endswith("no-model-before")
    other = await kept_model(house, tmp_path, as_=maker)
    active = await posted(house, f"{MODELS}/{other['id']}/activations", REASON, as_=second)
    assert (active["state"], active["replaces"]) == ("active", first["id"])
    back = await posted(house, f"{MODELS}/{other['id']}/reversals", REASON, as_=maker)
    assert (back["id"], back["state"]) == (first["id"], "active")
    order = await a_hotline_order(house, content=OIL)
    assert (await asked_anew(house, order))["model_id"] == first["id"]
    steps = await listed(house, f"{path}/steps", as_=maker)
    assert [one["step"] for one in steps] == ["uploaded", "activated", "retired", "restored"]
    states = {one["id"]: one["state"] for one in await listed(house, MODELS, as_=maker)}
    assert states == {first["id"]: "active", other["id"]: "retired"}


async def test_an_old_view_of_a_model_is_not_acted_on(house, tmp_path):
    model = await kept_model(house, tmp_path)
    path = f"{MODELS}/{model['id']}/activations"
    await posted(house, path, REASON, as_=a_lead(house), status=412, **{"If-Match": '"7"'})
    await posted(house, path, REASON, as_=a_lead(house), **{"If-Match": '"1"'})


async def test_only_data_is_kept(house, tmp_path):
    lead, path = a_lead(house), f"{ROOT}{MODELS}"
    for content in (b"", b"not a zip", b"PK\x03\x04 cut off"):
        refused = await hand_in(house, path, "model.zip", content, as_=lead, status=422)
        assert refused["type"].endswith("model-unreadable")
    stream = io.BytesIO(model_file(tmp_path))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("code.pkl", b"cos\nsystem\n(S'true'\ntR.")
    await hand_in(house, path, "model.zip", stream.getvalue(), as_=lead, status=422)
    assert await listed(house, MODELS, as_=lead) == []


async def test_a_kept_model_comes_back_as_the_file_it_was(house, tmp_path):
    model = await kept_model(house, tmp_path)
    answer = await house.get(f"{ROOT}{MODELS}/{model['id']}/file", as_=a_lead(house))
    assert answer.content == model_file(tmp_path)


async def test_rows_it_has_not_seen_are_held_against_it_and_the_figures_kept_beside(
    house, tmp_path
):
    lead = a_lead(house)
    model = await kept_model(house, tmp_path)
    rows = [
        {"text": row.text, "label": row.label, "department": row.department}
        for row in messages(70, seed=9, judged=True)
    ]
    content = b"".join(write_csv(["text", "label", "department"], rows))
    path = f"{ROOT}{MODELS}/{model['id']}"
    job = await hand_in(house, f"{path}/evaluations", "rows.csv", content, as_=lead)
    await house.run_jobs()
    done = (await house.get(f"{ROOT}/jobs/{job['id']}", as_=lead)).json()
    assert (done["state"], done["done"]) == ("done", 70)
    found = (await house.get(path, as_=lead)).json()["evaluation"]
    assert found["rows"] == 70
    assert found["top1_accuracy"] > found["baselines"]["majority"]
    bad = await hand_in(house, f"{path}/evaluations", "rows.csv", b"a,b\n1,2\n", as_=lead)
    await house.run_jobs()
    failed = (await house.get(f"{ROOT}/jobs/{bad['id']}", as_=lead)).json()
    assert failed["state"] == "failed"
    assert "text" in failed["error"]


async def test_a_model_is_learnt_from_what_people_decided(house, tmp_path):
    await model_in_force(house, tmp_path)
    lead = a_lead(house)
    agent = house.staff("hotline_agent")
    for row in messages(28, seed=4, judged=False):
        order = await a_hotline_order(house, agent, content=row.text)
        body = {
            "department": DEPARTMENT,
            "division": DIVISION,
            "category": row.label,
            "reason": "属地管理",
        }
        await order_step(house, order, "dispatches", body, as_=agent)
    job = await posted(house, "/triage/trainings", {"note": "三月"}, as_=lead, status=202)
    await house.run_jobs()
    done = (await house.get(f"{ROOT}/jobs/{job['id']}", as_=lead)).json()
    assert (done["state"], done["done"], done["total"]) == ("done", 28, 28), done
    newest = (await listed(house, MODELS, as_=lead))[0]
    assert (newest["state"], newest["origin"], newest["note"]) == ("kept", "trained", "三月")
    assert newest["rows"] == 28
    assert set(newest["labels"]) == {row.label for row in messages(28, seed=4, judged=False)}
    alone = await posted(
        house, f"{MODELS}/{newest['id']}/activations", REASON, as_=lead, status=403
    )
    assert alone["type"].endswith("second-person-needed")
    few = await posted(house, "/triage/trainings", {"last_day": "2020-01-01"}, as_=lead, status=202)
    await house.run_jobs()
    failed = (await house.get(f"{ROOT}/jobs/{few['id']}", as_=lead)).json()
    assert failed["state"] == "failed"


def test_long_messages_with_digressions_into_other_matters_are_told_apart_better_than_by_words():
    learnt = train(long_messages(300, seed=1, part=1), at=datetime(2026, 3, 1, tzinfo=UTC))
    found = evaluate(learnt, long_messages(200, seed=2, part=1, judged=True))
    assert found.top1 >= max(found.majority, found.keyword) + 0.3
    assert found.top3 >= 0.85

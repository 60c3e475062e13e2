"""What the tests of triage, duties and knowledge tell alike: a trained model, decided orders, files handed in."""

from datetime import UTC, datetime
from functools import cache

from citizen_messages import messages
from workorder_stories import DIVISION

from chassis.workbooks import write_csv
from workorder.triage.training import train

ROOT = "/workorder/v1"
REASON = {"reason": "理由"}
OIL = "楼下饭店的油烟对着居民窗户排，噪声和废气还是老样子"


@cache
def a_model():
    return train(messages(210, seed=1, judged=False), at=datetime(2026, 3, 1, tzinfo=UTC))


def model_file(tmp_path):
    path = tmp_path / "triage.zip"
    a_model().save(path)
    return path.read_bytes()


def a_lead(house, **claims):
    return house.staff("hotline_lead", **claims)


def a_coordinator(house, division="445100"):
    return house.staff("coordinator", division=division)


async def hand_in(house, path, name, content, *, as_, status=202, **form):
    answer = await house.client.post(
        path,
        headers=house.headers(as_),
        files={"file": (name, content)},
        data=form,
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def hand_in_rows(house, path, columns, rows, *, as_, **form):
    """A table as a CSV file, and its job run to the end; the verdicts of its rows."""
    content = b"".join(write_csv(columns, [dict(zip(columns, row, strict=True)) for row in rows]))
    job = await hand_in(house, path, "rows.csv", content, as_=as_, **form)
    await house.run_jobs()
    answer = await house.get(f"{ROOT}/jobs/{job['id']}", as_=as_)
    assert answer.json()["state"] == "done", answer.json()
    answer = await house.get(f"{ROOT}/jobs/{job['id']}/rows", as_=as_)
    return answer.json()["results"]


async def kept_model(house, tmp_path, *, as_=None, note=""):
    """A model handed in, not in force."""
    return await hand_in(
        house,
        f"{ROOT}/triage/models",
        "triage.zip",
        model_file(tmp_path),
        as_=as_ or a_lead(house),
        status=201,
        note=note,
    )


async def posted(house, path, body, *, as_, status=201, **headers):
    answer = await house.post(f"{ROOT}{path}", body, as_=as_, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def model_in_force(house, tmp_path):
    """Handed in by one person, put in force by a second."""
    model = await kept_model(house, tmp_path)
    return await posted(
        house, f"/triage/models/{model['id']}/activations", REASON, as_=a_lead(house)
    )


async def asked_anew(house, order):
    """What is proposed by what is in force at this moment."""
    agent = house.staff("hotline_agent")
    return await posted(house, f"/work-orders/{order['id']}/proposals", None, as_=agent)


async def listed(house, path, *, as_, **params):
    answer = await house.get(f"{ROOT}{path}", as_=as_, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def a_duty(**changes):
    return {
        "category": "环境保护",
        "division": DIVISION,
        "department": "11445102ENV00001X",
        "co_departments": [],
        "basis": "大气污染防治法第八十一条",
        "valid_from": "2026-01-01",
        **REASON,
        **changes,
    }

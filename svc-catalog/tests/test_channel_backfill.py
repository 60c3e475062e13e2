"""Figures of many days and channels at once, from a request or a file, and departments that are live on channels."""

import pytest
from catalog_examples import DEPARTMENT, published, publisher

from contracts.events.catalog import ChannelFiguresReported

ROOT = "/catalog/v1"
ONE, OTHER = "yue-zhi-zhu", "i-chaozhou"
FILE = f"{ROOT}/channel-figures/imports"


def admin(house) -> dict:
    return house.staff("system_admin")


def partner(house, *channels: str) -> dict:
    scope = " ".join(f"channel:{code}" for code in channels)
    return house.person("partner", kind="partner", scope=scope)


def row(day: int, channel: str = ONE, **figures) -> dict:
    return {"channel": channel, "day": f"2026-02-{day:02d}", **figures}


async def send(house, rows: list[dict], *, as_=None, **body):
    who = as_ or partner(house, ONE, OTHER)
    return await house.post(f"{ROOT}/channel-figures", {"rows": rows, **body}, as_=who)


async def known(house, channel: str = ONE) -> dict:
    path = f"{ROOT}/channels/{channel}/figures?from=2026-02-01&to=2026-02-28&limit=100"
    rows = (await house.get(path)).json()["results"]
    return {each["day"][-2:]: each["users"] for each in rows if not each["is_missing"]}


async def reports(house, channel: str = ONE) -> list[tuple]:
    path = f"{ROOT}/channels/{channel}/figures/reports"
    rows = (await house.get(path, as_=admin(house))).json()["results"]
    names = ("day", "number", "users", "is_current", "reason")
    return [tuple(each[name] for name in names) for each in rows]


async def test_many_days_of_many_channels_come_in_at_once_each_told_with_its_reporter(house):
    rows = [row(day, code, users=100 + day) for code in (ONE, OTHER) for day in range(1, 11)]
    rows.append(row(1, users=7, division="445102"))
    answer = await send(house, rows)
    assert answer.json() == {"reported": 21, "corrected": 0, "unchanged": 0}, answer.text
    assert await known(house) == {f"{day:02d}": 100 + day for day in range(1, 11)}
    assert len(await house.told(ChannelFiguresReported)) == 20
    again = await send(house, rows)
    assert again.json() == {"reported": 0, "corrected": 0, "unchanged": 21}
    path = f"{ROOT}/channels/{ONE}/figures/reports"
    listed = (await house.get(path, as_=admin(house))).json()["results"]
    assert {each["reporter_kind"] for each in listed} == {"partner"}


async def test_a_correction_of_a_day_that_was_reported_keeps_the_old_value_in_its_history(house):
    await send(house, [row(1, users=100), row(2, users=120)])
    refused = await send(house, [row(1, users=101), row(3, users=130)])
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("/rows/0", "correction-needs-reason")
    ]
    assert await known(house) == {"01": 100, "02": 120}
    done = await send(house, [row(1, users=101, reason="漏计"), row(3, users=130)])
    assert done.json() == {"reported": 1, "corrected": 1, "unchanged": 0}
    assert await known(house) == {"01": 101, "02": 120, "03": 130}
    assert [each for each in await reports(house) if each[0] == "2026-02-01"] == [
        ("2026-02-01", 2, 101, True, "漏计"),
        ("2026-02-01", 1, 100, False, ""),
    ]


async def test_a_cumulative_figure_is_held_against_the_days_around_it_in_the_same_request(house):
    await send(house, [row(1, users=100), row(9, users=200)])
    refused = await send(house, [row(3, users=150), row(5, users=140), row(7, users=160)])
    codes = {each["pointer"]: each["code"] for each in refused.json()["errors"]}
    assert codes == {"/rows/0": "cumulative-falls", "/rows/1": "cumulative-falls"}
    late = await send(house, [row(8, users=201)])
    assert late.json()["errors"][0]["code"] == "cumulative-falls"
    assert (await send(house, [row(8, users=199)])).status_code == 200


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row(1, users=1), row(1, users=1)], "row-twice"),
        ([{"channel": ONE, "day": "2026-03-09", "users": 1}], "future-day"),
        ([row(1)], "nothing-reported"),
        ([row(1, "no-such", users=1)], "no-such-channel"),
        ([row(1, "yue-sheng-shi", users=1)], "channel-not-yours"),
    ],
)
async def test_one_faulty_row_is_named_and_nothing_is_taken(house, rows, code):
    who = partner(house, ONE, OTHER, "no-such")
    refused = await send(house, [row(5, OTHER, users=5), *rows], as_=who)
    assert refused.status_code == 422
    assert {each["code"] for each in refused.json()["errors"]} == {code}
    assert await known(house, OTHER) == {}
    assert await house.told(ChannelFiguresReported) == []


async def test_a_file_is_taken_row_by_row_with_a_verdict_for_each(house):
    await send(house, [row(1, users=100), row(2, users=110)])
    lines = (
        "渠道编码,日期,区划,注册用户,访问量,办件量,更正原因\n"
        f"{ONE},2026-02-01,,100,,,\n"
        f"{ONE},2026/2/2,,111,,,更正\n"
        f'{ONE},2026-02-03,,"1,120",5,,\n'
        f"{ONE},2026-02-04,,-3,,,\n"
        f"{ONE},昨天,,3,,,\n"
        f"yue-sheng-shi,2026-02-03,,9,,,\n"
    )
    me = partner(house, ONE)
    upload = {"file": ("figures.csv", lines.encode())}
    job = await house.post(FILE, files=upload, as_=me)
    assert job.status_code == 202, job.text
    await house.run_jobs()
    ended = (await house.get(job.headers["location"], as_=me)).json()
    counts = [ended[name] for name in ("state", "accepted", "remarked", "refused")]
    assert counts == ["done", 1, 2, 3], ended
    told = (await house.get(ended["rows"], as_=me)).json()["results"]
    assert [(each["number"], each["verdict"]) for each in told] == [
        (2, "remarked"),
        (3, "remarked"),
        (4, "accepted"),
        (5, "refused"),
        (6, "refused"),
        (7, "refused"),
    ]
    codes = [[fault["code"] for fault in each["faults"]] for each in told]
    assert codes == [
        ["already-there"],
        ["figures-corrected"],
        [],
        ["value-unusable"],
        ["value-unusable"],
        ["channel-not-yours"],
    ]
    assert await known(house) == {"01": 100, "02": 111, "03": 1120}
    assert ("2026-02-02", 1, 110, False, "") in await reports(house)
    other = partner(house, OTHER)
    assert (await house.get(job.headers["location"], as_=other)).status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
async def test_what_is_exported_comes_back_and_changes_nothing(house, kind):
    await send(house, [row(day, users=100 + day, visits=3) for day in range(1, 6)])
    out = await house.get(f"{ROOT}/channel-figures/export", params={"format": kind})
    me = admin(house)
    upload = {"file": (f"figures.{kind}", out.content)}
    job = await house.post(FILE, files=upload, as_=me)
    await house.run_jobs()
    ended = (await house.get(job.headers["location"], as_=me)).json()
    assert (ended["state"], ended["remarked"], ended["refused"]) == ("done", 5, 0)


async def test_a_file_without_rows_fails_with_words(house):
    me = admin(house)
    job = await house.post(
        FILE, files={"file": ("figures.csv", "渠道编码,日期\n".encode())}, as_=me
    )
    await house.run_jobs()
    ended = (await house.get(job.headers["location"], as_=me)).json()
    assert ended["state"] == "failed"
    assert "没有数据行" in ended["error"]


async def test_only_channels_and_the_administrator_report_figures(house):
    body = {"rows": [row(1, users=1)]}
    upload = {"file": ("figures.csv", b"x")}
    for who in (publisher(house), house.person("citizen"), house.staff("auditor")):
        assert (await house.post(f"{ROOT}/channel-figures", body, as_=who)).status_code == 403
        assert (await house.post(FILE, files=upload, as_=who)).status_code == 403
    assert (await house.post(f"{ROOT}/channel-figures", body)).status_code == 401
    assert (await house.post(FILE, files=upload)).status_code == 401


async def test_the_figure_of_departments_opens_to_departments_with_their_item_counts(house):
    first = await published(house)
    second = await published(
        house, item_code="YW-2", name="个体户年报", task_type="20", channels=[OTHER]
    )
    live = {"rows": [{"item_id": first}, {"item_id": second}]}
    path = f"{ROOT}/channels/{OTHER}/live-items"
    assert (await house.post(path, live, as_=partner(house, OTHER))).status_code == 200
    for code in ("channel_departments_i_chaozhou", "channel_departments"):
        told = (await house.get(f"{ROOT}/indicators/{code}")).json()
        assert told["value"] == 1
        records = (await house.get(told["records_url"], params={"count": "exact"})).json()
        assert records["count"] == 1
        assert records["results"] == [
            {"department": DEPARTMENT, "name": "湘桥区市场监督管理局", "items": 2}
        ]
    none = await house.get(f"{ROOT}/channel-departments", params={"to": "2026-03-01"})
    assert none.json()["results"] == []
    csv = await house.get(f"{ROOT}/channel-departments/export", params={"channel": OTHER})
    assert csv.text.splitlines()[1] == f"{DEPARTMENT},湘桥区市场监督管理局,2"

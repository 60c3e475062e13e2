"""The example city: sound numbers, true places, guides that keep their rules, and the figures of the full size."""

import csv
import json
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from contracts.guide import Guide
from contracts.vocabulary import ON_APPLICATION_TYPES, TaskType
from localcity.example import figures
from localcity.example.__main__ import main
from localcity.example.catalogue import certificate_types, resources
from localcity.example.codes import (
    citizen_number,
    citizen_numbers,
    credit_code,
    department_code,
    organisation_code,
)
from localcity.example.departments import department, departments
from localcity.example.divisions import DIVISIONS, FENGXI, TOWNS
from localcity.example.doors import Doors
from localcity.example.generator import J1_ITEM, SMALL, ExampleCity, make_city
from localcity.example.importing import summary, write_report
from localcity.example.people import (
    APPROVALS,
    OTHER_DEPARTMENT,
    POLICE,
    companies,
    officers,
    people,
    principals,
)
from localcity.trouble import TroubleError

REAL_DIVISIONS = Path(__file__).resolve().parents[4] / "shared" / "data" / "divisions"


@pytest.fixture(scope="module")
def full() -> ExampleCity:
    return make_city(scale=1.0)


@pytest.fixture(scope="module")
def small() -> ExampleCity:
    return make_city(scale=SMALL)


# --- numbers


def test_the_vectors_of_the_domain_page_come_out():
    assert department_code("445100", 1) == "11445100MB2X00012X"
    assert department_code("445102", 2) == "11445102MB2X00020M"
    assert credit_code("91", "445100", "MA4X0001") == "91445100MA4X000120"
    assert citizen_number("440524", date(1880, 1, 1), 1) == "440524188001010014"
    assert citizen_number("110105", date(1949, 12, 31), 2) == "11010519491231002X"
    assert citizen_number("445122", date(2000, 2, 29), 4) == "445122200002290045"


@given(number=st.integers(min_value=0, max_value=9_999))
def test_every_department_code_is_a_sound_credit_code(number):
    code = department_code("445122", number)
    assert uscc.is_valid(code)
    assert code[8:17] == organisation_code(f"MB2X{number:04d}")


@given(seed=st.integers(min_value=0, max_value=10**6))
def test_citizen_numbers_are_sound_and_none_comes_twice(seed):
    found = list(islice(citizen_numbers(seed, ("445102", "445103", "445122")), 30))
    assert len(set(found)) == len(found)
    assert all(mod_11_2.is_valid(number) for number in found)
    assert all(date.fromisoformat(number[6:14]).year < 2006 for number in found)


# --- places


def test_the_divisions_are_those_of_the_city():
    assert len([each for each in DIVISIONS if each.level == "county"]) == 4
    assert len([each for each in DIVISIONS if each.level == "town"]) == 51
    assert len(TOWNS) == 46
    assert len({each.code for each in DIVISIONS}) == len(DIVISIONS)
    codes = {each.code for each in DIVISIONS}
    assert all(each.parent in codes for each in DIVISIONS if each.level != "city")


def test_fengxi_is_functional_and_has_no_national_code():
    fengxi = next(each for each in DIVISIONS if each.name == "枫溪区")
    assert (fengxi.code, fengxi.kind, fengxi.parent) == (FENGXI, "functional", "445100")
    assert not fengxi.has_national_code


@pytest.mark.skipif(
    not REAL_DIVISIONS.is_dir(), reason="the real divisions are not shipped with the project"
)
def test_the_divisions_agree_with_the_statistics_bureau():
    rows: dict[str, str] = {}
    for name in ("areas.csv", "streets.csv"):
        with (REAL_DIVISIONS / name).open(encoding="utf-8-sig") as file:
            rows |= {row["code"]: row["name"] for row in csv.DictReader(file)}
    ours = {
        each.code: each.name
        for each in DIVISIONS
        if each.has_national_code and each.level != "city"
    }
    assert ours == rows


def test_the_departments_of_the_tokens_are_what_their_names_say():
    assert department("market", "445102").code == APPROVALS
    assert department("government-services", "445100").code == OTHER_DEPARTMENT
    assert department("police", "445100").code == POLICE


def test_departments_have_sound_codes_names_of_their_own_and_two_phones():
    found = departments()
    assert all(uscc.is_valid(each.code) for each in found)
    assert len({each.code for each in found}) == len({each.name for each in found}) == len(found)
    assert all(each.phone != each.supervision_phone for each in found)
    assert all(each.code[2:8] == each.division[:6] for each in found)


# --- people


def test_people_are_the_same_each_time_and_nobody_is_somebody_else():
    once, again = people(60), people(60)
    assert once == again
    assert once[:10] == people(8)
    assert len({person.sub for person in once}) == len({person.id_number for person in once}) == 62
    tokens = principals()
    assert [person.sub for person in once[:2]] == [
        tokens["citizen"]["sub"],
        tokens["citizen_2"]["sub"],
    ]
    assert once[0].claims["roles"] == ["citizen"]
    assert {person.sub for person in once[2:]}.isdisjoint(
        claims["sub"] for claims in tokens.values()
    )


def test_the_first_company_is_who_the_agent_acts_for():
    found = companies(5)
    assert found[0].sub == principals()["enterprise_agent"]["sub"]
    assert all(uscc.is_valid(company.credit_code) for company in found)
    assert len({company.credit_code for company in found}) == 5


def test_every_officer_works_in_a_department_that_exists():
    codes = {each.code for each in departments()}
    assert {officer.department for officer in officers()} <= codes


# --- guides


def _check_rules(guide: Guide) -> None:
    """domain.md 1.5, as far as a guide says it."""
    assert guide.statutory_days is None or guide.promised_days <= guide.statutory_days
    assert sum(step.working_days for step in guide.steps) <= guide.promised_days
    assert guide.visits == 0 or guide.online_depth < 4
    assert guide.visits > 0 or guide.online_depth == 4 or "mail" in guide.channels
    assert guide.phone.startswith("0768-")
    assert guide.supervision_phone.startswith("0768-")
    assert guide.phone != guide.supervision_phone
    assert guide.windows
    assert all("工作日" in window.hours for window in guide.windows)
    assert all(fee.basis and fee.amount_fen for fee in guide.fees)
    assert guide.legal_basis
    assert guide.conditions
    assert len(guide.situations) >= 2
    _check_materials(guide)


def _check_materials(guide: Guide) -> None:
    codes = [material.code for material in guide.materials]
    assert len(set(codes)) == len(codes)
    options = {q.code: {option.code for option in q.options} for q in guide.situations}
    for material in guide.materials:
        spared = (
            material.certificate_type
            or material.data_resource
            or material.exempt_seal
            or material.exempt_signature
            or material.prefilled
        )
        assert bool(spared) == bool(material.exemption_ground)
        for question, wanted in material.applies_when.items():
            assert set(wanted) <= options[question]


def test_every_guide_keeps_the_rules_of_publishing(full):
    for guide in full.guides:
        _check_rules(guide)
        assert Guide.model_validate_json(guide.model_dump_json()) == guide


def test_guides_point_at_what_is_there(full):
    types = {kind.code for kind in certificate_types()}
    data = {resource.code for resource in resources()}
    halls = {hall.code for hall in full.halls}
    by_code = {each.code: each for each in full.departments}
    for guide in full.guides:
        assert guide.department_name == by_code[guide.department].name
        assert {m.certificate_type for m in guide.materials} - {None} <= types
        assert {m.data_resource for m in guide.materials} - {None} <= data
        assert {result.certificate_type for result in guide.results} - {None} <= types
        assert {window.hall for window in guide.windows} <= halls


def test_item_codes_say_what_they_have_to(full):
    codes = [guide.item_code for guide in full.guides]
    assert len(set(codes)) == len(codes)
    for guide in full.guides:
        code = guide.item_code
        assert len(code) == 31
        assert code[:18] == guide.department
        assert code[18] == ("3" if guide.division == "445100" else "4")
        assert code[19:23] == f"44{guide.task_type.value}"
    assert len({(guide.department, guide.name) for guide in full.guides}) == len(full.guides)


def test_each_answer_shortens_the_list_of_materials(full):
    for guide in full.guides[::50]:
        question = guide.situations[0]
        lists = [guide.materials_for({question.code: option.code}) for option in question.options]
        assert any(len(found) < len(guide.materials) for found in lists)


# --- the item of the first journey


def test_the_item_of_the_first_journey_is_the_same_in_every_city(full, small):
    cities = (make_city(3, 0.005), small, full)
    found = [guide for city in cities for guide in city.guides if guide.item_code == J1_ITEM]
    assert len(found) == 3
    assert found[0] == found[1] == found[2]
    guide = found[0]
    assert (guide.name, guide.department, guide.division) == ("食品经营许可", APPROVALS, "445102")
    assert (guide.promised_days, guide.statutory_days, guide.visits) == (5, 20, 0)
    needed = [
        material.code for material in guide.materials_for({"premises": "owned", "online": "no"})
    ]
    assert needed == ["form", "id-card", "household"]
    more = guide.materials_for({"premises": "leased", "online": "yes"})
    assert {material.code for material in more} == {*needed, "lease", "online-statement"}
    assert guide.results[0].certificate_type == "food-business-permit"
    assert guide.results[0].validity_years == 5


def test_some_words_find_several_items_in_every_city(small):
    names = [guide.name for guide in small.guides]
    assert len([name for name in names if "户口" in name]) >= 4
    assert any("社会保障卡" in name for name in names)
    assert any("不动产" in name for name in names)


# --- the same city, of any size


@pytest.mark.parametrize("seed", [445100, 7])
def test_the_same_seed_makes_the_same_city(seed):
    first, second = make_city(seed, 0.01), make_city(seed, 0.01)
    assert first == second


def test_a_small_city_is_a_part_of_the_large_one_and_can_grow(full, small):
    by_code = {guide.item_code: guide for guide in full.guides}
    assert all(by_code[guide.item_code] == guide for guide in small.guides)
    assert set(small.people) <= set(full.people)
    assert set(small.halls) <= set(full.halls)


def test_another_seed_makes_another_city():
    first, second = make_city(1, 0.01), make_city(2, 0.01)
    assert first.guides != second.guides
    assert first.people[0].id_number != second.people[0].id_number
    assert first.departments == second.departments


@pytest.mark.parametrize("scale", [0, -1, 1.01])
def test_a_size_that_no_city_has_is_refused(scale):
    with pytest.raises(ValueError, match="scale"):
        make_city(scale=scale)


def test_the_small_city_has_about_120_items(small):
    assert 110 <= len(small.guides) <= 130
    assert len(small.people) == 62
    assert {guide.task_type for guide in small.guides} >= {TaskType.PERMIT, TaskType.PUBLIC_SERVICE}


# --- the published year, at full size


def test_the_full_city_has_the_published_counts(full):
    guides = full.guides
    assert len(guides) == 8_543
    assert all(guide.task_type in ON_APPLICATION_TYPES for guide in guides)
    assert len([guide for guide in guides if guide.managing_area == FENGXI]) == 589
    one_window = [guide for guide in guides if guide.one_window]
    assert len(one_window) == 3_279
    assert len({guide.department for guide in one_window}) == 80
    assert len([guide for guide in guides if guide.cross_region != "none"]) == 3_000


def test_the_full_citys_permits_have_the_published_shares(full):
    permits = [guide for guide in full.guides if guide.task_type == TaskType.PERMIT]
    assert len(permits) == 3_922
    online = len([guide for guide in permits if guide.online_depth == 4])
    assert round(100 * online / len(permits), 2) == 96.20
    assert round(100 * len([g for g in permits if g.visits == 0]) / len(permits), 2) == 99.46
    assert all(guide.visits <= 1 for guide in permits)
    allowed = sum(guide.statutory_days or 0 for guide in permits)
    promised = sum(guide.promised_days for guide in permits)
    assert round(100 * (1 - promised / allowed), 2) == 94.57


def test_the_full_citys_exemptions_and_channels_have_the_published_counts(full):
    show_code = [g for g in full.guides if any(m.certificate_type for m in g.materials)]
    exempt = [
        guide
        for guide in full.guides
        if any(
            m.certificate_type
            or m.data_resource
            or m.exempt_seal
            or m.exempt_signature
            or m.prefilled
            for m in guide.materials
        )
    ]
    assert len(show_code) == figures.SHOW_CODE_ITEMS > 3_800
    assert len(exempt) == figures.FOUR_EXEMPT_ITEMS > 3_000
    counted = Counter(channel for guide in full.guides for channel in guide.channels)
    for channel, count in figures.CHANNEL_ITEMS.items():
        assert counted[channel] == count
    live = {guide.department for guide in full.guides if "i-chaozhou" in guide.channels}
    assert len(live) == 175


# --- files and reports


def test_a_city_is_written_as_files(tmp_path, capsys):
    assert main(["--scale", "0.005", "--out", str(tmp_path / "city")]) == 0
    written = {Path(line).name for line in capsys.readouterr().out.splitlines()}
    assert {"items.jsonl", "departments.csv", "divisions.csv", "people.csv"} <= written
    lines = (tmp_path / "city" / "items.jsonl").read_text().splitlines()
    assert J1_ITEM in {Guide.model_validate_json(line).item_code for line in lines}
    with (tmp_path / "city" / "departments.csv").open(encoding="utf-8-sig") as file:
        assert APPROVALS in {row["code"] for row in csv.DictReader(file)}


def test_a_wrong_size_and_a_folder_that_cannot_be_are_told_in_one_line(tmp_path, capsys):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert main(["--scale", "2", "--out", str(tmp_path)]) == 1
    assert main(["--scale", "0.005", "--out", str(in_the_way / "below")]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all(line.startswith("yiwang: ") for line in told)


ROWS = [
    {"number": 1, "verdict": "accepted", "key": "A-1", "made_id": "m1", "faults": []},
    {
        "number": 2,
        "verdict": "remarked",
        "key": "=A-2",
        "made_id": "m2",
        "faults": [
            {"code": "one", "zh": "第一条", "en": "first", "column": "name"},
            {"code": "two", "zh": "第二条", "en": "second", "column": ""},
        ],
    },
    {
        "number": 3,
        "verdict": "refused",
        "key": "A-3",
        "made_id": None,
        "faults": [{"code": "two", "zh": "第二条", "en": "second", "column": ""}],
    },
]


def test_the_report_has_every_row_with_its_verdict_and_reasons(tmp_path):
    path = tmp_path / "report.csv"
    write_report(path, ROWS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["行号"], row["结论"], row["问题代码"]) for row in rows] == [
        ("1", "收录", ""),
        ("2", "收录（有备注）", "one"),
        ("2", "收录（有备注）", "two"),
        ("3", "未收录", "two"),
    ]
    assert rows[1]["事项编码"] == "'=A-2"


def test_the_summary_counts_remarks_most_frequent_first():
    lines = summary({"done": 3, "accepted": 1, "remarked": 1, "refused": 1}, ROWS)
    assert lines[0] == "共 3 行：收录 1，收录但有备注 1，未收录 1"
    assert [line.split()[:2] for line in lines[1:]] == [["2", "two"], ["1", "one"]]


# --- the loader's patience


class _City:
    gateway = "http://city.test"
    partner: ClassVar[dict[str, str]] = {}

    def token(self, role: str) -> str:
        return role


def _doors(answers: list[httpx.Response], asked: list[httpx.Request]) -> Doors:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers.pop(0)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Doors(client, _City())


async def test_a_door_that_is_not_open_yet_is_tried_again():
    asked: list[httpx.Request] = []
    doors = _doors([httpx.Response(503), httpx.Response(200, json={"fine": True})], asked)
    assert await doors.call("GET", "/x", role="clerk") == {"fine": True}
    assert [request.headers["authorization"] for request in asked] == ["Bearer clerk"] * 2


async def test_a_refusal_is_told_in_the_citys_own_words():
    problem = {"detail": "不行", "errors": [{"pointer": "/name", "detail": "太长"}]}
    doors = _doors([httpx.Response(422, json=problem)], [])
    with pytest.raises(TroubleError, match="422 不行 /name: 太长"):
        await doors.call("POST", "/x", role="clerk", json={})


async def test_lists_are_read_to_their_last_page():
    asked: list[httpx.Request] = []
    pages = [
        {"results": [{"n": 1}, {"n": 2}], "next_cursor": "c"},
        {"results": [{"n": 3}], "next_cursor": None},
    ]
    doors = _doors([httpx.Response(200, json=page) for page in pages], asked)
    found = [result["n"] async for result in doors.results("/x", role="clerk")]
    assert found == [1, 2, 3]
    assert asked[1].url.params["cursor"] == "c"


async def test_a_job_is_waited_for_and_a_failed_one_is_told():
    answers = [
        httpx.Response(200, json={"id": "j", "state": "running", "done": 1, "total": 2}),
        httpx.Response(200, json={"id": "j", "state": "failed", "error": "文件已损坏"}),
    ]
    doors = _doors(answers, [])
    with pytest.raises(TroubleError, match="文件已损坏"):
        await doors.finish_job(
            {"id": "j", "state": "queued"}, path="/jobs", role="clerk", say=lambda _line: None
        )


def test_the_catalogues_are_json_that_can_be_read_back(tmp_path):
    assert main(["--scale", "0.005", "--out", str(tmp_path)]) == 0
    kinds = json.loads((tmp_path / "certificate_types.json").read_text())
    assert {"resident-id", "food-business-permit"} <= {kind["code"] for kind in kinds}

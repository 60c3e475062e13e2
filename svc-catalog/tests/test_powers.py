"""The list of powers: its mandatory parts, drafts, filters, files, figures, and the directory for towns."""

import csv
import io

from powers_examples import (
    CITY,
    COUNTY,
    GIVER,
    ROOT,
    admin,
    coordinator,
    giver,
    listed,
    power,
    receiver,
)

MANDATORY = ("legal_basis", "responsibilities", "accountability", "supervision", "flow_diagram")
AREA = {"445102": "445102100", "445103": "445103100", "445122": "445122100"}


async def registered(house, *rows, as_=None, **options):
    body = {"rows": list(rows), "reason": "首次公布", **options}
    return await house.post(f"{ROOT}/powers", body, as_=as_ or admin(house))


async def value_of(house, code, **params):
    answer = await house.get(f"{ROOT}/indicators/{code}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def count_of(house, url):
    answer = await house.get(url + ("&" if "?" in url else "?") + "count=exact")
    assert answer.status_code == 200, answer.text
    return answer.json()["count"]


async def test_every_mandatory_part_that_is_missing_is_a_named_fault(house):
    bare = power()
    for name in MANDATORY:
        del bare[name]
    answer = await registered(house, bare, power(code="440118009001"))
    first, second = answer.json()["results"]
    assert (first["outcome"], second["outcome"]) == ("refused", "listed")
    named = {fault["pointer"].split("/")[3] for fault in first["faults"]}
    assert named == set(MANDATORY)
    assert all(fault["detail"] and fault["detail_en"] for fault in first["faults"])
    whole = await registered(house, bare, power(code="440118009009"), atomic=True)
    assert whole.status_code == 422
    assert await count_of(house, f"{ROOT}/powers") == 1


async def test_each_type_names_its_stages_and_an_eleventh_type_is_a_row(house):
    types = (await house.get(f"{ROOT}/power-types")).json()["results"]
    assert [row["code"] for row in types] == [f"{n:02d}" for n in range(1, 12)]
    answer = await registered(house, power(kind="02"), power(kind="guided", code="440118009001"))
    codes = [{fault["code"] for fault in row["faults"]} for row in answer.json()["results"]]
    assert codes == [{"stage-missing"}, {"kind-unknown"}]
    row = {"code": "guided", "name": "行政指导二", "stages": ["review"]}
    answer = await house.post(f"{ROOT}/power-types", {"rows": [row]}, as_=admin(house))
    assert answer.status_code == 200
    answer = await registered(house, power(kind="guided", code="440118009001"))
    assert answer.json()["results"][0]["outcome"] == "listed"


async def test_a_publishers_rows_are_drafts_that_a_second_one_lists_when_they_are_complete(house):
    rows = (power(supervision=""), power(department="11445100MB2X00012X"))
    answer = await registered(house, *rows, as_=giver(house))
    drafted, refused = answer.json()["results"]
    assert (drafted["outcome"], refused["outcome"]) == ("drafted", "refused")
    assert await count_of(house, f"{ROOT}/powers") == 0
    path = f"{ROOT}/power-drafts/{drafted['id']}"
    assert (await house.get(path, as_=receiver(house))).status_code == 404
    why = {"reason": "复核无误"}
    second = giver(house, 2)
    answer = await house.post(f"{path}/publications", why, as_=second)
    assert answer.status_code == 422
    await registered(house, power(), as_=giver(house))
    assert (await house.post(f"{path}/publications", why, as_=giver(house))).status_code == 403
    answer = await house.post(f"{path}/publications", why, as_=second)
    assert answer.status_code == 201, answer.text
    assert answer.json()["standing"] == "in-force"


async def test_the_same_rows_again_change_nothing_and_other_content_is_the_next_version(house):
    await listed(house)
    again = await registered(house, power())
    assert again.json()["results"][0]["outcome"] == "unchanged"
    changed = await registered(house, power(supervision="新的监督方式"))
    (row,) = changed.json()["results"]
    assert row["outcome"] == "new-version"
    history = (await house.get(f"{ROOT}/powers/{row['id']}/history")).json()["results"]
    assert history[1]["changes"][0]["label"] == "监督方式"
    assert history[1]["changes"][0]["after"] == "新的监督方式"


async def test_the_list_is_filtered_paged_and_kept_as_a_file(house):
    rows = [power(code=f"4401180090{n:02d}") for n in range(5)]
    rows.append(power(code="440118009099", managing_area="FX"))
    await listed(house, *rows)
    assert await count_of(house, f"{ROOT}/powers?managing_area=FX") == 1
    assert await count_of(house, f"{ROOT}/powers?division={COUNTY}") == 0
    assert await count_of(house, f"{ROOT}/powers?department={GIVER}&kind=01&level=city") == 6
    page = (await house.get(f"{ROOT}/powers", params={"limit": 4})).json()
    rest = await house.get(f"{ROOT}/powers", params={"limit": 4, "cursor": page["next_cursor"]})
    assert len(page["results"]) + len(rest.json()["results"]) == 6
    file = await house.get(f"{ROOT}/powers/export", params={"format": "csv"})
    table = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert len(table) == 6
    assert table[0]["职权名称"] == "食品经营许可"
    assert "第三十五条" in table[0]["实施依据"]
    book = await house.get(f"{ROOT}/powers/export", params={"format": "xlsx"})
    assert book.content.startswith(b"PK")


def received(number, division, level, giving):
    return power(
        code=f"44{number:010d}",
        division=division,
        level=level,
        department=f"11{division[:6]}MB2X00088M",
        power_source="delegated-from-above",
        from_division=giving,
    )


async def test_the_figures_of_the_published_year_come_out_of_the_books_and_open_to_their_lists(
    house,
):
    since = {"since": "2026-01-15"}
    proxied = [power(code=f"43{n:010d}", managing_area="FX") for n in range(589)]
    await listed(house, *proxied[:300], **since)
    await listed(house, *proxied[300:], **since)
    counties = [received(n, division, "county", CITY) for n in range(5) for division in AREA]
    towns = [
        received(100 + n, AREA[division], "town", division)
        for division, count in (("445122", 27), ("445102", 5), ("445103", 30))
        for n in range(count)
    ]
    await listed(house, *counties, *towns, **since)
    expected = (
        ("powers_proxied", {}, 589),
        ("powers_delegated_to_county", {}, 5),
        ("powers_delegated_to_county", {"division": "445102"}, 5),
        ("powers_delegated_to_town", {}, 62),
        ("powers_delegated_to_town", {"division": "445122"}, 27),
        ("powers_delegated_to_town", {"division": "445102"}, 5),
        ("powers_delegated_to_town", {"division": "445103"}, 30),
    )
    for code, params, value in expected:
        figure = await value_of(house, code, **params)
        assert figure["value"] == value, code
        assert await count_of(house, figure["records_url"]) == value, code
        assert (await value_of(house, code, to="2026-01-14", **params))["value"] == 0
        assert (await value_of(house, code, to="2026-01-15", **params))["value"] == value


async def test_the_directory_has_eight_fields_and_says_what_each_county_took_up(house):
    entry = {
        "serial": 1,
        "code": "440225001000",
        "name": "对违规占道经营的处罚",
        "kind": "02",
        "legal_basis": "城市道路管理条例第四十二条",
        "giving_department": "11445122MB2X00031M",
        "mode": "move-down",
        "conditions": "须有持证执法人员",
    }
    body = {"rows": [entry], "source": "潮州市可调整由镇街实施的事项指导目录"}
    for expected in ("added", "unchanged"):
        answer = await house.post(f"{ROOT}/movable-powers", body, as_=admin(house))
        assert answer.json()[expected] == 1
    (row,) = (await house.get(f"{ROOT}/movable-powers")).json()["results"]
    assert {name: row[name] for name in entry} == entry
    uptake = {
        "division": "445122",
        "towns": ["445122100", "445122102"],
        "taken_on": "2026-02-01",
        "document_number": "饶府〔2026〕3号",
        "reason": "首批承接",
    }
    path = f"{ROOT}/movable-powers/{row['id']}/uptakes"
    theirs = coordinator(house, "445122")
    assert (await house.post(path, uptake, as_=coordinator(house))).status_code == 403
    outside = {**uptake, "towns": ["445102100"]}
    assert (await house.post(path, outside, as_=theirs)).status_code == 422
    taken = await house.post(path, uptake, as_=theirs)
    assert taken.status_code == 201, taken.text
    assert (await house.post(path, uptake, as_=theirs)).status_code == 409
    counts = f"{ROOT}/power-uptakes/counts"
    assert (await house.get(counts)).json()["results"] == [{"division": "445122", "taken_up": 1}]
    assert (await house.get(counts, params={"on": "2026-01-31"})).json()["results"] == []
    end = {"ended_on": "2026-02-20", "reason": "县级收回"}
    given_back = f"{ROOT}/power-uptakes/{taken.json()['id']}/endings"
    assert (await house.post(given_back, end, as_=theirs)).status_code == 201
    assert (await house.get(counts)).json()["results"] == []
    assert (await house.get(counts, params={"on": "2026-02-19"})).json()["results"] != []
    steps = await house.get(f"{ROOT}/power-uptakes/{taken.json()['id']}/steps")
    assert [one["step"] for one in steps.json()["results"]] == ["taken-up", "ended"]

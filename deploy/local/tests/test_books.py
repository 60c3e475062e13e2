"""The example city's books: at full size the published year, in a small city something of everything."""

from collections import Counter, defaultdict
from datetime import date

import pytest

from localcity.example import books, figures
from localcity.example.divisions import CHAOAN, COUNTIES, FENGXI, RAOPING, XIANGQIAO
from localcity.example.generator import SMALL, ExampleCity, make_city
from localcity.example.people import APPROVALS, OTHER_DEPARTMENT


@pytest.fixture(scope="module")
def full() -> ExampleCity:
    return make_city(scale=1.0)


@pytest.fixture(scope="module")
def small() -> ExampleCity:
    return make_city(scale=SMALL)


def _codes_by_county(rows) -> dict[str, set[str]]:
    found = defaultdict(set)
    for row in rows:
        if row["level"] == "town":
            found[row["division"][:6]].add(row["code"])
    return found


def test_the_full_citys_windows_take_in_what_its_guides_claim(full):
    windows = books.general_windows(full)
    taken = [code for window in windows for code in window.item_codes]
    assert len(taken) == len(set(taken)) == figures.ONE_WINDOW_ITEMS == 3_279
    assert {window.hall for window in windows} <= {hall.code for hall in full.halls}
    departments = {code[:18] for code in taken}
    assert len(departments) == figures.ONE_WINDOW_DEPARTMENTS == 80
    assert windows[0].intakes({code: code[::-1] for code in taken})[0] == {
        "what": "item",
        "value": windows[0].item_codes[0][::-1],
    }


def test_the_full_city_cancelled_714_proofs_and_says_what_stands_in_for_each(full):
    rows = books.proofs(full)
    cancelled = [row for row in rows if row["status"] == "cancelled"]
    assert len(cancelled) == figures.PROOFS_CANCELLED == 714
    assert len({row["code"] for row in rows}) == len({row["name"] for row in rows}) == len(rows)
    assert all(row["stands_in"] for row in cancelled)
    assert {row["stands_in"] for row in cancelled} == {
        "certificate",
        "data",
        "commitment",
        "department-check",
        "nothing",
    }
    types = {kind.code for kind in full.certificate_types}
    resources = {resource.code for resource in full.resources}
    assert {row["certificate_type"] for row in rows if "certificate_type" in row} <= types
    assert {row["data_resource"] for row in rows if "data_resource" in row} <= resources


def test_no_guide_asks_for_a_proof_of_the_list(full):
    asked = {material.name for guide in full.guides for material in guide.materials}
    assert asked.isdisjoint(row["name"] for row in books.proofs(full))


def test_589_powers_are_carried_out_for_fengxi_each_by_its_item(full):
    ids = {guide.item_code: str(place) for place, guide in enumerate(full.guides)}
    rows = books.proxied_powers(full, ids)
    assert len({(row["code"], row["department"]) for row in rows}) == len(rows) == 589
    assert {row["managing_area"] for row in rows} == {FENGXI}
    assert all(len(row["item_ids"]) == 1 for row in rows)
    assert {row["kind"] for row in rows} <= {f"{number:02d}" for number in range(1, 11)}


def test_the_powers_moved_down_are_5_to_each_county_and_27_5_and_30_to_towns(full):
    rows = books.delegated_powers(full)
    lines = [(row["code"], row["division"], row["department"]) for row in rows]
    assert len(set(lines)) == len(lines)
    by_county = Counter(row["division"] for row in rows if row["level"] == "county")
    assert by_county == dict.fromkeys(COUNTIES, figures.POWERS_TO_COUNTIES)
    codes = {county: len(found) for county, found in _codes_by_county(rows).items()}
    assert codes == {RAOPING: 27, XIANGQIAO: 5, CHAOAN: 30} == figures.POWERS_TO_TOWNS
    assert all(
        row["from_division"] == row["division"][:6] for row in rows if row["level"] == "town"
    )


def test_each_channels_own_list_is_as_long_as_the_published_one(full):
    counts = {channel: len(rows) for channel, rows in books.live_lists(full).items()}
    assert counts == {
        "yue-sheng-shi": 978,
        "yue-shang-tong": 751,
        "yue-zhi-zhu": 259,
        "i-chaozhou": 3_100,
    }


@pytest.mark.parametrize("days", [1, 7, 29, 365])
def test_a_channels_days_come_to_the_published_figures_whatever_their_number(days):
    last = date(2026, 3, 1)
    first = date.fromordinal(last.toordinal() - days + 1)
    for channel, users in figures.CHANNEL_USERS.items():
        rows = books.channel_days(channel, first, last)
        counted = [row["users"] for row in rows]
        assert len(rows) == days
        assert counted == sorted(counted)
        assert counted[-1] == users
    terminal = books.channel_days("yue-zhi-zhu", first, last)
    assert sum(row["cases"] for row in terminal) == figures.TERMINAL_CASES
    assert terminal[0]["day"] == first.isoformat()


def test_479_of_556_supervision_items_are_covered_and_whole_departments_are_missing(full):
    items, reports = books.supervision_items(full), books.supervision_reports(full)
    assert len({item["code"] for item in items}) == len(items) == 556
    assert sum(len(report["rows"]) for report in reports.values()) == 479
    owners = {item["code"]: item["department"] for item in items}
    for department, report in reports.items():
        assert {owners[row["item_code"]] for row in report["rows"]} == {department}
    assert set(owners.values()) - set(reports)


def test_a_small_city_has_something_of_every_book_and_its_officers_report(small):
    rows = [
        books.general_windows(small),
        books.proofs(small),
        books.proxied_powers(small, {}),
        books.delegated_powers(small),
        *books.live_lists(small).values(),
        books.supervision_items(small),
    ]
    assert all(rows)
    assert sum(map(len, rows[1:4])) < 100
    assert set(books.supervision_reports(small)) == {APPROVALS, OTHER_DEPARTMENT}


def test_the_books_of_the_same_city_are_the_same(small):
    again = make_city(scale=SMALL)
    assert books.proofs(small) == books.proofs(again)
    assert books.delegated_powers(small) == books.delegated_powers(again)
    assert books.supervision_reports(small) == books.supervision_reports(again)
    assert books.general_windows(small) == books.general_windows(again)

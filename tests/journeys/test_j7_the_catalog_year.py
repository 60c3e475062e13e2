"""J7, the catalog's part: the published year from books of its size, each figure opening down to its records.

The example city at full size goes in through the public doors, as a city's lists would; nothing is typed in.
"""

from datetime import date, timedelta

import pytest
import pytest_asyncio

from catalog.service import SERVICE
from localcity.example import books, figures
from localcity.example.book_loading import load_books
from localcity.example.generator import make_city
from localcity.example.people import principals

ROOT = "/catalog/v1"
BEFORE = (books.BOOKS_FROM - timedelta(days=1)).isoformat()
FIGURES_FROM, FIGURES_TO = date(2026, 2, 1), date(2026, 3, 1)
"""The days that channels report: the year's cases at the terminals are handled within them."""
CODES = {channel: channel.replace("-", "_") for channel in figures.CHANNEL_ITEMS}
COUNTED = {
    "items_on_application": figures.ITEMS,
    "permits": figures.PERMITS,
    "cross_region_items": figures.CROSS_REGION_ITEMS,
    "four_exempt_items": figures.FOUR_EXEMPT_ITEMS,
    "show_code_items": figures.SHOW_CODE_ITEMS,
    "one_window_departments": figures.ONE_WINDOW_DEPARTMENTS,
    "one_window_items": figures.ONE_WINDOW_ITEMS,
    "proofs_cancelled": figures.PROOFS_CANCELLED,
    "powers_proxied": figures.PROXIED_ITEMS,
    "powers_delegated_to_county": figures.POWERS_TO_COUNTIES,
    "powers_delegated_to_town": sum(figures.POWERS_TO_TOWNS.values()),
    "supervision_items": figures.SUPERVISION_ITEMS,
    **{
        f"channel_items_{CODES[channel]}": items for channel, items in figures.CHANNEL_ITEMS.items()
    },
}
"""Figures that are as many as the rows of the list that they open to."""
SHARES = {
    "permit_time_compression": 0.9457,
    "permit_fully_online_share": 0.9620,
    "permit_at_most_one_visit_share": 1.0,
    "permit_zero_visit_share": 0.9946,
    "supervision_items_covered_share": 0.8615,
}


class HouseDoors:
    """The loader's doors, at a house: each role as the example city's token names it."""

    def __init__(self, house):
        self._house = house
        self._claims = principals()

    async def call(self, method, path, *, role, json=None, params=None):
        assert method in {"GET", "POST"}
        claims = self._claims[role]
        if method == "POST":
            answer = await self._house.post(path, json, as_=claims)
        else:
            answer = await self._house.get(path, as_=claims, params=params)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    async def results(self, path, *, role, params=None):
        cursor = None
        while True:
            asked = {**(params or {}), "limit": 100, **({"cursor": cursor} if cursor else {})}
            page = await self.call("GET", path, role=role, params=asked)
            for result in page["results"]:
                yield result
            cursor = page["next_cursor"]
            if not cursor:
                return


@pytest.fixture(scope="module")
def city():
    return make_city(scale=1.0)


@pytest.fixture(scope="module")
def small():
    return make_city(scale=0.05)


@pytest_asyncio.fixture
async def house(open_any):
    return await open_any(SERVICE)


async def fill(house, city):
    """The city's places and every item of it, imported through the doors."""
    admin = house.staff("system_admin")
    lists = {
        "divisions": [vars(each) for each in city.divisions],
        "departments": [
            {"code": each.code, "name": each.name, "division": each.division}
            for each in city.departments
        ],
        "halls": [vars(each) for each in city.halls],
    }
    for name, rows in lists.items():
        answer = await house.post(f"{ROOT}/{name}", {"rows": rows}, as_=admin)
        assert answer.status_code == 200, answer.text
    lines = "\n".join(guide.model_dump_json() for guide in city.guides)
    upload = {"file": ("guides.jsonl", lines.encode())}
    job = await house.post(f"{ROOT}/imports", files=upload, as_=admin)
    assert job.status_code == 202, job.text
    await house.run_jobs()
    ended = (await house.get(job.headers["location"], as_=admin)).json()
    assert (ended["state"], ended["refused"]) == ("done", 0), ended


async def figure(house, code: str, **asked: str) -> dict:
    answer = await house.get(f"{ROOT}/indicators/{code}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def values(house, codes, **asked: str) -> dict:
    return {code: (await figure(house, code, **asked))["value"] for code in codes}


async def opened(house, records_url: str, *, as_=None) -> int:
    """How many rows the list has that a figure opens to."""
    joint = "&" if "?" in records_url else "?"
    answer = await house.get(f"{records_url}{joint}count=exact&limit=1", as_=as_)
    assert answer.status_code == 200, (records_url, answer.text)
    return answer.json()["count"]


async def test_the_year_comes_out_of_its_books_and_opens_down_to_their_rows(house, city):
    await fill(house, city)
    await load_books(HouseDoors(house), city)
    await the_channels_report_day_by_day(house)
    assert await values(house, COUNTED) == COUNTED
    assert await values(house, SHARES) == SHARES
    for code, count in COUNTED.items():
        told = await figure(house, code)
        assert await opened(house, told["records_url"]) == count, code
    await the_powers_moved_down_are_told_by_county(house)
    await the_channels_figures_come_out(house)
    await nothing_was_in_the_books_the_day_before(house)


async def the_channels_report_day_by_day(house):
    """Each channel's figures are due from a day on, and its operator reports every day."""
    admin, partner = house.staff("system_admin"), principals()["partner"]
    for channel in CODES:
        path = f"{ROOT}/channels/{channel}"
        known = await house.get(path)
        body = {name: known.json()[name] for name in ("name", "kind", "operator")}
        body |= {"figures_from": FIGURES_FROM.isoformat(), "reason": "按日报送"}
        changed = await house.client.put(
            path, json=body, headers={**house.headers(admin), "If-Match": known.headers["etag"]}
        )
        assert changed.status_code == 200, changed.text
        for day in books.channel_days(channel, FIGURES_FROM, FIGURES_TO):
            answer = await house.post(f"{path}/figures", day, as_=partner)
            assert answer.status_code == 201, answer.text


async def the_powers_moved_down_are_told_by_county(house):
    for county, count in figures.POWERS_TO_TOWNS.items():
        told = await figure(house, "powers_delegated_to_town", division=county)
        assert told["value"] == await opened(house, told["records_url"]) == count, county
        told = await figure(house, "powers_delegated_to_county", division=county)
        assert told["value"] == figures.POWERS_TO_COUNTIES, county


async def the_channels_figures_come_out(house):
    departments = await figure(house, "channel_departments_i_chaozhou")
    assert departments["value"] == figures.I_CHAOZHOU_DEPARTMENTS
    asked = {"from": FIGURES_FROM.isoformat(), "to": FIGURES_TO.isoformat()}
    for channel, users in figures.CHANNEL_USERS.items():
        told = await figure(house, f"channel_users_{CODES[channel]}", **asked)
        assert (told["value"], told["missing"]) == (users, []), channel
        assert await opened(house, told["records_url"]) == (FIGURES_TO - FIGURES_FROM).days + 1
    told = await figure(house, "channel_cases_yue_zhi_zhu", **asked)
    assert told["value"] == figures.TERMINAL_CASES
    assert (await figure(house, "channel_visits_i_chaozhou", **asked))["value"] > 0


async def nothing_was_in_the_books_the_day_before(house):
    counted = await values(house, COUNTED, to=BEFORE)
    assert counted == dict.fromkeys(COUNTED, 0)
    assert await values(house, SHARES, to=BEFORE) == dict.fromkeys(SHARES)
    for code in ("proofs_cancelled", "powers_proxied"):
        told = await figure(house, code, to=BEFORE)
        assert await opened(house, told["records_url"]) == 0, code


async def test_a_ratio_opens_to_the_rows_that_it_counts(house, small):
    await fill(house, small)
    await load_books(HouseDoors(house), small)
    for code in (
        "permit_fully_online_share",
        "permit_at_most_one_visit_share",
        "permit_zero_visit_share",
    ):
        told = await figure(house, code)
        assert await opened(house, told["records_url"]) == told["numerator"], code
    told = await figure(house, "supervision_items_covered_share")
    assert await opened(house, told["records_url"]) == told["denominator"]
    assert await opened(house, f"{told['records_url']}?covered=true") == told["numerator"]


async def test_the_items_that_are_the_same_everywhere_are_known_only_after_an_audit(house, small):
    await fill(house, small)
    await load_books(HouseDoors(house), small)  # i潮州 says which guides it shows
    assert (await figure(house, "items_consistent_share"))["value"] is None
    admin = house.staff("system_admin")
    answer = await house.post(f"{ROOT}/audits", as_=admin)
    assert answer.status_code == 202, answer.text
    await house.run_jobs()
    told = await figure(house, "items_consistent_share")
    items = (await figure(house, "items_on_application"))["value"]
    unlike = items - told["numerator"]
    assert told["denominator"] == items
    assert 0 < unlike <= await opened(house, told["records_url"], as_=admin)


async def test_the_books_loaded_again_change_nothing(house, small):
    await fill(house, small)
    doors = HouseDoors(house)
    assert all((await load_books(doors, small)).values())
    before = await values(house, COUNTED)
    assert set((await load_books(doors, small)).values()) == {0}
    assert await values(house, COUNTED) == before

"""Officials teach search a word without a release, and see what people looked for in vain."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from catalog_examples import guide, publisher

from catalog.domain.lexicon import Lexicon, Word, place_names
from catalog.domain.misses import miss_of

WORDS = "/catalog/v1/everyday-words"
MISSES = "/catalog/v1/search-misses"
ITEMS = "/catalog/v1/items"


def admin(house) -> dict:
    return house.staff("system_admin", subject="019a0000-0000-7000-8000-000000000009")


async def add(house, everyday: str, official: list[str], **more):
    body = {"everyday": everyday, "official": official, "reason": "群众常用说法", **more}
    return await house.post(WORDS, body, as_=admin(house))


async def put(house, everyday: str, official: list[str], if_match: str | None):
    headers = house.headers(admin(house)) | ({"If-Match": if_match} if if_match else {})
    body = {"official": official, "reason": "改得更准"}
    return await house.client.put(f"{WORDS}/{quote(everyday)}", json=body, headers=headers)


async def filled(house, *guides: dict) -> None:
    rows = [guide(item_code=f"C-{n}", main_item="", **one) for n, one in enumerate(guides)]
    data = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    answer = await house.post(
        "/catalog/v1/imports", files={"file": ("items.jsonl", data)}, as_=publisher(house)
    )
    assert answer.status_code == 202, answer.text
    await house.run_jobs()


async def names(house, q: str, **filters) -> list[str]:
    answer = await house.get(ITEMS, params={"q": q, **filters})
    assert answer.status_code == 200, answer.text
    return [hit["name"] for hit in answer.json()["results"]]


async def test_a_word_that_an_official_adds_is_understood_by_the_next_search(house):
    await filled(house, {"name": "食品经营许可"}, {"name": "户口迁移审批"})
    assert await names(house, "粿条档") == []
    made = await add(house, "粿条档", ["食品经营许可"])
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert await names(house, "粿条档") == ["食品经营许可"]
    assert await names(house, "guotiaodang") == ["食品经营许可"]


async def test_a_word_is_changed_under_its_version_and_keeps_its_history(house):
    await add(house, "粿条档", ["户口"])
    assert (await add(house, "粿条档", ["户口"])).json()["type"] == "/problems/word-there"
    assert (await put(house, "粿条档", ["食品"], None)).status_code == 428
    assert (await put(house, "粿条档", ["食品"], '"7"')).status_code == 412
    changed = await put(house, "粿条档", ["食品"], '"1"')
    assert (changed.status_code, changed.json()["official"]) == (200, ["食品"])
    gone = await house.post(
        f"{WORDS}/{quote('粿条档')}/removals", {"reason": "重复"}, as_=admin(house)
    )
    assert gone.status_code == 204
    assert (await house.get(f"{WORDS}/{quote('粿条档')}", as_=admin(house))).status_code == 404
    assert (await add(house, "粿条档", ["食品"])).status_code == 201
    steps = await house.get(f"{WORDS}/{quote('粿条档')}/steps", as_=admin(house))
    told = [(one["step"], one["state"], one["reason"]) for one in steps.json()["results"]]
    assert told == [
        ("added", "户口", "群众常用说法"),
        ("changed", "食品", "改得更准"),
        ("removed", "食品", "重复"),
        ("added", "食品", "群众常用说法"),
    ]


async def test_words_are_listed_filtered_and_validated(house):
    page = await house.get(WORDS, params={"q": "开饭店", "limit": 5}, as_=admin(house))
    assert [one["everyday"] for one in page.json()["results"]][:1] == ["开饭店"]
    silent = await house.get(WORDS, params={"says_nothing": True, "limit": 100}, as_=admin(house))
    assert all(one["official"] == [] for one in silent.json()["results"])
    for everyday in ("", "有 空格", "大写A", "x" * 21):
        assert (await add(house, everyday, ["食品"])).status_code == 422, everyday


async def test_only_an_administrator_teaches_and_only_staff_of_the_catalog_read(house):
    body = {"everyday": "粿条档", "official": ["食品"], "reason": "x"}
    for who in (None, house.person("applicant"), publisher(house)):
        assert (await house.post(WORDS, body, as_=who)).status_code in {401, 403}
    for path in (WORDS, MISSES):
        assert (await house.get(path)).status_code in {401, 403}
        assert (await house.get(path, as_=publisher(house))).status_code == 200


async def test_what_is_not_found_is_counted_by_day_without_the_caller_from_three_times_on(house):
    for _ in range(2):
        assert await names(house, "量子 力学？") == []
    assert (await house.get(MISSES, as_=publisher(house))).json()["results"] == []
    assert await names(house, "量子力学") == []
    [miss] = (await house.get(MISSES, as_=publisher(house))).json()["results"]
    assert miss == {"day": "2026-03-02", "query": "量子力学", "times": 3}
    house.clock.move(timedelta(days=1))
    for _ in range(3):
        assert await names(house, "量子力学") == []
    found = (await house.get(MISSES, params={"limit": 1}, as_=publisher(house))).json()
    assert [one["day"] for one in found["results"]] == ["2026-03-03"]
    more = await house.get(
        MISSES, params={"limit": 1, "cursor": found["next_cursor"]}, as_=publisher(house)
    )
    assert [one["day"] for one in more.json()["results"]] == ["2026-03-02"]
    columns = await house.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'search_misses'"
    )
    assert {row["column_name"] for row in columns} == {"day", "query", "times"}


async def test_a_search_with_filters_or_with_hits_is_no_miss(house):
    await filled(house, {"name": "食品经营许可"})
    assert await names(house, "食品") != []
    assert await names(house, "食品", division="440100") == []
    assert await house.sql("SELECT 1 FROM search_misses") == []


@pytest.mark.parametrize(
    "text", ["13800138000", "138 0013 8000", "我的身份证445102199001011234", "长" * 31, "，。", ""]
)
def test_numbers_of_persons_and_long_texts_are_never_kept(text):
    assert miss_of(text) is None


async def test_a_place_in_the_query_puts_its_items_first_and_those_above_it_next(house):
    rows = [
        {"code": "445100", "name": "潮州市", "level": "city", "parent": None},
        {"code": "445102", "name": "湘桥区", "level": "county", "parent": "445100"},
        {"code": "445103", "name": "潮安区", "level": "county", "parent": "445100"},
    ]
    rows = [{"kind": "administrative", "parent": None, **row} for row in rows]
    kept = await house.post("/catalog/v1/divisions", {"rows": rows}, as_=admin(house))
    assert kept.status_code == 200, kept.text
    await filled(
        house,
        {"name": "食品经营许可", "division": "445103"},
        {"name": "食品经营许可", "division": "445102"},
        {"name": "食品经营许可", "division": "445100"},
    )

    async def places(q: str) -> list[str]:
        page = (await house.get(ITEMS, params={"q": q})).json()
        return [hit["division"] for hit in page["results"]]

    assert await places("湘桥开饭店") == ["445102", "445100", "445103"]
    assert await places("潮安区食品经营许可") == ["445103", "445100", "445102"]
    assert (await places("食品经营许可"))[0] in {"445100", "445102", "445103"}


async def test_who_asks_for_enterprises_gets_theirs_first(house):
    await filled(
        house,
        {"name": "参保登记一", "audience": ["person"]},
        {"name": "参保登记二", "audience": ["enterprise"]},
    )
    assert (await names(house, "企业参保登记"))[0] == "参保登记二"
    assert (await names(house, "个人参保登记"))[0] == "参保登记一"
    assert await names(house, "参保", audience="person") == ["参保登记一"]


async def test_theme_and_life_event_filter(house):
    await filled(
        house,
        {"name": "出生登记", "themes": ["household"], "life_events": ["birth"]},
        {"name": "户口注销登记", "themes": ["household"], "life_events": ["death"]},
    )
    assert await names(house, "登记", life_event="birth") == ["出生登记"]
    assert len(await names(house, "登记", theme="household")) == 2
    listed = await house.get(ITEMS, params={"theme": "household", "life_event": "death"})
    assert [one["name"] for one in listed.json()["results"]] == ["户口注销登记"]


def test_a_sound_counts_only_where_no_word_is_known():
    lexicon = Lexicon(
        words=[Word.of("租车公司", ["租赁"]), Word.of("注册公司", ["设立登记"])], places={}
    )
    assert lexicon.understand("注册公司").by_sound == []
    assert lexicon.understand("租册公司").by_sound == [("租赁",), ("设立登记",)]
    assert lexicon.understand("zuchegongsi").by_sound == [("租赁",), ("设立登记",)]


def test_places_are_known_by_their_short_names_and_the_higher_one_keeps_it():
    places = place_names([("445103", "潮安区"), ("445103101", "潮安镇"), ("445102001", "西新街道")])
    assert places["潮安"] == "445103"
    assert places["潮安镇"] == "445103101"
    assert places["西新"] == "445102001"
    understood = Lexicon(words=[], places=places).understand("潮安区 开饭店")
    assert (understood.place, understood.text.strip()) == ("445103", "开饭店")
    assert Lexicon(words=[], places=places).understand("潮安").text == "潮安"

import json

from catalog_examples import DEPARTMENT, guide, published, publisher

NAMES = (
    "食品经营许可",
    "食品经营许可变更",
    "户口迁移审批",
    "出生登记",
    "社会保障卡申领",
    "城乡居民基本养老保险参保登记",
    "居民身份证换领",
    "设置大型户外广告的审批",
    "婚姻登记（内地居民）",
    "不动产转移登记（商品房）",
)
BASE = "/catalog/v1/items"


async def filled(house) -> None:
    rows = [guide(name=name, main_item="", item_code=f"C-{n}") for n, name in enumerate(NAMES)]
    data = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    files = {"file": ("items.jsonl", data)}
    answer = await house.post("/catalog/v1/imports", files=files, as_=publisher(house))
    assert answer.status_code == 202, answer.text
    await house.run_jobs()


async def names(house, q: str, **filters) -> list[str]:
    answer = await house.get(BASE, params={"q": q, **filters})
    assert answer.status_code == 200, answer.text
    return [hit["name"] for hit in answer.json()["results"]]


async def test_two_characters_find_and_the_shorter_name_comes_first(house):
    await filled(house)
    assert (await names(house, "户口"))[0] == "户口迁移审批"
    assert (await names(house, "食品"))[:2] == ["食品经营许可", "食品经营许可变更"]
    assert (await names(house, "食品经营许可变更"))[0] == "食品经营许可变更"


async def test_one_character_and_odd_input_are_answered(house):
    await filled(house)
    assert "户口迁移审批" in await names(house, "户")
    for odd in ("%", "_", "'", "\\", "　", "🙂", "()", "a" * 100, "，。", "%_户口"):
        assert (await house.get(BASE, params={"q": odd})).status_code == 200, odd
    assert await names(house, "量子力学") == []
    assert (await house.get(BASE, params={"q": "x" * 101})).status_code == 422


async def test_everyday_words_sounds_and_initials_find_the_official_name(house):
    await filled(house)
    expected = {
        "开饭店": "食品经营许可",
        "给孩子上户口": "出生登记",
        "门头招牌": "设置大型户外广告的审批",
        "怎么办理结婚证": "婚姻登记（内地居民）",
        "shehuibaozhangka": "社会保障卡申领",
        "社饱卡": "社会保障卡申领",
        "shenfenzheng": "居民身份证换领",
        "户口千移": "户口迁移审批",
        "hkqy": "户口迁移审批",
        "二手房过户": "不动产转移登记（商品房）",
    }
    found = {q: (await names(house, q))[:1] for q in expected}
    assert found == {q: [name] for q, name in expected.items()}


async def test_what_matched_is_marked(house):
    await filled(house)
    answer = await house.get(BASE, params={"q": "户口"})
    [mark] = answer.json()["results"][0]["highlights"]
    assert (mark["field"], mark["text"], mark["spans"]) == ("name", "户口迁移审批", [[0, 2]])


async def test_pages_of_results_go_on_without_repeating(house):
    await filled(house)
    seen, cursor = [], None
    while True:
        page = await house.get(
            BASE, params={"q": "登记", "limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        body = page.json()
        seen.extend(hit["id"] for hit in body["results"])
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) >= 4
    whole = (await house.get(BASE, params={"q": "登记", "count": "exact"})).json()
    assert ([hit["id"] for hit in whole["results"]], whole["count"]) == (seen, len(seen))


async def test_a_cursor_of_another_query_is_refused(house):
    await filled(house)
    page = (await house.get(BASE, params={"q": "登记", "limit": 1})).json()
    for params in ({"q": "食品"}, {"q": "登记", "division": "445102"}, {}):
        other = await house.get(BASE, params={**params, "cursor": page["next_cursor"]})
        assert (other.status_code, other.json()["type"]) == (400, "/problems/bad-cursor")
    plain = (await house.get(BASE, params={"limit": 1})).json()
    swapped = await house.get(BASE, params={"q": "登记", "cursor": plain["next_cursor"]})
    assert swapped.status_code == 400


async def test_filters_hold_for_searches_and_for_lists(house):
    await filled(house)
    await published(house, item_code="P-1", name="户口本补发", task_type="20", channels=[])
    assert await names(house, "户口", task_type="20") == ["户口本补发"]
    assert "户口本补发" not in await names(house, "户口", channel="window")
    assert await names(house, "户口", division="440100") == []
    assert await names(house, "户口", division="445100", department=DEPARTMENT) != []
    assert await names(house, "户口", audience="enterprise", visits_max=0) != []
    everything = (await house.get(BASE, params={"count": "exact", "limit": 3})).json()
    assert (everything["count"], len(everything["results"])) == (len(NAMES) + 1, 3)
    assert everything["results"][0]["name"] == "户口本补发"
    assert (await house.get(BASE, params={"audience": "robots"})).status_code == 422

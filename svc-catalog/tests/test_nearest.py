"""Who takes an item in, nearest first."""

from catalog_examples import published
from hall_examples import HALL, ROOT, a_hall, a_window, admin, results, takes

HERE = {"longitude": 116.62, "latitude": 23.66}


async def spread(house) -> str:
    """An item taken in at a hall 1.1 km north, a kiosk 0.5 km east, and a helper point nobody located."""
    item = await published(
        house,
        windows=[
            {"hall": "CZ-1", "name": "综合窗口", "address": "路 1 号", "hours": "工作日"},
            {"hall": HALL, "name": "综合窗口", "address": "路 1 号", "hours": "工作日"},
        ],
    )
    await a_hall(house, longitude=116.62, latitude=23.67, access=["wheelchair"])
    await a_hall(house, "CZ-1", "445100", longitude=116.62, latitude=23.76)
    await takes(house, await a_window(house), ("item", item))
    for code, kind, where in (
        ("K1", "kiosk", {"longitude": 116.625, "latitude": 23.66}),
        ("K9", "kiosk", {"longitude": 113.26, "latitude": 23.13}),
        ("H1", "helper-point", {}),
    ):
        body = {
            "code": code,
            "kind": kind,
            "name": code,
            "division": "445102001",
            "address": "村委会",
            "reason": "布设",
            **where,
        }
        made = await house.post(f"{ROOT}/service-points", body, as_=admin(house))
        assert made.status_code == 201, made.text
        rows = {"add": [{"what": "item", "value": item}], "reason": "可办"}
        await house.post(f"{ROOT}/service-points/{code}/intakes", rows, as_=admin(house))
    return item


async def test_the_nearest_place_comes_first_with_its_metres(house):
    item = await spread(house)
    found = await results(house, f"/items/{item}/places", **HERE)
    assert [(row["kind"], row["code"]) for row in found] == [
        ("kiosk", "K1"),
        ("window", f"{HALL}/1"),
        ("hall", "CZ-1"),
        ("helper-point", "H1"),
    ]
    metres = [row["metres"] for row in found]
    assert 500 < metres[0] < 520
    assert 1_105 < metres[1] < 1_120
    assert metres[3] is None


async def test_places_are_continued_by_cursor_in_the_same_order(house):
    item = await spread(house)
    seen, cursor = [], None
    while True:
        params = {**HERE, "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await house.get(f"{ROOT}/items/{item}/places", params=params)).json()
        seen.extend(row["code"] for row in page["results"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["K1", f"{HALL}/1", "CZ-1", "H1"]


async def test_places_are_filtered_by_time_access_kind_and_distance(house):
    item = await spread(house)
    path = f"/items/{item}/places"
    at_noon = await results(house, path, **HERE, open_at="2026-03-02T12:30:00+08:00")
    at_ten = await results(house, path, **HERE, open_at="2026-03-03T10:00:00+08:00")
    assert at_noon == []
    assert [row["code"] for row in at_ten] == [f"{HALL}/1", "CZ-1"]
    wheelchair = await results(house, path, **HERE, access="wheelchair")
    assert [row["code"] for row in wheelchair] == [f"{HALL}/1"]
    kiosks = await results(house, path, **HERE, kind="kiosk", within_metres=1_000_000)
    assert [row["code"] for row in kiosks] == ["K1", "K9"]
    near = await results(house, path, **HERE, within_metres=600)
    assert [row["code"] for row in near] == ["K1", "H1"]


async def test_without_coordinates_every_place_is_listed(house):
    item = await spread(house)
    found = await results(house, f"/items/{item}/places")
    assert len(found) == 5
    assert {row["metres"] for row in found} == {None}


async def test_a_broken_kiosk_is_not_recommended(house):
    item = await spread(house)
    await house.post(
        f"{ROOT}/service-points/K1/reports",
        {"state": "broken", "reason": "屏幕黑屏"},
        as_=admin(house),
    )
    found = await results(house, f"/items/{item}/places", **HERE)
    assert "K1" not in {row["code"] for row in found}


async def test_half_a_coordinate_and_a_time_without_a_zone_are_refused(house):
    item = await spread(house)
    path = f"{ROOT}/items/{item}/places"
    half = await house.get(path, params={"longitude": 116.6})
    zoneless = await house.get(path, params={"open_at": "2026-03-02T10:00:00"})
    assert half.json()["type"] == "/problems/coordinates-incomplete"
    assert zoneless.json()["type"] == "/problems/instant-without-zone"

"""Windows of a city's hall take in, by theme or basic code, what the counties and towns below it offer too."""

import pytest
from catalog_examples import DEPARTMENT, published, register_basic_item
from hall_examples import ROOT, a_hall, a_window, figure, results, takes

BASIC = "440118009000"


@pytest.mark.parametrize("pair", [("theme", "food"), ("basic-code", BASIC)])
async def test_a_city_halls_window_takes_in_the_items_of_its_counties(house, pair):
    await register_basic_item(house)
    item = await published(house, basic_code=BASIC, themes=["food"], one_window=False)
    for code, division, takes_it in (
        ("CZ-1", "445100", True),
        ("XQ-1", "445102", True),
        ("CA-1", "445103", False),
        ("TP-1", "445102001", False),
    ):
        await a_hall(house, code, division)
        window = await a_window(house, code)
        await takes(house, window, pair, code=code)
        found = [row["item_id"] for row in await results(house, f"/halls/{code}/items")]
        assert found == ([item] if takes_it else []), code
    places = await results(house, f"/items/{item}/places")
    assert {place["hall"] for place in places} == {"CZ-1", "XQ-1"}
    assert (await figure(house, "one_window_items"))["value"] == 1
    departments = (await house.get(f"{ROOT}/halls/one-window-departments")).json()["results"]
    assert [row["department"] for row in departments] == [DEPARTMENT]

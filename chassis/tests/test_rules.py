"""Rules through their door: a new version keeps the shape that the service declares, or the old one holds."""

import pytest

PATH = "/notes/v1/rules/words-max"


async def changed(house, value, *, code="words-max", version=1):
    body = {"value": value, "source": "test", "verified": True, "reason": "tried"}
    headers = house.headers(house.staff("chief")) | {"If-Match": f'"{version}"'}
    return await house.client.put(f"/notes/v1/rules/{code}", json=body, headers=headers)


@pytest.mark.parametrize(
    ("value", "code", "zh"),
    [
        (0, "greater_than_equal", "数值过小"),
        (10, "less_than_equal", "数值过大"),
        ("5", "int_type", "应为整数"),
        (True, "int_type", "应为整数"),
        (5.5, "int_type", "应为整数"),
        (None, "int_type", "应为整数"),
        ([5], "int_type", "应为整数"),
    ],
)
async def test_a_value_of_another_shape_is_refused_by_its_place_and_the_old_one_holds(
    house, value, code, zh
):
    refused = await changed(house, value)
    assert refused.status_code == 422
    problem = refused.json()
    assert problem["type"].endswith("rule-shape")
    [fault] = problem["errors"]
    assert (fault["pointer"], fault["code"]) == ("/value", code)
    assert zh in fault["detail"]
    rows = (await house.get(PATH)).json()["results"]
    assert [(row["version"], row["value"]) for row in rows] == [(1, 5)]


async def test_whoever_reads_a_rule_sees_what_its_value_must_look_like(house):
    stated = {"type": "integer", "minimum": 1, "maximum": 9}
    listed = (await house.get("/notes/v1/rules")).json()["results"]
    assert [row["value_schema"] for row in listed if row["code"] == "words-max"] == [stated]
    assert (await changed(house, 7)).json()["value_schema"] == stated
    rows = (await house.get(PATH)).json()["results"]
    assert [row["value_schema"] for row in rows] == [stated, stated]


async def test_a_refused_value_says_where_its_shape_is_read(house):
    refused = (await changed(house, 0)).json()
    assert f"GET {PATH} 返回的 value_schema" in refused["detail"]
    assert "原值仍然有效" in refused["detail"]


async def test_a_value_of_the_shape_is_put_in_force_beside_the_older_version(house):
    done = await changed(house, 7)
    assert done.status_code == 200, done.text
    assert (await changed(house, 8)).status_code == 412
    rows = (await house.get(PATH)).json()["results"]
    assert [(row["version"], row["value"]) for row in rows] == [(2, 7), (1, 5)]


async def test_of_a_rule_that_nothing_declares_any_more_only_the_kind_of_value_is_held(house):
    await house.sql(
        "INSERT INTO rules SELECT 'of-old', 1, '\"x\"'::jsonb, unit, meaning, source, verified, "
        "changed_by, reason, changed_at FROM rules WHERE code = 'words-max'"
    )
    refused = await changed(house, 5, code="of-old")
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("rule-type")
    done = await changed(house, "y", code="of-old")
    assert (done.status_code, done.json()["value_schema"]) == (200, None)

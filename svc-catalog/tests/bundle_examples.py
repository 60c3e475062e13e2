"""A bundle of one item and another, in force."""

from catalog_examples import DEPARTMENT, DIVISION, published, publisher

BUNDLES = "/catalog/v1/bundles"


def two_items(first: str, second: str, **changes) -> dict:
    return {
        "code": "open-a-shop",
        "name": "开便利店",
        "life_event": "start-business",
        "audience": ["enterprise"],
        "division": DIVISION,
        "department": DEPARTMENT,
        "department_name": "湘桥区市场监督管理局",
        "members": [{"key": "a", "item_id": first}, {"key": "b", "item_id": second}],
        "form": {"type": "object", "properties": {}},
        "fields": [],
        **changes,
    }


async def a_bundle(house, item_id: str) -> str:
    second = await published(house, item_code="SECOND-1", name="烟草零售许可")
    body = {"bundle": two_items(item_id, second)}
    draft = await house.post(BUNDLES, body, as_=publisher(house, 1))
    assert draft.status_code == 201, draft.text
    bundle_id = draft.json()["bundle_id"]
    path = f"{BUNDLES}/{bundle_id}/publications"
    answer = await house.post(path, {"number": 1}, as_=publisher(house, 2))
    assert answer.status_code == 201, answer.text
    return bundle_id

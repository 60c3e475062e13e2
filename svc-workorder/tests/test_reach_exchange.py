"""The province's exchange, tried as each kind of caller: who runs it sees counts, and no content."""

from datetime import timedelta

from reach_stories import ROLES, inside, status
from workorder_stories import a_hotline_order

BATCHES = "/workorder/v1/exchange-batches"
BATCH = BATCHES + "/{batch_id}"
DESK, READERS = {"hotline_lead"}, {"hotline_lead", "auditor"}
KEEPERS, WATCHERS = {"hotline_lead", "ops"}, {"hotline_lead", "auditor", "ops"}
REASON = {"reason": "试"}
ROUTES = {
    ("GET", BATCHES): (None, WATCHERS),
    ("POST", BATCHES): ({"day": "2026-03-01", **REASON}, DESK),
    ("GET", BATCH): (None, WATCHERS),
    ("GET", BATCH + "/steps"): (None, WATCHERS),
    ("GET", BATCH + "/rows"): (None, READERS),
    ("GET", BATCH + "/file"): (None, READERS),
    ("POST", BATCH + "/receipts"): (
        {"receipts": [{"order_number": "x", "accepted": True}]},
        KEEPERS,
    ),
    ("POST", BATCH + "/resends"): (REASON, DESK),
    ("POST", BATCH + "/pushes"): (REASON, DESK),
    ("GET", "/workorder/v1/exchange-reconciliations/{day}"): (None, WATCHERS),
    ("GET", "/workorder/v1/exchange-schemas/{version}"): (None, WATCHERS),
}
TRIED = set(ROUTES)


async def test_each_door_of_the_exchange_is_open_to_its_roles_and_no_other(house):
    await a_hotline_order(house)
    house.clock.move(timedelta(days=1))
    lead = house.staff("hotline_lead")
    made = await house.post(BATCHES, {"day": "2026-03-02", **REASON}, as_=lead)
    for (method, path), (body, roles) in ROUTES.items():
        filled = path.format(batch_id=made.json()["id"], day="2026-03-02", version=1)
        assert await status(house, method, filled, body, None) == 401
        for role in [*ROLES, "ops"]:
            found = await status(house, method, filled, body, inside(house, role))
            assert (found == 403) == (role not in roles), (method, path, role)
            if method == "GET" and role in roles:
                assert found == 200, (path, role)

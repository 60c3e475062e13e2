"""Routes of monthly sheets, tried as each kind of caller."""

from reach_stories import ROLES, inside, status

LEDGER = "/workorder/v1/ledgers/2026-03"
READERS = {
    "hotline_agent",
    "hotline_lead",
    "department_officer",
    "department_head",
    "coordinator",
    "auditor",
}
TOPICS = "/workorder/v1/hot-topics"
TRIED = {("GET", "/workorder/v1/ledgers/{month}"), ("GET", TOPICS)}


async def test_a_sheet_is_for_who_works_on_orders_and_who_audits_them(house):
    for path in (LEDGER, f"{TOPICS}?month=2026-03"):
        assert await status(house, "GET", path, None, None) == 401
        for role in ROLES:
            found = await status(house, "GET", path, None, inside(house, role))
            assert found == (200 if role in READERS else 403), role

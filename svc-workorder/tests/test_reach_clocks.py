"""The doors of calendars, ledgers and their checks, tried as each kind of caller."""

from uuid import uuid4

from reach_stories import (
    CITY_WIDE,
    ORDER_READERS,
    ROLES,
    inside,
    my_order,
    outside,
    status,
)

DAYS = "/workorder/v1/calendar-days"
DAY = f"{DAYS}/2026-03-04"
CHECKS = "/workorder/v1/ledger-checks"
SETTING = {"is_working": False, "reason": "台风停工", "paper": "市三防指〔2026〕3号"}
REASON = {"reason": "核对"}
ADMIN, CHECKERS = {"system_admin"}, {"system_admin", "auditor"}

OPEN = (
    DAYS,
    DAY,
    f"{DAY}/steps",
    "/workorder/v1/exports/calendar-days",
    "/workorder/v1/working-days/reckonings",
)
"""For anyone: the calendar is public."""
CLOSED = {
    ("PUT", DAY): (SETTING, ADMIN),
    ("POST", f"{DAY}/reversals"): (REASON, ADMIN),
    ("POST", "/workorder/v1/due-date-recounts"): (REASON, ADMIN),
    ("POST", CHECKS): (None, ADMIN),
    ("GET", CHECKS): (None, CHECKERS),
    ("GET", f"{CHECKS}/{{check_id}}"): (None, CHECKERS),
    ("GET", f"{CHECKS}/{{check_id}}/differences"): (None, CHECKERS),
    ("GET", "/workorder/v1/exports/ledger-differences?check_id={check_id}"): (None, CHECKERS),
}

TRIED = {
    ("GET", "/workorder/v1/work-orders/{work_order_id}/stops"),
    *(("GET", path.replace(DAY, f"{DAYS}/{{day}}")) for path in OPEN),
    *((method, path.split("?")[0].replace(DAY, f"{DAYS}/{{day}}")) for method, path in CLOSED),
}


async def test_anyone_reads_the_calendar(house):
    for path in OPEN:
        assert (
            await status(house, "GET", path, None, None) == 401
        )  # no token at all: not through the gateway
        assert (await house.get(path)).status_code == 200, path


async def test_the_rest_is_closed_to_who_has_no_role_for_it(house):
    for (method, template), (body, roles) in CLOSED.items():
        path = template.replace("{check_id}", str(uuid4()))
        assert await status(house, method, path, body, None) == 401
        for role in ROLES:
            seen = await status(house, method, path, body, inside(house, role))
            assert (seen == 403) == (role not in roles), (method, path, role)


async def test_the_stops_of_an_order_are_seen_with_the_order_and_not_otherwise(house):
    base = await my_order(house)
    path = f"{base}/stops"
    assert await status(house, "GET", path, None, None) == 401
    for role in ROLES:
        near = await status(house, "GET", path, None, inside(house, role))
        far = await status(house, "GET", path, None, outside(house, role))
        if role not in ORDER_READERS:
            assert (near, far) == (403, 403), role
        else:
            assert (near, far) == (200, 200 if role in CITY_WIDE else 404), role

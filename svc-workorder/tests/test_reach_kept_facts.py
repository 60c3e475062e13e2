"""Routes of facts that came before their work, tried as each kind of caller."""

from reach_stories import ROLES, inside, status

LIST = "/workorder/v1/kept-facts"
READERS = {"system_admin", "auditor"}
TRIED = {("GET", LIST), ("GET", f"{LIST}/export")}


async def test_what_waits_for_work_is_for_who_keeps_the_processes_and_who_audits_them(house):
    for _, path in sorted(TRIED):
        assert await status(house, "GET", path, None, None) == 401
        for role in ROLES:
            found = await status(house, "GET", path, None, inside(house, role))
            assert found == (200 if role in READERS else 403), (path, role)

import asyncio
import json
from datetime import timedelta

import pytest
from notes_service import notes
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from chassis.housekeeping import sweep
from chassis.identity import Principal, Scope
from chassis.weather import CONNECTION_LOST


async def write(house, who, text="hello", **options):
    return await house.post("/notes/v1/notes", {"text": text}, as_=who, **options)


WRITTEN = ("notes", "outbox", "idempotency_keys")


async def transactions(house) -> int:
    """Transaction ids handed out so far: a write that is one statement takes exactly one."""
    [row] = await house.sql("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS id")
    return row["id"]


async def test_a_hot_write_is_one_statement_and_not_even_a_begin(house):
    me = house.person("writer")
    await write(house, me, key="warm")
    before = await transactions(house)
    async with house.overheard() as said:
        answer = await write(house, me, key="note-0001")
    assert answer.status_code == 201
    assert [line.split()[0] for line in said] == ["WITH"]
    assert [len(await house.sql(f"SELECT 1 FROM {table}")) for table in WRITTEN] == [2, 2, 2]
    assert before == await transactions(house) - 1


async def test_the_same_key_at_the_same_time_is_one_write(house):
    me = house.person("writer")
    answers = await asyncio.gather(*(write(house, me, key="race-0001") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(await house.sql("SELECT 1 FROM notes")) == 1
    assert len(await house.sql("SELECT 1 FROM outbox")) == 1


async def test_a_key_belongs_to_its_caller(house):
    first = await write(house, house.person("writer"), key="same-0001")
    second = await write(house, house.person("writer"), key="same-0001")
    assert first.json()["id"] != second.json()["id"]


async def test_a_kept_answer_is_encrypted_at_rest(house):
    await write(house, house.person("writer"), text="only for me", key="kept-0001")
    [row] = await house.sql("SELECT body FROM idempotency_keys")
    assert "only for me" not in row["body"]


async def test_a_lost_race_is_412_and_a_missing_header_428(house):
    me = house.person("writer")
    path = f"/notes/v1/notes/{(await write(house, me)).json()['id']}"

    def put(text, tag):
        headers = {**house.headers(me), **({"If-Match": tag} if tag else {})}
        return house.client.put(path, json={"text": text}, headers=headers)

    assert (await put("a", None)).status_code == 428
    answers = await asyncio.gather(*(put(f"by {n}", '"1"') for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
    assert (await put("late", '"1"')).status_code == 412


async def test_a_forgotten_filter_leaks_nothing(house):
    mine = house.person("writer", department="D1", division="445102")
    await write(house, mine)
    await write(house, house.person("writer", department="D2", division="445103"))

    async def seen(who):
        return len((await house.get("/notes/v1/notes", as_=who)).json()["results"])

    assert await seen(mine) == 1
    assert await seen(house.staff("head", department="D2")) == 1
    assert await seen(house.staff("chief", division="445100")) == 2
    assert await seen(house.staff("chief", division="445102")) == 1
    assert await seen(house.staff("head", department="")) == 0
    assert (await house.get("/notes/v1/open")).json()["results"] == []


async def test_who_is_not_known_or_not_allowed_is_told_so(house):
    bare = await house.client.get("/notes/v1/notes")
    forged = await house.client.get("/notes/v1/notes", headers={"Authorization": "Bearer a.b.c"})
    foreign = house.keys.token("catalog", house.person("writer"))
    elsewhere = await house.client.get(
        "/notes/v1/notes", headers={"Authorization": f"Bearer {foreign}"}
    )
    old = house.keys.token("notes", house.person("writer"), seconds=-60)
    expired = await house.client.get("/notes/v1/notes", headers={"Authorization": f"Bearer {old}"})
    anonymous = await house.get("/notes/v1/notes")
    wrong_role = await house.get("/notes/v1/notes", as_=house.person("reader"))
    weak = await house.get("/notes/v1/notes", as_=house.person("writer", assurance=0))
    assert [a.status_code for a in (bare, forged, elsewhere, expired, anonymous)] == [401] * 5
    assert [a.status_code for a in (wrong_role, weak)] == [403] * 2
    for refused in (bare, forged, wrong_role):
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["trace_id"]
        assert refused.headers["x-request-id"]


async def test_what_cannot_be_read_is_refused_by_name(house):
    me = house.headers(house.person("writer"))

    def post(**kw):
        return house.client.post("/notes/v1/notes", headers={**me, **kw.pop("headers", {})}, **kw)

    unknown = await post(json={"text": "a", "colour": "red"})
    nul = await post(json={"text": "a\x00b"})
    malformed = await post(content=b"{", headers={"content-type": "application/json"})
    wrong_type = await post(json={"text": 5})
    long = await post(json={"text": "x" * 201})
    plain = await post(content=b"text=a", headers={"content-type": "text/plain"})
    assert unknown.json()["errors"][0]["pointer"] == "/colour"
    assert "没有此项" in unknown.json()["errors"][0]["detail"]
    statuses = [a.status_code for a in (unknown, nul, malformed, wrong_type, long, plain)]
    assert statuses == [422, 422, 400, 422, 422, 422]
    assert await house.sql("SELECT 1 FROM notes") == []


async def test_english_for_who_asks_for_it(house):
    chinese = await house.get("/notes/v1/notes", as_=house.person("x"))
    english = await house.get(
        "/notes/v1/notes", as_=house.person("x"), headers={"Accept-Language": "en-GB,zh;q=0.5"}
    )
    assert chinese.json()["title"] == "无权办理此步骤"
    assert english.json()["title"] == "Not allowed to take this step"


async def test_pages_follow_each_other_and_forged_cursors_are_refused(house):
    me = house.person("writer")
    ids = [(await write(house, me, text=f"note {n}")).json()["id"] for n in range(7)]
    seen, cursor = [], None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await house.get("/notes/v1/notes", as_=me, params=query)).json()
        seen += [row["id"] for row in page["results"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == list(reversed(ids))
    for bad in ("abc", "0" * 900, "eyJ9.AAAA"):
        refused = await house.get("/notes/v1/notes", as_=me, params={"cursor": bad})
        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/bad-cursor")
    counted = await house.get("/notes/v1/notes", as_=me, params={"limit": 1, "count": "exact"})
    assert counted.json()["count"] == 7


async def test_a_list_is_sorted_both_ways_and_a_cursor_keeps_to_its_order(house):
    me = house.person("writer")
    ids = [(await write(house, me, text=f"note {n}")).json()["id"] for n in range(5)]
    seen, query = [], {"limit": 2, "sort": "id"}
    while True:
        page = (await house.get("/notes/v1/notes", as_=me, params=query)).json()
        seen += [row["id"] for row in page["results"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == ids
    falling = await house.get("/notes/v1/notes", as_=me, params={"sort": "-id"})
    assert [row["id"] for row in falling.json()["results"]] == list(reversed(ids))
    other_order = {**query, "sort": "-id"}
    refused = await house.get("/notes/v1/notes", as_=me, params=other_order)
    assert refused.json()["type"] == "/problems/bad-cursor"
    unknown = await house.get("/notes/v1/notes", as_=me, params={"sort": "weather"})
    assert (unknown.status_code, unknown.json()["type"]) == (400, "/problems/unknown-sort")
    assert "id" in unknown.json()["detail"]


async def test_a_count_is_guessed_when_a_guess_is_asked_for(house):
    me = house.person("writer")
    await write(house, me, text="one")
    guessed = await house.get("/notes/v1/notes", as_=me, params={"count": "estimate"})
    assert guessed.json()["count"] >= 0


async def test_a_misspelt_filter_is_told_and_not_ignored(house):
    refused = await house.get(
        "/notes/v1/notes", as_=house.person("writer"), params={"limt": 3, "limit": 3}
    )
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/unknown-parameter")
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["query/limt"]
    assert "limit" in refused.json()["detail"]


async def test_a_request_past_its_deadline_is_told_so(house):
    me = house.person("writer")
    answer = await house.get("/notes/v1/notes", as_=me, headers={"X-Deadline-Ms": "1"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/deadline-passed"


async def test_every_route_shows_its_policy_in_openapi(house):
    document = house.app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert "x-policy" in operation, f"{method} {path}"
    assert "HTTPValidationError" not in json.dumps(document)


async def test_a_job_dies_and_goes_on_where_it_was(house):
    me = house.person("writer")
    job_id = (await house.post("/notes/v1/counts", {"text": "die"}, as_=me)).json()["id"]
    try:
        await house.run_jobs()
        raise AssertionError("the job should have died")
    except ConnectionResetError:
        pass
    assert await house.run_jobs() == 0, "its heartbeat is fresh: nobody takes it yet"
    house.clock.move(timedelta(seconds=31))
    assert await house.run_jobs() == 1
    job = (await house.get(f"/notes/v1/jobs/{job_id}", as_=me)).json()
    assert (job["state"], job["done"], job["accepted"]) == ("done", 10, 10)
    rows = (await house.get(f"/notes/v1/jobs/{job_id}/rows", as_=me)).json()["results"]
    assert [row["number"] for row in rows] == list(range(10))
    other = await house.get(f"/notes/v1/jobs/{job_id}", as_=house.person("writer"))
    assert other.status_code == 404


async def test_health_tells_the_truth(house):
    assert (await house.client.get("/healthz")).json()["status"] == "ok"
    house.app.state.migrations_head = "0001"
    assert (await house.client.get("/readyz")).status_code == 200
    house.app.state.migrations_head = "0002"
    behind = await house.client.get("/readyz")
    assert behind.status_code == 503
    assert "run `migrate`" in behind.json()["faults"][0]
    assert b"http_request" in (await house.client.get("/metrics")).content


async def test_keys_are_forgotten_after_a_day_and_not_before(house):
    me = house.person("writer")
    await write(house, me, key="aged-0001")
    house.clock.move(timedelta(hours=23))
    await write(house, me, key="aged-0002")
    assert await sweep(house.runtime, "idempotency_keys") == 0
    house.clock.move(timedelta(hours=2))
    assert await sweep(house.runtime, "idempotency_keys") == 1
    assert await sweep(house.runtime, "idempotency_keys") == 0


async def test_what_the_books_cannot_hold_is_refused_by_name(house):
    me = house.headers(house.person("writer"))
    for body in (
        b'{"text": "\\ud800"}',
        b'{"text": "a\\u0000"}',
        b'{"text": NaN}',
        b'{"text": 1e400}',
    ):
        answer = await house.client.post(
            "/notes/v1/notes", content=body, headers={**me, "content-type": "application/json"}
        )
        assert answer.status_code == 422, body
    deep = b'{"text": ' + b"[" * 60 + b"]" * 60 + b"}"
    answer = await house.client.post(
        "/notes/v1/notes", content=deep, headers={**me, "content-type": "application/json"}
    )
    assert answer.status_code == 422


async def test_a_body_that_is_no_upload_is_small(house):
    me = house.headers(house.person("writer"))
    body = json.dumps({"text": "x" * (house.runtime.settings.json_bytes_max + 1)})
    answer = await house.client.post(
        "/notes/v1/notes", content=body, headers={**me, "content-type": "application/json"}
    )
    assert answer.status_code == 413


async def test_a_transaction_that_lost_its_connection_never_goes_on_with_half_of_it(house):
    tx = house.runtime.begin_system()
    try:
        assert await tx.scalar(sql("SELECT current_setting('yiwang.everything')")) == "yes"
        backend = await tx.scalar(sql("SELECT pg_backend_pid()"))
        await house.sql("SELECT pg_terminate_backend($1)", backend)
        for _ in range(2):
            with pytest.raises((DBAPIError, *CONNECTION_LOST)):
                await tx.scalar(sql("SELECT 1"))
        with pytest.raises((DBAPIError, *CONNECTION_LOST)):
            await tx.commit()
    finally:
        await tx.close()


async def test_a_connection_that_was_lost_while_nobody_used_it_is_replaced(house):
    me = house.person("writer")
    await write(house, me)
    await house.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    assert (await house.get("/notes/v1/notes", as_=me)).status_code == 200


async def test_what_was_given_up_leaves_nothing_open_behind_it(house):
    tx = house.runtime.begin_system()
    await tx.scalar(sql("SELECT 1"))
    await tx.close()
    open_ones = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    assert await house.sql(open_ones) == []
    tx = house.runtime.begin_system()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await tx.scalar(sql("SELECT pg_sleep(30)"))
    await tx.close()
    assert await house.sql(open_ones) == []


async def test_the_reach_is_said_as_a_literal_whatever_it_holds(house):
    scope = Scope(own="o'; DROP TABLE notes; --", division="4\\'451", department="$1")
    tx = house.runtime.begin(house.runtime.begin_system().principal, scope)
    try:
        for name, value in (("own", scope.own), ("division", scope.division), ("department", "$1")):
            assert await tx.scalar(sql(f"SELECT current_setting('yiwang.{name}')")) == value
    finally:
        await tx.close()


async def test_what_the_city_does_by_itself_reaches_further_and_only_for_as_long(house):
    mine, theirs = house.person("writer"), house.person("writer")
    for who in (mine, theirs):
        await write(house, who)
    principal = Principal(subject=mine["sub"], kind="person")
    tx = house.runtime.begin(principal, Scope(own=mine["sub"]))
    try:
        assert len(await tx.all(select(notes))) == 1
        async with tx.beyond_reach():
            assert len(await tx.all(select(notes))) == 2
        assert len(await tx.all(select(notes))) == 1
    finally:
        await tx.close()

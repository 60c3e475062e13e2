"""What goes through, what comes back, and what is refused on the way."""

import asyncio
import gzip
import json

import httpx
import pytest

from gateway.route_table import MIB, Route
from gateway.server import HEAD_SECONDS


async def test_a_request_goes_through_and_its_answer_comes_back(door):
    response = await door.client.post(
        "/catalog/v1/items?q=%E6%BD%AE&limit=2", json={"name": "潮"}, headers={"If-Match": '"1"'}
    )
    assert response.status_code == 200
    assert response.json() == {
        "bytes": len(json.dumps({"name": "潮"}, ensure_ascii=False, separators=(",", ":")).encode())
    }
    seen = door.upstream.last
    assert (seen.method, seen.path, seen.query) == (
        "POST",
        "/catalog/v1/items",
        b"q=%E6%BD%AE&limit=2",
    )
    assert seen.header("if-match") == '"1"'
    assert seen.header("content-type") == "application/json"


async def test_every_answer_carries_ids_and_security_headers(door):
    for path in ("/catalog/v1/items", "/nowhere/at/all", "/healthz"):
        response = await door.get(path, headers={"X-Request-Id": "from-outside-1"})
        assert response.headers["x-request-id"] == "from-outside-1"
        assert response.headers["traceparent"].startswith("00-")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
    assert door.upstream.last.header("x-request-id") == "from-outside-1"


async def test_an_odd_request_id_is_replaced(door):
    response = await door.get("/catalog/v1/items", headers={"X-Request-Id": "a b\tc; DROP"})
    assert "DROP" not in response.headers["x-request-id"]
    assert door.upstream.last.header("x-request-id") == response.headers["x-request-id"]


async def test_a_trace_is_carried_on(door):
    trace = "0af7651916cd43dd8448eb211c80319c"
    parent = f"00-{trace}-b7ad6b7169203331-01"
    await door.get("/catalog/v1/items", headers={"traceparent": parent})
    passed = door.upstream.last.header("traceparent")
    assert passed.split("-")[1] == trace
    assert passed != parent
    await door.get("/catalog/v1/items", headers={"traceparent": "rubbish"})
    assert len(door.upstream.last.header("traceparent")) == 55


async def test_the_deadline_travels_and_may_be_shortened(door):
    await door.get("/catalog/v1/items")
    assert door.upstream.last.header("x-deadline-ms") == "30000"
    await door.get("/catalog/v1/items", headers={"X-Deadline-Ms": "1500"})
    assert door.upstream.last.header("x-deadline-ms") == "1500"
    await door.get("/catalog/v1/items", headers={"X-Deadline-Ms": "99999999"})
    assert door.upstream.last.header("x-deadline-ms") == "30000"


async def test_unknown_prefix_is_404_in_the_callers_language(door):
    response = await door.get("/catalogue/v1/items")
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.json()["type"] == "/problems/no-such-route"
    assert "没有" in response.json()["detail"]
    english = await door.get("/catalogue/v1/items", headers={"Accept-Language": "en-GB,zh;q=0.5"})
    assert "no such address" in english.json()["detail"]
    assert len(english.json()["trace_id"]) == 32


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
async def test_odd_methods_are_405(door, method):
    target = b"/catalog/v1/items" if method != "CONNECT" else b"catalog:80"
    raw = await door.raw(method.encode() + b" " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert raw.startswith((b"HTTP/1.1 405", b"HTTP/1.1 400"))
    assert door.upstream.seen == []


@pytest.mark.parametrize(
    "path",
    [
        "/catalog/../workorder/v1/x",
        "/catalog/%2e%2e/workorder",
        "/catalog/.%2E/workorder",
        "/catalog/%252e%252e/workorder",
        "/catalog/v1/./x",
        "/catalog/v1/a%2fb",
        "/catalog/v1/a%252Fb",
        "/catalog/v1/a%5cb",
        "/catalog/v1/a\\b",
        "/catalog//v1/items",
        "//catalog/v1/items",
        "/catalog/v1/a%00b",
        "/catalog/v1;x=1/items",
        "/catalog/..",
        "/" + "a" * 5000,
    ],
)
async def test_path_tricks_are_400(door, path):
    raw = await door.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert raw.startswith(b"HTTP/1.1 400"), raw
    assert door.upstream.seen == []


@pytest.mark.parametrize(
    "path", ["/catalog/v1/items/a.b..c", "/catalog/v1/%E6%BD%AE", "/catalog/v1/.x"]
)
async def test_ordinary_paths_pass_untouched(door, path):
    raw = await door.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert raw.startswith(b"HTTP/1.1 200")
    assert door.upstream.last.path == path


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Content-Length: +5\r\n\r\nhello",
    ],
)
async def test_smuggling_is_400(door, head):
    raw = await door.raw(b"POST /catalog/v1/items HTTP/1.1\r\nHost: x\r\n" + head)
    assert raw.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), raw
    assert door.upstream.seen == []


@pytest.mark.parametrize(
    "name", ["Authorization", "Idempotency-Key", "If-Match", "Content-Type", "Host"]
)
async def test_second_copies_of_single_headers_are_400(door, name):
    raw = await door.raw(
        f"GET /catalog/v1/items HTTP/1.1\r\nHost: x\r\n{name}: a\r\n{name}: b\r\n\r\n".encode()
    )
    assert raw.startswith(b"HTTP/1.1 400"), raw
    assert door.upstream.seen == []


async def test_too_large_by_declaration_and_by_count(open_door):
    routes = [Route(prefix="/catalog", upstream="catalog", body_bytes_max=MIB)]

    async def endless():
        for _ in range(64):
            yield b"x" * 65536

    async with open_door(routes=routes) as door:
        declared = await door.client.post("/catalog/v1/items", content=b"x" * (MIB + 1))
        counted = await door.client.post("/catalog/v1/items", content=endless())
        fits = await door.client.post("/catalog/v1/items", content=b"x" * MIB)
    assert (declared.status_code, counted.status_code, fits.status_code) == (413, 413, 200)
    assert counted.json()["type"] == "/problems/too-large"
    assert [len(seen.body) for seen in door.upstream.seen] == [MIB]
    assert door.upstream.broken_off == 1, "the service must not take a part for the whole"


async def test_a_body_that_never_ends_is_408(open_door):
    routes = [Route(prefix="/catalog", upstream="catalog", seconds=0.4)]
    head = b"POST /catalog/v1/items HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"
    async with open_door(routes=routes) as door:
        raw = await door.raw(head)
    assert raw.startswith(b"HTTP/1.1 408"), raw
    assert b"/problems/body-too-slow" in raw


async def test_an_upstream_past_the_deadline_is_504(open_door, upstream):
    async def never(scope, receive, send):
        await receive()
        while (await receive())["type"] != "http.disconnect":
            pass

    upstream.behaviours["/catalog/v1/slow"] = never
    routes = [Route(prefix="/catalog", upstream="catalog", seconds=0.3)]
    async with open_door(routes=routes) as door:
        response = await door.get("/catalog/v1/slow")
        again = await door.get("/catalog/v1/items")
    assert response.status_code == 504
    assert response.json()["type"] == "/problems/deadline-passed"
    assert again.status_code == 200, "a slow answer is no reason to open the circuit"


async def test_an_upstream_that_is_down_is_503_and_soon_answered_at_once(open_door):
    async with open_door(upstream_url="http://127.0.0.1:9") as door:
        answers = [await door.get("/catalog/v1/items") for _ in range(8)]
        metrics = (await door.get("/metrics")).text
    assert {response.status_code for response in answers} == {503}
    assert answers[0].headers["retry-after"] == "1"
    assert answers[0].json()["type"] == "/problems/upstream-unavailable"
    assert 'gateway_circuit_state{upstream="catalog"} 2.0' in metrics


async def test_the_circuit_closes_again_when_the_upstream_is_back(
    open_door, upstream, serving, eventually
):
    async with serving(upstream) as gone:
        pass
    port = int(gone.rpartition(":")[2])
    async with open_door(upstream_url=gone) as door:
        for _ in range(6):
            assert (await door.get("/catalog/v1/items")).status_code == 503
        server = await asyncio.start_server(_minimal, "127.0.0.1", port)

        async def is_back():
            return (await door.get("/catalog/v1/items")).status_code == 200

        async with server:
            await eventually(is_back)


async def _minimal(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(("method", "tries"), [("GET", 2), ("POST", 1), ("PUT", 1), ("DELETE", 1)])
async def test_only_reads_are_tried_again_when_the_upstream_hangs_up(open_door, method, tries):
    calls = 0

    async def hang_up(reader, writer):
        nonlocal calls
        await reader.readuntil(b"\r\n\r\n")
        calls += 1
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_door(upstream_url=f"http://127.0.0.1:{port}") as door:
        response = await door.client.request(method, "/catalog/v1/items")
    assert response.status_code == 503
    assert calls == tries


async def test_answers_pass_as_they_are(door, answer):
    packed = gzip.compress(b"x" * 5000)

    async def special(scope, receive, send):
        await answer(
            send,
            203,
            packed,
            (b"content-encoding", b"gzip"),
            (b"cache-control", b"public, max-age=9"),
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"etag", b'"7"'),
            (b"server", b"secret/1.0"),
            (b"keep-alive", b"timeout=5"),
        )

    async def away(scope, receive, send):
        await answer(send, 302, b"", (b"location", b"http://elsewhere.example/"))

    door.upstream.behaviours |= {"/catalog/v1/special": special, "/catalog/v1/away": away}
    response = await door.get("/catalog/v1/special")
    assert response.status_code == 203
    assert response.content == b"x" * 5000
    assert response.headers["cache-control"] == "public, max-age=9"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert response.headers["etag"] == '"7"'
    assert "server" not in response.headers
    assert "keep-alive" not in response.headers
    assert (await door.get("/catalog/v1/away")).headers["location"] == "http://elsewhere.example/"


async def test_head_204_and_304(door):
    async def empty(scope, receive, send):
        status = int(scope["path"][-3:])
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    door.upstream.behaviours |= {"/catalog/v1/204": empty, "/catalog/v1/304": empty}
    head = await door.client.head("/catalog/v1/items")
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["content-length"]) > 0
    assert (await door.get("/catalog/v1/204")).status_code == 204
    assert (await door.get("/catalog/v1/304")).status_code == 304


async def test_a_streamed_answer_arrives_piece_by_piece(door):
    go_on = asyncio.Event()

    async def slowly(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"two"})

    door.upstream.behaviours["/catalog/v1/stream"] = slowly
    async with door.client.stream("GET", "/catalog/v1/stream") as response:
        arriving = response.aiter_raw()
        assert await anext(arriving) == b"one"
        go_on.set()
        assert b"".join([piece async for piece in arriving]) == b"two"


async def test_a_broken_answer_looks_broken(door):
    async def broken(scope, receive, send):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-length", b"100")],
            }
        )
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    door.upstream.behaviours["/catalog/v1/broken"] = broken
    with pytest.raises(httpx.RemoteProtocolError):
        await door.get("/catalog/v1/broken")


async def test_when_the_client_leaves_the_upstream_learns_it(door, eventually):
    left = asyncio.Event()

    async def forever(scope, receive, send):
        await receive()
        head = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    door.upstream.behaviours["/catalog/v1/feed"] = forever
    async with door.client.stream("GET", "/catalog/v1/feed") as response:
        assert await anext(response.aiter_raw()) == b"data: 1\n\n"
    await eventually(left.is_set)


async def test_draining_ends_event_streams_cleanly(door):
    async def forever(scope, receive, send):
        await receive()
        head = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    door.upstream.behaviours["/catalog/v1/feed"] = forever
    async with door.client.stream("GET", "/catalog/v1/feed") as response:
        arriving = response.aiter_raw()
        await anext(arriving)
        door.gateway.drain()
        assert [piece async for piece in arriving] == []
    assert (await door.get("/readyz")).status_code == 503
    assert (await door.get("/readyz")).json()["status"] == "draining"


async def test_a_body_sent_in_chunks_arrives_whole(door):
    async def chunks():
        for number in range(50):
            yield str(number).encode() * 1000

    response = await door.client.post("/catalog/v1/items", content=chunks())
    assert response.status_code == 200
    assert door.upstream.last.body == b"".join(
        [str(number).encode() * 1000 for number in range(50)]
    )


async def test_an_early_answer_to_a_long_upload_reaches_the_client(door, answer):
    async def refuse(scope, receive, send):
        await receive()
        await answer(send, 409, b"{}")

    door.upstream.behaviours["/catalog/v1/refuse"] = refuse
    response = await door.client.post("/catalog/v1/refuse", content=b"x" * (4 * MIB))
    assert response.status_code in {409, 503}


async def test_a_slow_head_is_hung_up_on(door):
    host, port = door.url.removeprefix("http://").split(":")
    slow_reader, slow_writer = await asyncio.open_connection(host, int(port))
    slow_writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    await slow_writer.drain()
    await door.get("/healthz")
    now = asyncio.get_running_loop().time()
    door.server.sweep(now + HEAD_SECONDS / 2)
    assert (await door.get("/healthz")).status_code == 200
    assert not slow_reader.at_eof()
    door.server.sweep(now + HEAD_SECONDS + 1)
    assert await asyncio.wait_for(slow_reader.read(), 5) == b""
    assert (await door.get("/healthz")).status_code == 200
    slow_writer.close()


async def test_another_citys_application_reaches_the_hotline_unchanged(door):
    form = (
        "api_key=k&service_code=pothole&lat=23.66&long=116.62&attribute%5BPOLE%5D%5B%5D=%E6%BD%AE"
    )
    media_type = "application/x-www-form-urlencoded; charset=utf-8"
    path = "/workorder/open311/v2/requests.xml"
    response = await door.client.post(
        f"{path}?jurisdiction_id=chaozhou.gov.cn",
        content=form,
        headers={"Content-Type": media_type},
    )
    assert response.json() == {"bytes": len(form)}
    seen = door.upstream.last
    assert (seen.method, seen.path, seen.query) == (
        "POST",
        path,
        b"jurisdiction_id=chaozhou.gov.cn",
    )
    assert seen.header("content-type") == media_type
    listed = f"{path}?service_request_id=RX-1,RX-2&start_date=2026-03-02T09:00:00%2B08:00"
    assert (await door.get(listed)).status_code == 200
    assert door.upstream.last.query.endswith(b"09:00:00%2B08:00")

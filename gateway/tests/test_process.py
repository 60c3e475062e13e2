"""The gateway as its own process: how it starts, what it refuses to start with, how it leaves, what it weighs."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys

import httpx
import psutil
import pytest
from joserfc import jwt

from gateway.route_table import MIB

BODY_MIB = 50


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def environment(tmp_path, new_key):
    key = new_key("internal-1")
    (tmp_path / "internal.jwk").write_text(json.dumps(key.as_dict(private=True)))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("YIWANG_")}
    return plain | {
        "YIWANG_ENVIRONMENT": "test",
        "YIWANG_PORT": str(free_port()),
        "YIWANG_INTERNAL_KEY_FILE": str(tmp_path / "internal.jwk"),
        "YIWANG_UPSTREAMS": "{}",
    }


def start(environment) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve"], env=environment, stdout=subprocess.DEVNULL
    )


@contextlib.asynccontextmanager
async def process(environment, eventually):
    """A running gateway: its process and a client. Stopped by its pid, if it has not left by itself."""
    url = f"http://127.0.0.1:{environment['YIWANG_PORT']}"
    running = start(environment)

    async with httpx.AsyncClient(base_url=url, timeout=30, verify=False) as client:

        async def is_up():
            with contextlib.suppress(httpx.TransportError):
                return (await client.get("/healthz")).status_code == 200
            return False

        try:
            await eventually(is_up, within=30)
            yield running, client
        finally:
            running.kill()
            running.wait()


async def test_what_is_begun_is_finished_after_sigterm(
    environment, upstream, upstream_url, eventually, answer
):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(scope, receive, send):
        begun.set()
        await go_on.wait()
        await answer(send, 200, b'"done"')

    upstream.behaviours["/catalog/v1/slow"] = slowly
    environment["YIWANG_UPSTREAMS"] = json.dumps({"catalog": upstream_url})
    async with process(environment, eventually) as (running, client):
        asked = asyncio.create_task(client.get("/catalog/v1/slow"))
        await asyncio.wait_for(begun.wait(), 10)
        running.send_signal(signal.SIGTERM)

        async def is_closed():
            try:
                async with httpx.AsyncClient(base_url=client.base_url, verify=False) as fresh:
                    await fresh.get("/healthz")
            except httpx.TransportError:
                return True
            return False

        await eventually(is_closed)
        assert running.poll() is None, "still finishing"
        go_on.set()
        assert (await asked).json() == "done"
        await eventually(lambda: running.poll() is not None)
    assert running.returncode in {0, -signal.SIGTERM}


async def test_while_it_lingers_it_says_that_it_is_leaving(environment, eventually):
    environment["YIWANG_DRAIN_LINGER_SECONDS"] = "1.5"
    async with process(environment, eventually) as (running, client):
        assert (await client.get("/readyz")).status_code == 200
        running.send_signal(signal.SIGTERM)

        async def says_so():
            response = await client.get("/readyz")
            return response.status_code == 503 and response.json()["status"] == "draining"

        await eventually(says_so)
        await eventually(lambda: running.poll() is not None)


async def test_a_large_body_streams_through_without_weight(
    environment, upstream, upstream_url, eventually, tmp_path, new_key
):
    async def swallow_and_return(scope, receive, send):
        received = 0
        while True:
            message = await receive()
            received += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        head = [(b"x-received", str(received).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for _ in range(BODY_MIB):
            await send({"type": "http.response.body", "body": b"y" * MIB, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    upstream.behaviours["/catalog/v1/imports"] = swallow_and_return
    key = new_key("local-1")
    (tmp_path / "local.jwk").write_text(json.dumps(key.as_dict(private=True)))
    url = f"http://127.0.0.1:{environment['YIWANG_PORT']}"
    environment |= {
        "YIWANG_UPSTREAMS": json.dumps({"catalog": upstream_url}),
        "YIWANG_LOCAL_ISSUER": "on",
        "YIWANG_LOCAL_ISSUER_KEY_FILE": str(tmp_path / "local.jwk"),
        "YIWANG_PUBLIC_URL": url,
    }
    claims = {
        "iss": url,
        "aud": "yiwang",
        "sub": "019a0000-0000-7000-8000-000000000104",
        "kind": "staff",
        "roles": ["publisher"],
        "exp": 9_999_999_999,
    }
    token = jwt.encode({"alg": "ES256", "kid": "local-1"}, claims, key, algorithms=["ES256"])

    async def body():
        for _ in range(BODY_MIB):
            yield b"x" * MIB

    async with process(environment, eventually) as (running, client):
        weight = psutil.Process(running.pid)
        before = weight.memory_info().rss
        largest = before
        headers = {"Authorization": f"Bearer {token}"}
        async with client.stream(
            "POST", "/catalog/v1/imports", content=body(), headers=headers
        ) as response:
            assert response.status_code == 200
            assert response.headers["x-received"] == str(BODY_MIB * MIB)
            returned = 0
            async for piece in response.aiter_raw():
                returned += len(piece)
                largest = max(largest, weight.memory_info().rss)
        assert returned == BODY_MIB * MIB
        assert largest - before < 16 * MIB, f"grew by {(largest - before) / MIB:.0f} MiB"


def start_and_fail(environment) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_local_issuer_never_runs_in_production(environment):
    environment |= {
        "YIWANG_ENVIRONMENT": "production",
        "YIWANG_LOCAL_ISSUER": "on",
        "YIWANG_LOCAL_ISSUER_KEY_FILE": environment["YIWANG_INTERNAL_KEY_FILE"],
    }
    failed = start_and_fail(environment)
    assert failed.returncode == 78
    assert "must not run in production" in failed.stderr


def test_every_missing_setting_is_named_at_once(environment):
    del environment["YIWANG_UPSTREAMS"], environment["YIWANG_INTERNAL_KEY_FILE"]
    failed = start_and_fail(environment)
    assert failed.returncode == 78
    assert "YIWANG_UPSTREAMS" in failed.stderr
    assert "YIWANG_INTERNAL_KEY_FILE" in failed.stderr


def test_a_key_that_is_none_is_named(environment, tmp_path):
    (tmp_path / "internal.jwk").write_text("{}")
    failed = start_and_fail(environment)
    assert failed.returncode == 78
    assert "internal.jwk" in failed.stderr


def test_openapi_can_be_printed(environment):
    printed = subprocess.run(
        [sys.executable, "-m", "gateway", "openapi"],
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert "/oauth/token" in json.loads(printed.stdout)["paths"]

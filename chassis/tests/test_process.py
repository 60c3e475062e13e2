"""A service as a process: what it says when it cannot start, and how it leaves."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from chassis.testing import drop_database, eventually, make_database, make_template

MAIN = (
    "import sys; from chassis.cli import main; from notes_service import SERVICE; "
    "sys.exit(main(SERVICE, sys.argv[1:]))"
)


def environment(**settings: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("YIWANG_")}
    named = {f"YIWANG_{name.upper()}": value for name, value in settings.items()}
    return {**plain, "PYTHONPATH": str(Path(__file__).parent), **named}


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *words],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def start(settings: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, "doors"],
        env=environment(**settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_every_fault_of_the_settings_is_named_at_once():
    ended = run("serve", port="many", log_level="LOUD")
    assert ended.returncode == os.EX_CONFIG
    named = {line.split()[1] for line in ended.stderr.splitlines() if line.startswith("setting ")}
    assert named == {
        "YIWANG_PORT",
        "YIWANG_LOG_LEVEL",
        "YIWANG_DATABASE_URL",
        "YIWANG_NATS_URL",
        "YIWANG_INTERNAL_JWKS_FILE",
        "YIWANG_KEYRING_FILE",
        "YIWANG_BLOBS_URL",
    }
    assert "YIWANG_DATABASE_URL is not set" in ended.stderr
    assert "YIWANG_PORT is not acceptable" in ended.stderr


def test_a_setting_that_is_a_secret_is_not_printed():
    ended = run("serve", database_url="postgresql://a:topsecret@127.0.0.1/x", port="many")
    assert "topsecret" not in ended.stderr + ended.stdout


@pytest.fixture
def port() -> int:
    import socket  # noqa: PLC0415  only to ask the kernel for a free port

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_told_to_stop_it_finishes_what_is_in_flight_and_leaves(servers, keys, tmp_path, port):
    from notes_service import SERVICE  # noqa: PLC0415  found by the folder's conftest

    template = await make_template(SERVICE, servers.postgres_admin_url, purpose="process")
    name = f"drained_notes_{os.getpid()}"
    url = await make_database(servers.postgres_admin_url, name, template=template)
    settings = {
        "environment": "test",
        "database_url": url,
        "nats_url": servers.nats_url,
        "nats_user": "ops",
        "nats_password": servers.nats_users["ops"],
        "internal_jwks_file": str(keys.folder / "internal.jwks.json"),
        "keyring_file": str(keys.folder / "keyring.json"),
        "blobs_url": f"file://{tmp_path}",
        "port": str(port),
    }
    process = start(settings)
    claims = {"sub": "019a0000-0000-7000-8000-000000000001", "kind": "person", "roles": ["writer"]}
    token = keys.token("notes", {**claims, "assurance": 3})
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
            await eventually(lambda: http.get("/healthz"), within=30)
            slow = asyncio.create_task(http.get("/notes/v1/slow", timeout=20))
            await eventually(lambda: _is_in_flight(http))
            process.send_signal(signal.SIGTERM)
            answer = await slow
        assert (answer.status_code, answer.json()["results"]) == (200, [])
        assert await asyncio.to_thread(process.wait, 15) in {0, -signal.SIGTERM}
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        await drop_database(servers.postgres_admin_url, name)
        await drop_database(servers.postgres_admin_url, template)


async def _is_in_flight(http: httpx.AsyncClient) -> bool:
    return "notes_slow_in_flight 1.0" in (await http.get("/metrics")).text

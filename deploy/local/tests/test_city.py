"""A whole city of stand-ins on a real PostgreSQL and NATS: start, death, restart, stop; and what stands in the way."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import asyncpg
import pytest

from localcity import records
from localcity.city import City
from localcity.example.people import principals
from localcity.home import SERVICES, Home, read_json
from localcity.keys import ensure_keys
from localcity.layout import Layout
from localcity.postgres_server import PostgresAddress, PostgresServer
from localcity.servers import test_servers
from localcity.trouble import TroubleError

STANDINS = str(Path(__file__).parent / "standins")
SETTINGS = {"PYTHONPATH": STANDINS, "YIWANG_EXAMPLE": "off", "YIWANG_PREFORK": "off"}
FORKED = {**SETTINGS, "YIWANG_PREFORK": "on"}


def eventually(is_so, *, seconds: float = 20.0):
    """Wait for a state, with a deadline; returns what it found."""
    deadline = time.monotonic() + seconds
    while True:
        found = is_so()
        if found:
            return found
        assert time.monotonic() < deadline, "this state was not reached"
        threading.Event().wait(0.02)


@pytest.fixture(scope="module")
def city():
    with City(env=FORKED) as running:
        yield running


@pytest.fixture
def home():
    """A folder that PostgreSQL, as nobody, can reach too; with nothing left of it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="yiwang-home-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def localcity(*words: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "localcity", *words],
        env={**os.environ, **SETTINGS, "YIWANG_HOME": str(home), **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def happened(home: Home) -> list[str]:
    return (home.root / "happened.txt").read_text().splitlines()


def is_alive(pid: int) -> bool:
    return records.ticks_of(pid) is not None


def said(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def test_city_json_describes_every_process_and_every_role(city):
    described = city.description
    assert set(described["pids"]) == {"supervisor", "postgres", "nats", "gateway", *SERVICES}
    assert all(is_alive(pid) for pid in described["pids"].values())
    assert set(described["tokens"]) == set(principals())
    assert described["partner"]["client_secret"]
    assert city.home.city_file.stat().st_mode & 0o077 == 0
    for name in (*SERVICES, "gateway"):
        assert city.is_ready(name)


def test_tables_and_streams_come_before_the_services(city):
    lines = happened(city.home)
    served = min(lines.index(f"{name} serve") for name in SERVICES)
    for name in SERVICES:
        assert lines.index(f"{name} migrate") < lines.index(f"{name} streams") < served


@pytest.mark.parametrize("name", [*SERVICES, "gateway", "nats", "postgres"])
def test_a_killed_process_comes_back_and_city_json_says_so(city, name):
    others = {key: pid for key, pid in city.description["pids"].items() if key != name}
    old = city.kill(name)
    new = city.wait_replaced(name, old)
    assert is_alive(new)
    assert not is_alive(old)
    after = city.description["pids"]
    assert {key: pid for key, pid in after.items() if key != name} == others


async def test_each_service_reaches_its_own_database_only(city):
    own = city.database_url("workorder")

    connection = await asyncpg.connect(own)
    role = await connection.fetchrow(
        "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert tuple(role) == (False, False)
    assert await connection.fetchval("SHOW fsync") == "on"
    await connection.close()
    for other in ("yiwang_catalog", "postgres"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(own, database=other)


async def test_a_service_is_told_the_socket_of_its_own_database(city):
    home = city.home
    layout = Layout(home, ensure_keys(home), read_json(home.root / "ports.json"), {})
    told = layout.service_program("workorder", "serve").environment["YIWANG_DATABASE_URL"]
    connection = await asyncpg.connect(told)
    row = await connection.fetchrow("SELECT current_database() AS name, inet_client_addr() AS via")
    await connection.close()
    assert (row["name"], row["via"]) == ("yiwang_workorder", None)
    given = {"YIWANG_POSTGRES_URL": str(city.description["postgres"])}
    layout = Layout(home, ensure_keys(home), layout.ports, given)
    told = layout.service_program("workorder", "serve").environment["YIWANG_DATABASE_URL"]
    assert told == city.database_url("workorder")


@pytest.mark.parametrize("name", ["a" * 100, "two words", "a,b"])
def test_a_path_that_no_socket_can_have_goes_without(tmp_path, name):
    short = Path("/tmp/x")
    assert PostgresServer(place=short, port=1, password="").socket_folder == short / "postgres"
    assert PostgresServer(place=short / name, port=1, password="").socket_folder is None


def test_a_second_up_says_where_it_runs(city):
    again = localcity("up", home=city.home.root)
    assert again.returncode == 0
    assert city.gateway in again.stdout
    assert again.stdout.splitlines()[-1] == "ready"


def test_it_stops_in_order_and_nothing_is_left(home):
    with City(home, SETTINGS) as city:
        pids = city.description["pids"]
    assert not [name for name, pid in pids.items() if is_alive(pid)]
    assert not city.home.city_file.exists()
    drained = [line for line in happened(city.home) if line.endswith("drained")]
    assert drained[0] == "gateway drained"
    assert sorted(drained[1:]) == sorted(f"{name} drained" for name in SERVICES)
    log = city.home.log("postgres").read_text()
    assert "fast shutdown" in log
    assert "database system is shut down" in log


def test_a_second_start_keeps_keys_ports_and_tables(home):
    with City(home, SETTINGS) as city:
        first = city.description
    before = happened(city.home).count("workorder migrate")
    with City(home, SETTINGS) as city:
        second = city.description
    assert second["services"] == first["services"]
    assert second["postgres"] == first["postgres"]
    assert happened(city.home).count("workorder migrate") == before


@pytest.mark.parametrize("settings", [SETTINGS, FORKED], ids=["by exec", "by fork"])
def test_without_a_supervisor_nothing_stays_and_the_next_start_works(home, settings):
    with City(home, settings) as city:
        pids = dict(city.description["pids"])
        os.kill(pids["supervisor"], signal.SIGKILL)
        eventually(lambda: not [name for name, pid in pids.items() if is_alive(pid)])
    again = localcity("up", "--detach", home=city.home.root)
    assert again.stdout.splitlines()[-1] == "ready", again.stdout + again.stderr
    assert localcity("down", home=city.home.root).stdout.strip() == "stopped"


def test_detached_it_runs_until_down(home):
    assert localcity("up", "--detach", home=home).returncode == 0
    city = City.attached(home)
    pids = city.description["pids"]
    assert said(city.url("workorder")).split()[0] == str(pids["workorder"])
    assert localcity("status", home=home).stdout.count("alive") == len(pids)
    assert localcity("down", home=home).stdout.strip() == "stopped"
    assert not [name for name, pid in pids.items() if is_alive(pid)]
    assert localcity("down", home=home).stdout.strip() == "no city runs here"


def test_a_step_that_fails_is_named_with_its_last_words(home):
    with (
        pytest.raises(TroubleError) as caught,
        City(home, {**SETTINGS, "STANDIN_FAILS": "evaluation migrate"}),
    ):
        pass
    assert "evaluation-migrate ended with code 1: this stand-in was told to fail" in str(
        caught.value
    )


def test_a_service_that_dies_at_each_start_is_named(home):
    with (
        pytest.raises(TroubleError) as caught,
        City(home, {**SETTINGS, "STANDIN_FAILS": "catalog serve"}),
    ):
        pass
    assert "catalog ends at each start: this stand-in was told to fail" in str(caught.value)


def test_servers_of_ones_own_are_used_and_left_running(home):
    with test_servers() as own:
        settings = {
            **SETTINGS,
            "YIWANG_POSTGRES_URL": own.postgres_admin_url,
            "YIWANG_NATS_URL": own.nats_url,
            "YIWANG_NATS_USER": "ops",
            "YIWANG_NATS_PASSWORD": own.nats_users["ops"],
        }
        with City(home, settings) as city:
            assert set(city.description["pids"]) == {"supervisor", "gateway", *SERVICES}
            assert city.is_ready("postgres")
            port = own.postgres_admin_url.rpartition(":")[2].split("/")[0]
            assert f":{port}/yiwang_workorder" in said(city.url("workorder"))
        assert PostgresAddress.parse(own.postgres_admin_url).is_open()
        assert not (home / "postgres").exists()


def test_a_port_in_use_is_named(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = localcity("up", home=home, YIWANG_GATEWAY_PORT=port)
    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines() == [
        f"yiwang: port {port} (YIWANG_GATEWAY_PORT) is in use; give another, or none to have one chosen"
    ]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    refused = localcity("up", home=tmp_path / "file" / "home")
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    read_only = localcity("up", home=Path("/proc/yiwang"))
    assert read_only.returncode == 1
    assert len(read_only.stderr.strip().splitlines()) == 1


def test_what_an_earlier_start_left_half_made_is_made_anew(home):
    place = Home(home)
    half = place.database_place() / "postgres.new"
    half.mkdir(parents=True)
    (half / "half").touch()
    (place.root / "keys").mkdir(parents=True)
    (place.root / "keys" / "passwords.json").write_text('{"postgres": "abc')
    with City(place.root, SETTINGS) as city:
        assert city.is_ready("gateway")
    assert "half made" in place.log("supervisor").read_text()

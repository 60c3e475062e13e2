"""`make up`: from whatever an earlier run left to the line `ready`, and then on until asked to stop."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localcity import forking, postgres_server, records
from localcity.asking import is_ready, readiness
from localcity.home import SERVICES, Home, read_json, write_json
from localcity.keys import ensure_keys
from localcity.layout import Layout, digest_sources
from localcity.ports import choose_ports
from localcity.processes import Program
from localcity.supervisor import StopRequestedError, Supervisor
from localcity.tokens import mint_tokens
from localcity.trouble import TroubleError

SERVER_SECONDS_MAX = 60.0
"""A PostgreSQL that was killed under load replays its log before it answers."""
READY_SECONDS_MAX = 90.0
MIGRATE_SECONDS_MAX = 300.0
EXAMPLE_SECONDS_MAX = 600.0
TOKENS_RENEWED_SECONDS = 6 * 3600
PYTHON_PROGRAMS = (*SERVICES, "gateway")


def say(text: str) -> None:
    print(text, flush=True)


def up(home: Home, environment: dict[str, str]) -> int:
    """Run a city until it is asked to stop; 0 when it was, and when one runs here already."""
    home.make()
    with home.locked() as is_ours:
        if not is_ours:
            return _already_running(home)
        left = records.stop_orphans(home)
        if left:
            say(f"stopped what an earlier start left behind: {', '.join(left)}")
        for name in ("city.json", "starting.json"):
            (home.root / name).unlink(missing_ok=True)
        layout = Layout(home, ensure_keys(home), choose_ports(home, environment), environment)
        try:
            _run(layout)
        finally:
            home.city_file.unlink(missing_ok=True)
    return 0


def _already_running(home: Home) -> int:
    address = read_json(home.city_file).get("gateway")
    if address:
        say(f"this city runs already at {address} (stop it: make down)")
        say("ready")
        return 0
    raise TroubleError(f"another start of this city is under way; its words are in {home.logs}")


class CityFile:
    """city.json, kept true: written at `ready`, and again when a process was started again."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._path: Path | None = None
        self._tokens: dict[str, str] = {}
        self.pids: Callable[[], dict[str, int]] = dict

    def publish(self, path: Path) -> None:
        self._path = path
        self.renew_tokens()

    def renew_tokens(self) -> None:
        layout = self._layout
        self._tokens = mint_tokens(layout.keys.local_issuer_key_file, layout.gateway_url)
        self.write()

    def write(self) -> None:
        if self._path is not None:
            write_json(self._path, self._described())

    def _described(self) -> dict[str, Any]:
        layout = self._layout
        nats = layout.nats_server().ops_url if layout.has_own_nats else layout.nats_url
        return {
            "gateway": layout.gateway_url,
            "nats": nats,
            "postgres": layout.postgres.url,
            "databases": {name: layout.database_url(name) for name in SERVICES},
            "services": {name: layout.url(name) for name in SERVICES},
            "pids": {"supervisor": os.getpid(), **self.pids()},
            "tokens": self._tokens,
            "partner": layout.keys.partner,
            **read_json(_example_file(layout)),
        }


def _example_file(layout: Layout) -> Path:
    return _stamps(layout) / "example.json"


def _stamps(layout: Layout) -> Path:
    """Where it is noted what was done to the database: beside its data, so that both go together."""
    if layout.has_own_postgres:
        return layout.home.database_place()
    return layout.home.root


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"  {what:<46} {time.monotonic() - began:5.1f} s")


def _run(layout: Layout) -> None:
    began = time.monotonic()
    city = CityFile(layout)
    say(f"starting the city in {layout.home.root}")
    with Supervisor(layout.home, on_change=city.write) as supervisor:
        city.pids = lambda: supervisor.pids
        try:
            _start_servers(layout, supervisor)
            _prepare(layout, supervisor)
            _start_programs(layout, supervisor)
            _load_example(layout, supervisor, city)
        except StopRequestedError:
            say("stopping")
            return
        city.publish(layout.home.city_file)
        (layout.home.root / "starting.json").unlink(missing_ok=True)
        _say_addresses(layout, time.monotonic() - began)
        supervisor.keep_alive(every_seconds=TOKENS_RENEWED_SECONDS, then=city.renew_tokens)
        say("stopping (a second Ctrl-C does not wait for the drain)")
        layout.home.city_file.unlink(missing_ok=True)
    say("stopped")


def _start_servers(layout: Layout, supervisor: Supervisor) -> None:
    if layout.has_own_nats:
        nats = layout.nats_server()
        nats.make()
        supervisor.keep(nats.program())
    if layout.has_own_postgres:
        server = layout.postgres_server()
        if server.place != layout.home.root:
            say(f"  PostgreSQL's data is in {server.place}: started as root, it runs as nobody")
        if not server.is_made:
            with _timed("making the database"):
                server.make()
        supervisor.keep(server.program())
    if forking.is_wanted():
        with _timed("loading the libraries, once for all"):
            forking.preload()
    with _timed(f"NATS on {layout.nats_url}"):
        supervisor.wait_for("NATS", layout.is_nats_answering, seconds_max=SERVER_SECONDS_MAX)
    address = layout.postgres
    with _timed(f"PostgreSQL 18 on {address.host}:{address.port}"):
        supervisor.wait_for("PostgreSQL", address.is_open, seconds_max=SERVER_SECONDS_MAX)


def _prepare(layout: Layout, supervisor: Supervisor) -> None:
    """Roles, databases, tables and streams: each only where what it depends on has changed."""
    path = _stamps(layout) / "prepared.json"
    done = read_json(path) if layout.has_own_postgres and layout.has_own_nats else {}
    accounts = _digest_text(str(sorted(layout.keys.passwords.items())))
    if done.get("accounts") != accounts:
        with _timed("a role and a database for each service"):
            postgres_server.provision(layout.postgres, layout.keys)
    nats = layout.nats_server().identity if layout.has_own_nats else ""
    wanted = {name: nats + _digest_files(digest_sources(name)) for name in SERVICES}
    stale = [name for name in SERVICES if done.get(name) != wanted[name]]
    if stale:
        with _timed(f"tables: {', '.join(stale)}"):
            programs = [layout.service_program(name, "migrate") for name in stale]
            supervisor.run_all(programs, seconds_max=MIGRATE_SECONDS_MAX)
        with _timed("streams"):
            programs = [layout.service_program(name, "streams", as_ops=True) for name in stale]
            supervisor.run_all(programs, seconds_max=MIGRATE_SECONDS_MAX)
    write_json(path, {"accounts": accounts, **wanted})


def _digest_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digest_files(paths: list[Path]) -> str:
    seen = hashlib.sha256()
    for path in paths:
        seen.update(str(path).encode())
        seen.update(path.read_bytes())
    return seen.hexdigest()


def _start_programs(layout: Layout, supervisor: Supervisor) -> None:
    programs: list[Program] = [layout.service_program(name, "serve") for name in SERVICES]
    programs.append(layout.gateway_program("serve"))
    with _timed("five services and the gateway"):
        for program in programs:
            supervisor.keep(program)
        waiting = {name: layout.ports[name] for name in PYTHON_PROGRAMS}

        def all_ready() -> bool:
            for name, port in list(waiting.items()):
                if not is_ready(port):
                    return False
                del waiting[name]
            return True

        try:
            supervisor.wait_for("the city", all_ready, seconds_max=READY_SECONDS_MAX)
        except TroubleError as trouble:
            if "not ready" in str(trouble):
                unready = "; ".join(f"{name}: {readiness(waiting[name])[1]}" for name in waiting)
                raise TroubleError(f"{trouble} ({unready})") from None
            raise


def _load_example(layout: Layout, supervisor: Supervisor, city: CityFile) -> None:
    """The example city, once in the life of a database, through the public doors."""
    if _example_file(layout).exists() or layout.environment.get("YIWANG_EXAMPLE") == "off":
        return
    city.publish(layout.home.root / "starting.json")
    with _timed("the example city"):
        supervisor.run_all([layout.load_program()], seconds_max=EXAMPLE_SECONDS_MAX)
    loaded = layout.home.root / "loaded.json"
    if loaded.exists():
        write_json(_example_file(layout), read_json(loaded))
        loaded.unlink()


def _say_addresses(layout: Layout, seconds: float) -> None:
    say(f"一网已就绪，用时 {seconds:.1f} 秒 (started in {seconds:.1f} s)")
    say(f"  入口 gateway      {layout.gateway_url}")
    for name in SERVICES:
        say(f"  {name:<17} {layout.url(name)}")
    say(f"  NATS              {layout.nats_url}")
    say(f"  PostgreSQL        {layout.postgres.host}:{layout.postgres.port}")
    say(f"  接口文档 API docs  {layout.gateway_url}/docs")
    say(f"  tokens, pids      {layout.home.city_file}")
    say("ready")

"""`python -m localcity <command>`: what the Makefile's targets call."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from localcity import postgres_server, processes, records, tasks
from localcity.home import SERVICES, Home, read_json, write_json
from localcity.keys import ensure_keys
from localcity.layout import Layout
from localcity.trouble import TroubleError, in_one_line


def _up(words: list[str]) -> int:
    home = Home.of_environment()
    if "--detach" in words:
        return _up_detached(home)
    if os.environ.get("YIWANG_DIE_WITH_PARENT") == "on":
        processes.die_with_parent(signal.SIGTERM)
    from localcity.start import up  # noqa: PLC0415  loads what only a start needs

    return up(home, dict(os.environ))


def _up_detached(home: Home) -> int:
    """Start in the background, show its words until `ready`, and leave it running."""
    home.make()
    log = home.open_log("supervisor")
    path = home.log("supervisor")
    begin = path.stat().st_size
    process = subprocess.Popen(
        [sys.executable, "-m", "localcity", "up"],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    os.close(log)
    with path.open() as told:
        told.seek(begin)
        while True:
            ended = process.poll()
            line = told.readline()
            if line:
                print(line, end="", flush=True)
                if line.strip() == "ready":
                    return 0
            elif ended is not None:
                return ended
            else:
                time.sleep(0.05)


def _down(_words: list[str]) -> int:
    home = Home.of_environment()
    if records.stop_supervisor(home):
        print("stopped")
        return 0
    left = records.stop_orphans(home)
    print(f"stopped what was left: {', '.join(left)}" if left else "no city runs here")
    home.city_file.unlink(missing_ok=True)
    return 0


def _status(_words: list[str]) -> int:
    home = Home.of_environment()
    found = records.read_records(home)
    supervisor = found.get("supervisor")
    if supervisor is None or not supervisor.is_alive:
        print(f"no city runs in {home.root}")
        return 1
    address = read_json(home.city_file).get("gateway")
    print(f"the city in {home.root}: {address or 'not ready yet'}")
    for name, record in found.items():
        print(f"  {name:<12} pid {record.pid:<8} {'alive' if record.is_alive else 'gone'}")
    return 0


def _layout() -> Layout:
    home = Home.of_environment()
    ports = read_json(home.root / "ports.json")
    if not ports:
        raise TroubleError(f"no city was started in {home.root} yet; start it: make up")
    return Layout(home, ensure_keys(home), ports)


def _run_module(layout: Layout, service: str, words: list[str]) -> int:
    program = layout.service_program(service, *words)
    return subprocess.run(
        [sys.executable, "-m", *program.words], env=dict(program.environment), check=False
    ).returncode


def _run(words: list[str]) -> int:
    """`run <service> <command> ...`: a service's command with the city's settings."""
    if len(words) < 2 or words[0] not in SERVICES:
        raise TroubleError(f"usage: run <{'|'.join(SERVICES)}> <command> ...")
    return _run_module(_layout(), words[0], words[1:])


def _parked(_words: list[str]) -> int:
    layout = _layout()
    worst = 0
    for service in SERVICES:
        print(f"{service}:", flush=True)
        worst = max(worst, _run_module(layout, service, ["parked"]))
    return worst


def _psql(words: list[str]) -> int:
    """`psql <service>`: a prompt on its database."""
    layout = _layout()
    name = words[0] if words else "workorder"
    program = str(postgres_server.programs(layout.home.database_place()) / "psql")
    os.execv(program, [program, layout.database_url(name), *words[1:]])  # noqa: S606


def _logs(words: list[str]) -> int:
    home = Home.of_environment()
    names = words or ["supervisor", "gateway", *SERVICES]
    paths = [str(home.log(name)) for name in names if home.log(name).exists()]
    if not paths:
        raise TroubleError(f"no log of {', '.join(names)} in {home.logs}")
    os.execvp("tail", ["tail", "-n", "20", "-F", *paths])  # noqa: S606


def _load_example(_words: list[str]) -> int:
    """Called by the supervisor, when the database is empty."""
    from localcity.city import City  # noqa: PLC0415

    city = City.attached(file="starting.json")
    try:
        from localcity.example import load  # noqa: PLC0415
    except ImportError:
        print("no example city to load")
        return 0
    write_json(city.home.root / "loaded.json", load(city) or {})
    return 0


def _example(words: list[str]) -> int:
    """Write, load or feed an example city; `example --help` names the ways."""
    from localcity.example.__main__ import main as example  # noqa: PLC0415

    return example(words)


def _test_servers(_words: list[str]) -> int:
    """A PostgreSQL and a NATS to work against by hand, until Ctrl-C."""
    from localcity.servers import test_servers  # noqa: PLC0415

    with test_servers() as servers:
        print(f"YIWANG_TEST_POSTGRES_URL={servers.postgres_admin_url}")
        print(f"YIWANG_TEST_NATS_URL={servers.nats_ops_url}", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "up": _up,
    "down": _down,
    "status": _status,
    "run": _run,
    "parked": _parked,
    "psql": _psql,
    "logs": _logs,
    "load-example": _load_example,
    "example": _example,
    "test-servers": _test_servers,
    "demo": tasks.demo,
    "test": tasks.test,
    "check": tasks.check,
    "format": tasks.format_all,
    "contracts": tasks.contracts,
    "contracts-check": tasks.contracts_check,
    "bench": tasks.bench,
    "bench-year": tasks.bench_year,
    "triage": tasks.triage,
    "ready": lambda _words: 0,
}


def main(words: list[str]) -> int:
    command = COMMANDS.get(words[0]) if words else None
    if command is None:
        print(f"usage: python -m localcity <{'|'.join(COMMANDS)}>", file=sys.stderr)
        return 2
    try:
        return command(words[1:])
    except TroubleError as trouble:
        print(f"yiwang: {trouble}", file=sys.stderr, flush=True)
    except OSError as error:
        print(f"yiwang: {in_one_line(error)}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

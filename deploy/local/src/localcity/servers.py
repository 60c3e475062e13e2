"""A PostgreSQL and a NATS for the tests: private, on free ports, in a temporary folder, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localcity import processes
from localcity.home import SERVICES
from localcity.keys import NATS_OPS_USER
from localcity.nats_server import NatsServer, NatsUser
from localcity.ports import free_port
from localcity.postgres_server import PostgresServer
from localcity.processes import Program
from localcity.trouble import TroubleError

PASSWORD = "test"  # noqa: S105  of servers that live for one test run and listen on this machine only
READY_SECONDS_MAX = 60.0


@dataclass(frozen=True)
class TestServers:
    """Where they are. Passwords are all the same, because nothing in them outlives the run."""

    __test__ = False

    postgres_admin_url: str
    nats_url: str
    """Without credentials; `nats_users` has them."""
    nats_users: dict[str, str]
    """Password by user: `ops` and one for each service."""

    @property
    def nats_ops_url(self) -> str:
        ops = self.nats_users[NATS_OPS_USER]
        return self.nats_url.replace("nats://", f"nats://{NATS_OPS_USER}:{ops}@")


def _reachable_folder() -> Path:
    """A temporary folder that the user nobody can go down to: PostgreSQL refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="yiwang-test-", dir="/var/tmp"))
    folder.chmod(0o711)
    return folder


@contextmanager
def test_servers() -> Iterator[TestServers]:
    """Both servers, ready. Nothing is forced to disk: a database is made for nearly every test, and no test here
    pulls the plug (a killed process loses nothing that the kernel holds). The cities of tests/faults keep fsync on.
    """
    folder = _reachable_folder()
    started: list[tuple[Program, subprocess.Popen[bytes]]] = []
    try:
        first = free_port()
        postgres = PostgresServer(
            place=folder,
            port=first,
            password=PASSWORD,
            settings={
                "fsync": "off",
                "full_page_writes": "off",
                "synchronous_commit": "off",
                "shared_buffers": "64MB",
            },
        )
        users = [NatsUser(NATS_OPS_USER, PASSWORD)]
        users += [NatsUser(name, PASSWORD, name) for name in SERVICES]
        nats = NatsServer(folder=folder / "nats", port=free_port({first}), users=users)
        nats.make()
        started.append((nats.program(), _spawn(nats.program(), folder)))
        postgres.make()
        started.append((postgres.program(), _spawn(postgres.program(), folder)))
        _wait(nats.is_answering, started, folder)
        _wait(postgres.address.is_open, started, folder)
        yield TestServers(
            postgres.address.url, nats.url, {user.name: user.password for user in users}
        )
    finally:
        for program, process in reversed(started):
            _stop(program, process)
        shutil.rmtree(folder, ignore_errors=True)


test_servers.__dict__["__test__"] = False  # pytest collects by name


def _spawn(program: Program, folder: Path) -> subprocess.Popen[bytes]:
    log = os.open(folder / f"{program.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        return processes.spawn(program, log)
    finally:
        os.close(log)


def _wait(
    is_ready: Callable[[], bool],
    started: list[tuple[Program, subprocess.Popen[bytes]]],
    folder: Path,
) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not is_ready():
        for program, process in started:
            if process.poll() is not None:
                told = (folder / f"{program.name}.log").read_text().strip().splitlines()
                raise TroubleError(
                    f"{program.name} did not start: {told[-1] if told else 'no output'}"
                )
        if time.monotonic() > deadline:
            raise TroubleError(f"the test servers are not ready after {READY_SECONDS_MAX:.0f} s")
        time.sleep(0.02)


def _stop(program: Program, process: subprocess.Popen[bytes]) -> None:
    process.send_signal(program.stop_signal)
    try:
        process.wait(program.stop_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

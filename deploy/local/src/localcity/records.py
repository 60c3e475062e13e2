"""What is running, on disk: so that `down`, `status` and the next `up` find it, and never touch what is not ours."""

import os
import signal
import time
from dataclasses import dataclass
from typing import Any

from localcity.home import SERVICES, Home, read_json, write_json
from localcity.processes import is_same, send, ticks_of

STOP_ORDER = ("gateway", *SERVICES, "nats", "postgres")
ORPHAN_SECONDS = 12.0
SUPERVISOR_SECONDS = 60.0


@dataclass(frozen=True)
class Record:
    """One process: the pid names it only together with the moment it started."""

    name: str
    pid: int
    ticks: str | None

    @property
    def is_alive(self) -> bool:
        return is_same(self.pid, self.ticks)


def write_records(home: Home, pids: dict[str, int]) -> None:
    found = {
        name: {"pid": pid, "ticks": ticks_of(pid)}
        for name, pid in {"supervisor": os.getpid(), **pids}.items()
    }
    write_json(home.supervisor_file, found)


def read_records(home: Home) -> dict[str, Record]:
    found: dict[str, Any] = read_json(home.supervisor_file)
    return {
        name: Record(name, int(entry["pid"]), entry.get("ticks"))
        for name, entry in found.items()
        if isinstance(entry, dict) and "pid" in entry
    }


def _wait_gone(record: Record, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while record.is_alive:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def stop_supervisor(home: Home) -> bool:
    """Ask the running supervisor to stop its city, and wait; False when there is none."""
    record = read_records(home).get("supervisor")
    if record is None or not record.is_alive:
        return False
    send(record.pid, signal.SIGTERM)
    if not _wait_gone(record, SUPERVISOR_SECONDS):
        send(record.pid, signal.SIGKILL)
    return True


def stop_orphans(home: Home) -> list[str]:
    """End what a supervisor that died left behind; the names of what was found."""
    records = read_records(home)
    records.pop("supervisor", None)
    order = [name for name in STOP_ORDER if name in records]
    order += [name for name in records if name not in order]
    stopped = []
    for name in order:
        record = records[name]
        if not record.is_alive:
            continue
        stopped.append(name)
        send(record.pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        if not _wait_gone(record, ORPHAN_SECONDS):
            send(record.pid, signal.SIGKILL)
            _wait_gone(record, ORPHAN_SECONDS)
    return stopped

"""What the measurements stand on: cities of their own, helper processes, the load generator, and waiting for quiet."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import nats
from nats.js.errors import NotFoundError as StreamNotFoundError

from chassis.bus import stream_name
from localcity.city import City
from localcity.ports import free_port

HERE = Path(__file__).parent
STARTED_SECONDS_MAX = 30.0
WRONG_SHARE_MAX = 0.001
"""Of answers that are not 2xx; named when there are any. Two random order numbers of a day can meet: a 409."""
QUIET_SECONDS_MAX = 120.0
QUIET_EVERY_SECONDS = 0.1


class BenchError(Exception):
    """A measurement could not be made: what came back is not what was to be measured."""


@dataclass
class Stage:
    """Cities that live as long as the bench; each is started when first asked for."""

    is_quick: bool
    _cities: dict[str, City] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Of one round."""
        return 1.5 if self.is_quick else 4.0

    @property
    def rounds(self) -> int:
        return 1 if self.is_quick else 3

    def city(self, name: str, env: Mapping[str, str] | None = None) -> City:
        """The running city of this name, started if it is not there."""
        if name not in self._cities:
            began = time.monotonic()
            city = new_city(name, env)
            self._cities[name] = city
            city.start()
            say(f"a city to measure on ({name}): {time.monotonic() - began:.1f} s")
        return self._cities[name]

    def keep(self, name: str, city: City) -> None:
        """Hand over a city that a measurement has started itself."""
        self._cities[name] = city

    def close(self) -> None:
        """Stop the cities and remove what they kept."""
        for city in self._cities.values():
            remove_city(city)
        self._cities.clear()


def new_city(name: str, env: Mapping[str, str] | None = None) -> City:
    """A city in a folder of its own, not yet started."""
    home = Path(tempfile.mkdtemp(prefix=f"yiwang-bench-{name}-"))
    home.chmod(0o711)
    return City(home=home, env={"YIWANG_EXAMPLE": "off", **(env or {})})


def remove_city(city: City) -> None:
    city.stop()
    place = city.home.database_place()
    shutil.rmtree(city.home.root, ignore_errors=True)
    shutil.rmtree(place, ignore_errors=True)


def say(text: str) -> None:
    print(f"    ({text})", flush=True)


@contextmanager
def program(*words: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A helper process for the length of the block. The first word is a file of this folder, or `-m`."""
    command = [str(HERE / words[0]) if words[0].endswith(".py") else words[0], *words[1:]]
    process = subprocess.Popen(
        [sys.executable, *command], env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def port_for_program(taken: set[int]) -> int:
    port = free_port(taken)
    taken.add(port)
    return port


def wait_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until somebody takes connections there; raises BenchError when the process ends instead."""
    deadline = time.monotonic() + STARTED_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchError(f"nobody listens on {port}")


@dataclass(frozen=True, kw_only=True)
class Load:
    """A plan for the load generator; `address` is http://host:port."""

    address: str
    script: str
    arguments: dict[str, Any]
    connections: int

    def run(self, seconds: float) -> dict[str, Any]:
        """Drive it; raises BenchError when more than WRONG_SHARE_MAX of the answers were not 2xx."""
        parts = urlsplit(self.address)
        plan = {
            "host": parts.hostname,
            "port": parts.port,
            "connections": self.connections,
            "seconds": seconds,
            "script": self.script,
            "arguments": {
                "host": parts.netloc,
                "seed": time.monotonic_ns() % 1_000_003,
                **self.arguments,
            },
        }
        done = subprocess.run(
            [sys.executable, str(HERE / "loadgen.py")],
            input=json.dumps(plan),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"the load generator failed: {done.stderr.strip()[-500:]}")
        outcome: dict[str, Any] = json.loads(done.stdout)
        right = sum(int(each["count"]) for each in outcome["calls"].values())
        wrong = sum(outcome["wrong"].values())
        if wrong > WRONG_SHARE_MAX * right:
            raise BenchError(f"not every answer was right: {outcome['wrong']} {outcome['sample']}")
        if wrong:
            say(f"{outcome['wrong']} among {right} right answers: {outcome['sample']}")
        return outcome


async def execute(url: str, *statements: str) -> None:
    """Run statements one after the other on a connection of their own, without a time limit."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def wait_quiet(city: City, owner: str) -> float:
    """Until every fact of this owner is published and handled by all who hear it; returns the seconds it took."""
    began = time.monotonic()
    database = await asyncpg.connect(city.database_url(owner))
    client = await nats.connect(city.nats)
    try:
        while await _is_behind(database, client, owner):
            if time.monotonic() - began > QUIET_SECONDS_MAX:
                raise BenchError(f"facts of {owner} are still on their way after a long wait")
            await asyncio.sleep(QUIET_EVERY_SECONDS)
    finally:
        await client.close()
        await database.close()
    return time.monotonic() - began


async def _is_behind(database: asyncpg.Connection, client: Any, owner: str) -> bool:
    if await database.fetchval("SELECT EXISTS (SELECT 1 FROM outbox WHERE published_at IS NULL)"):
        return True
    js = client.jetstream()
    try:
        consumers = await js.consumers_info(stream_name(owner))
    except StreamNotFoundError:
        return False
    return any(each.num_pending or each.num_ack_pending for each in consumers)

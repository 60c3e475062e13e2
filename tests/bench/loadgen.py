"""The load generator: keep-alive HTTP/1.1 connections, each in a closed loop. It runs as a process of its own.

    python tests/bench/loadgen.py < plan.json > outcome.json

A connection follows a script: a generator that yields (name of the call, bytes of the request) and is sent
(status, body) of the answer. So each request can have a key of its own, and one call can use another's answer.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import httptools
import scripts
import uvloop
import year_scripts  # noqa: F401  adds its scripts to the others

Script = Generator[tuple[str, bytes], tuple[int, bytes], None]
DRAIN_SECONDS = 10.0
"""How long the last answers are waited for; they are not counted."""
SAMPLE_BYTES = 500
NOT_MODIFIED = 304


@dataclass
class Tally:
    """What all connections saw. Only answers that came before the end count."""

    latencies: dict[str, list[float]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    sample: str = ""

    def note(self, name: str, status: int, body: bytes, seconds: float) -> None:
        if 200 <= status < 300 or status == NOT_MODIFIED:
            self.latencies.setdefault(name, []).append(seconds)
            return
        self.note_wrong(f"{name} {status}", body)

    def note_wrong(self, what: str, body: bytes = b"") -> None:
        self.wrong[what] += 1
        if not self.sample:
            self.sample = f"{what}: {body[:SAMPLE_BYTES].decode(errors='replace')}"


class Connection(asyncio.Protocol):
    """One connection; asks, waits for the whole answer, asks again."""

    def __init__(self, script: Script, tally: Tally, ends_at: float) -> None:
        self._script = script
        self._tally = tally
        self._ends_at = ends_at
        self._name = ""
        self._asked_at = 0.0
        self._body: list[bytes] = []
        self._transport: asyncio.WriteTransport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._ask(*next(self._script))

    def _ask(self, name: str, request: bytes) -> None:
        assert self._transport is not None
        self._name = name
        self._body = []
        self._asked_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        if now > self._ends_at:
            self._finish()
            return
        status, body = self._parser.get_status_code(), b"".join(self._body)
        self._tally.note(self._name, status, body, now - self._asked_at)
        try:
            following = self._script.send((status, body))
        except StopIteration:
            self._finish()
            return
        except scripts.WrongAnswerError as error:
            self._tally.note_wrong(str(error), body)
            self._finish()
            return
        self._ask(*following)

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self._tally.note_wrong("connection lost")
            self.done.set_result(None)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        assert self._transport is not None
        self._transport.close()


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Drive the plan's target for its seconds, or until every script has ended; returns rates, latencies, what went wrong."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    began = time.perf_counter()
    ends_at = began + plan["seconds"]
    connections = []
    for number in range(plan["connections"]):
        script = scripts.make(plan["script"], number=number, **plan["arguments"])
        _, connection = await loop.create_connection(
            partial(Connection, script, tally, ends_at), plan["host"], plan["port"]
        )
        connections.append(connection)
    waiting = [connection.done for connection in connections]
    await asyncio.wait(waiting, timeout=plan["seconds"] + DRAIN_SECONDS)
    unanswered = sum(not each.done() for each in waiting)
    if unanswered:
        tally.wrong["no answer"] += unanswered
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": plan["seconds"],
        "took": time.perf_counter() - began,
        "calls": {name: _summary(seen, plan["seconds"]) for name, seen in tally.latencies.items()},
        "wrong": dict(tally.wrong),
        "sample": tally.sample,
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }


def _summary(latencies: list[float], seconds: float) -> dict[str, float]:
    ordered = sorted(latencies)

    def at(share: float) -> float:
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return {
        "count": len(ordered),
        "rate": len(ordered) / seconds,
        "p50_ms": at(0.50),
        "p90_ms": at(0.90),
        "p99_ms": at(0.99),
        "max_ms": 1000 * ordered[-1],
    }


if __name__ == "__main__":
    json.dump(uvloop.run(run(json.load(sys.stdin))), sys.stdout)

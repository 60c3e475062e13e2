"""The gateway alone before a bare upstream: what it adds, and how fast it forwards."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from machine import Cpu, CpuReading
from report import Line, Report, median, rounds
from stage import Load, Stage, port_for_program, program, wait_listening

from localcity.example.people import principals
from localcity.home import Home
from localcity.keys import ensure_keys
from localcity.tokens import mint_token

PATH = "/evaluation/v1/rules"
CONNECTIONS = 32
ADDS_MS_MAX = 2.0
RATE_MIN = 2000.0
SHARE_MIN = 1 / 3


@dataclass(frozen=True)
class Doors:
    """Three ways to the same upstream."""

    direct: str
    gateway: str
    forwarder: str
    token: str
    pids: dict[str, int]

    def load(self, door: str, connections: int) -> Load:
        arguments = {"path": PATH, "token": self.token}
        return Load(address=door, script="get", arguments=arguments, connections=connections)


@contextmanager
def open_doors() -> Iterator[Doors]:
    """Upstream, bare forwarder and gateway, each a process, the gateway with keys of its own."""
    taken: set[int] = set()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="yiwang-bench-")))
        home = Home(folder)
        home.make()
        keys = ensure_keys(home)
        up, bare, door = (port_for_program(taken) for _ in range(3))
        upstream, public = f"http://127.0.0.1:{up}", f"http://127.0.0.1:{door}"
        pids = {}
        for name, port, words, env in (
            ("upstream", up, ("upstream.py", str(up)), {}),
            ("bare forwarder", bare, ("bare_forwarder.py", str(bare), upstream), {}),
            (
                "gateway",
                door,
                ("-m", "gateway", "serve"),
                {
                    "YIWANG_ENVIRONMENT": "local",
                    "YIWANG_LOG_LEVEL": "WARNING",
                    "YIWANG_PORT": str(door),
                    "YIWANG_PUBLIC_URL": public,
                    "YIWANG_UPSTREAMS": json.dumps({"evaluation": upstream}),
                    "YIWANG_INTERNAL_KEY_FILE": str(keys.internal_key_file),
                    "YIWANG_LOCAL_ISSUER": "on",
                    "YIWANG_LOCAL_ISSUER_KEY_FILE": str(keys.local_issuer_key_file),
                },
            ),
        ):
            process = stack.enter_context(program(*words, env=env))
            wait_listening(port, process)
            pids[name] = process.pid
        token = mint_token(keys.local_issuer_key_file, public, principals()["hotline_agent"])
        yield Doors(upstream, public, f"http://127.0.0.1:{bare}", token, pids)


def measure(stage: Stage, report: Report) -> None:
    with open_doors() as doors:
        for door in (doors.direct, doors.gateway, doors.forwarder):
            doors.load(door, CONNECTIONS).run(1.0)
        _measure_added(doors, stage, report)
        _measure_rate(doors, stage, report)


def _measure_added(doors: Doors, stage: Stage, report: Report) -> None:
    through, direct = [], []
    for _ in range(stage.rounds):
        direct.append(doors.load(doors.direct, 1).run(stage.seconds / 2)["calls"]["get"]["p50_ms"])
        through.append(
            doors.load(doors.gateway, 1).run(stage.seconds / 2)["calls"]["get"]["p50_ms"]
        )
    added = median(through) - median(direct)
    report.add(
        Line(
            name="gateway adds at p50, low load",
            ours=f"{median(through):.2f} ms",
            reference=f"{median(direct):.2f} ms",
            ratio=None,
            level=f"<= {ADDS_MS_MAX:.0f} ms more",
            is_met=added <= ADDS_MS_MAX,
            method=f"one connection, GET with a staff token, 200-byte answer; through the gateway and straight to the "
            f"upstream in turn; median of {len(through)} rounds {rounds(through, '{:.2f}')} {rounds(direct, '{:.2f}')}",
            bound=f"adds {added:.2f} ms",
            details={"added_ms": added, "through_ms": through, "direct_ms": direct},
        )
    )


def _measure_rate(doors: Doors, stage: Stage, report: Report) -> None:
    ours, bare, p99 = [], [], []
    used, binds = "", ""
    behind = {name: pid for name, pid in doors.pids.items() if name != "bare forwarder"}
    for _ in range(stage.rounds):
        before = CpuReading.of(behind)
        outcome = doors.load(doors.gateway, CONNECTIONS).run(stage.seconds)
        cpu = Cpu.between(
            before, CpuReading.of(behind), seconds=stage.seconds, load=outcome["cpu_seconds"]
        )
        calls = outcome["calls"]["get"]
        used, binds = cpu.line(calls["count"]), cpu.binds()
        ours.append(calls["rate"])
        p99.append(calls["p99_ms"])
        bare.append(
            doors.load(doors.forwarder, CONNECTIONS).run(stage.seconds)["calls"]["get"]["rate"]
        )
    rate, reference = median(ours), median(bare)
    how = f"{CONNECTIONS} connections, rounds in turn {rounds(ours)} {rounds(bare)}, p99 {median(p99):.0f} ms"
    details = {"gateway": ours, "bare_forwarder": bare, "p99_ms": p99}
    report.add(
        Line(
            name="gateway forwards",
            ours=f"{rate:.0f} /s",
            level=f">= {RATE_MIN:.0f} /s",
            is_met=rate >= RATE_MIN,
            method=f"{how}; token checked, internal token sent on, limits counted",
            bound=used,
            details=details,
        )
    )
    report.add(
        Line(
            name="gateway against a bare forwarder",
            ours=f"{rate:.0f} /s",
            reference=f"{reference:.0f} /s",
            ratio=rate / reference,
            level=f">= {SHARE_MIN:.2f}",
            is_met=rate >= SHARE_MIN * reference,
            method="the same run; the reference is aiohttp under uvicorn that passes everything and checks nothing",
            bound=binds,
            details=details,
        )
    )

"""How long a built city takes to be ready, and what all of it weighs when nobody asks anything of it."""

import time

from machine import command, pss_mib, sum_by, tree
from report import Line, Report, median, rounds
from stage import Stage, new_city, say

from localcity.city import City

READY_SECONDS_MAX = 8.0
PSS_MIB_MAX = 900.0
SETTLE_SECONDS = 20.0
SETTLE_SECONDS_QUICK = 5.0


def measure(stage: Stage, report: Report) -> None:
    # With the example city in it, as `make up` has it.
    city = new_city("main", {"YIWANG_EXAMPLE": "on"})
    stage.keep("main", city)
    first = _start(city)
    say(f"built and ready the first time in {first:.1f} s")
    again = []
    for _ in range(1 if stage.is_quick else 2):
        city.stop()
        again.append(_start(city))
    report.add(
        Line(
            name="a built city is ready",
            ours=f"{median(again):.1f} s",
            reference=f"first {first:.1f} s",
            level=f"<= {READY_SECONDS_MAX:.0f} s",
            is_met=median(again) <= READY_SECONDS_MAX,
            method=f"from starting the supervisor to `ready`, in a home that was built before: {rounds(again, '{:.1f}')}; "
            "the first start makes the database, migrates and loads the example",
            bound=_slow_steps(city),
            details={"again_seconds": again, "first_seconds": first},
        )
    )
    time.sleep(SETTLE_SECONDS_QUICK if stage.is_quick else SETTLE_SECONDS)
    _weigh(city, report)


def _start(city: City) -> float:
    began = time.monotonic()
    city.start()
    return time.monotonic() - began


def _slow_steps(city: City) -> str:
    """The supervisor's own account of the last start."""
    lines = city.home.log("supervisor").read_text().splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("starting the city"))
    steps = [" ".join(line.split()) for line in lines[last:] if line.endswith(" s")]
    return ", ".join(steps)


def _weigh(city: City, report: Report) -> None:
    names = {pid: name for name, pid in city.description["pids"].items()}
    postgres = set(tree(city.pid("postgres")))
    pids = tree(city.pid("supervisor"))
    weights = sum_by(
        ("postgres" if pid in postgres else names.get(pid, command(pid)), pss_mib(pid))
        for pid in pids
    )
    total = sum(weights.values())
    shown = ", ".join(
        f"{name} {weight:.0f}"
        for name, weight in sorted(weights.items(), key=lambda each: -each[1])
    )
    report.add(
        Line(
            name="memory of the whole city, idle",
            ours=f"{total:.0f} MiB",
            level=f"<= {PSS_MIB_MAX:.0f} MiB",
            is_met=total <= PSS_MIB_MAX,
            method=f"PSS of the supervisor and everything below it ({len(pids)} processes, {len(postgres)} of PostgreSQL), "
            f"{SETTLE_SECONDS:.0f} s after `ready`, with the example city in it",
            bound=f"MiB: {shown}",
            details={"mib": weights},
        )
    )

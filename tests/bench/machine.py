"""What the machine tells of processes: their CPU time and their share of memory. Linux's /proc, nothing else."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, of all its threads, and of the children it has already buried; 0 when it is gone."""
    fields = _stat(pid)
    if fields is None:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def tree(pid: int) -> list[int]:
    """This process and all below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def pss_mib(pid: int) -> float:
    """Proportional set size: private pages, and of shared ones this process's part. 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "gone"


@dataclass(frozen=True)
class CpuReading:
    """CPU seconds by name at one moment; a name is a process with all below it."""

    seconds: dict[str, float]

    @classmethod
    def of(cls, roots: dict[str, int]) -> "CpuReading":
        return cls({name: sum(map(cpu_seconds, tree(pid))) for name, pid in roots.items()})

    def since(self, before: "CpuReading") -> dict[str, float]:
        return {name: used - before.seconds[name] for name, used in self.seconds.items()}


def cpu_line(used: dict[str, float], *, seconds: float, requests: int) -> str:
    """CPU time a request by process, how much of a core each had, and what of the machine that is."""
    parts = [
        f"{name} {1e6 * spent / max(1, requests):.0f} us ({spent / seconds:.2f} core)"
        for name, spent in used.items()
    ]
    total = sum(used.values())
    return f"{', '.join(parts)}; {total / seconds:.2f} of {CORES} cores"


def what_binds(used: dict[str, float], *, seconds: float) -> str:
    """The one that had a whole core, else the machine, else waiting (disk, round trips)."""
    name, most = max(used.items(), key=lambda pair: pair[1])
    total = sum(used.values())
    if most / seconds > 0.9 and name not in {"postgres", "nats"}:
        return f"bound by {name}: one process on a full core"
    if total / seconds > 0.85 * CORES:
        shares = sorted(used.items(), key=lambda pair: -pair[1])
        dearest = ", ".join(f"{name} {100 * spent / total:.0f} %" for name, spent in shares[:3])
        return f"bound by the machine's {CORES} cores ({dearest})"
    return "not bound by CPU: waiting for disk and round trips"


def sum_by(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for name, value in values:
        totals[name] = totals.get(name, 0.0) + value
    return totals

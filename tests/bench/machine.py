"""What the machine tells of processes: their CPU time and their share of memory. Linux's /proc, nothing else."""

import os
import time
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


def busy_seconds() -> float:
    """CPU time of everything on the machine since it started; waiting for the disk is not busy."""
    user, nice, system, _, _, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / TICKS


@dataclass(frozen=True)
class CpuReading:
    """CPU seconds by name at one moment; a name is a process with all below it."""

    seconds: dict[str, float]
    machine: float
    at: float

    @classmethod
    def of(cls, roots: dict[str, int]) -> "CpuReading":
        seconds = {name: sum(map(cpu_seconds, tree(pid))) for name, pid in roots.items()}
        return cls(seconds, busy_seconds(), time.monotonic())


@dataclass(frozen=True)
class Cpu:
    """What was used between two readings, over the seconds of a round."""

    used: dict[str, float]
    seconds: float
    others: float
    """How many cores the rest of the machine had meanwhile; on a quiet one next to nothing."""

    @classmethod
    def between(
        cls, before: CpuReading, after: CpuReading, *, seconds: float, load: float = 0.0
    ) -> "Cpu":
        """`load`: what the load generator used, which had ended before the second reading."""
        used = {name: after.seconds[name] - spent for name, spent in before.seconds.items()}
        if load:
            used["load"] = load
        rest = after.machine - before.machine - sum(used.values())
        return cls(used, seconds, max(0.0, rest / (after.at - before.at)))

    def line(self, requests: int) -> str:
        """CPU time a request by process, how much of a core each had, and what binds."""
        parts = [
            f"{name} {1e6 * spent / max(1, requests):.0f} us ({spent / self.seconds:.2f} core)"
            for name, spent in self.used.items()
            if spent / self.seconds >= 0.01
        ]
        return f"{', '.join(parts)}; {self.binds()}"

    def binds(self) -> str:
        """The one that had a whole core, else the machine, else waiting (disk, round trips)."""
        name, most = max(self.used.items(), key=lambda pair: pair[1])
        ours = sum(self.used.values()) / self.seconds
        had = f"{ours:.2f} of {CORES} cores"
        if self.others > 0.2:
            had += f", {self.others:.2f} used by others"
        if most / self.seconds > 0.9 and name not in {"postgres", "nats"}:
            return f"{had}: bound by {name}, one process on a full core"
        if ours + self.others > 0.85 * CORES:
            return f"{had}: bound by the machine's cores"
        return f"{had}: bound by no core but by waiting, for the disk and for each other"


def sum_by(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for name, value in values:
        totals[name] = totals.get(name, 0.0) + value
    return totals

"""Lines of the table, as they are printed and kept."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(kw_only=True)
class Line:
    """One measurement against its level. `ours` and `reference` are words with their units."""

    name: str
    ours: str
    reference: str = "-"
    ratio: float | None = None
    level: str
    is_met: bool
    method: str
    bound: str = ""
    """What each process used and what binds; always kept, printed large when the level is missed."""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """Prints each line as soon as it is known; keeps all in one JSON file."""

    path: Path
    about: dict[str, Any]
    lines: list[Line] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    def head(self) -> None:
        print("".join(f"{key}: {value}\n" for key, value in self.about.items()))
        print(f"{'measurement':<34} {'ours':>18} {'reference':>18} {'RATIO':>6}  {'level':<16} ")

    def add(self, line: Line) -> None:
        self.lines.append(line)
        ratio = "-" if line.ratio is None else f"{line.ratio:.2f}"
        verdict = "met" if line.is_met else "MISSED"
        print(
            f"{line.name:<34} {line.ours:>18} {line.reference:>18} {ratio:>6}  {line.level:<16} {verdict}"
        )
        print(f"    method: {line.method}")
        if line.bound:
            print(f"    {'used' if line.is_met else 'MISSED, what binds'}: {line.bound}")
        print(flush=True)
        self.write()

    def fail(self, name: str, why: str) -> None:
        self.failures[name] = why
        print(f"{name:<34} the measurement failed: {why}\n", flush=True)
        self.write()

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = {
            "about": self.about,
            "lines": [asdict(line) for line in self.lines],
            "failures": self.failures,
        }
        self.path.write_text(json.dumps(kept, ensure_ascii=False, indent=1, default=str) + "\n")


def median(values: list[float]) -> float:
    return float(statistics.median(values))


def rounds(values: list[float], form: str = "{:.0f}") -> str:
    """Every round, so that a reader sees how far they lie apart."""
    return "[" + " ".join(form.format(value) for value in values) + "]"

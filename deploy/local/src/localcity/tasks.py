"""What the Makefile's targets for changing the code run: tests, checks, generated files, measurements."""

import os
import subprocess
import sys
import time
from pathlib import Path

from localcity.home import REPOSITORY
from localcity.trouble import TroubleError

BIN = Path(sys.prefix) / "bin"
GENERATOR = "contracts/generate.py"
SOURCES = (
    "chassis/src",
    "contracts/src",
    "gateway/src",
    "svc-catalog/src",
    "svc-workorder/src",
    "svc-certificate/src",
    "svc-evaluation/src",
    "svc-datashare/src",
    "deploy/local/src",
    "deploy/local/bootstrap.py",
)


def _run(*words: str | Path) -> int:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("YIWANG_")}
    return subprocess.run(
        [str(word) for word in words], cwd=REPOSITORY, env=environment, check=False
    ).returncode


CITY_TESTS = ("deploy/local/tests", "tests/faults", "tests/journeys")
"""Tests that start, stop or kill whole cities."""
TEST_WORKERS_MAX = 4


def test(words: list[str]) -> int:
    """The whole suite, or what T= names, with the slowest tests' times.

    Tests of one house each go side by side, file by file, every worker on servers of its own; what runs a whole city
    comes after them, alone on the machine.
    """
    pytest = (sys.executable, "-m", "pytest")
    if words:
        return _run(*pytest, *words)
    workers = str(min(os.cpu_count() or 1, TEST_WORKERS_MAX))
    apart = [f"--ignore={folder}" for folder in CITY_TESTS]
    in_houses = _run(*pytest, "--durations=15", "-n", workers, "--dist=loadfile", *apart)
    return max(in_houses, _run(*pytest, "--durations=15", *CITY_TESTS))


def _checks() -> list[tuple[str, list[str | Path]]]:
    folders = [folder for folder in SOURCES if (REPOSITORY / folder).exists()]
    steps: list[tuple[str, list[str | Path]]] = [
        ("format", [BIN / "ruff", "format", "--check", "."]),
        ("lint", [BIN / "ruff", "check", "."]),
        ("types", [BIN / "mypy", *folders]),
        ("architecture", [BIN / "lint-imports"]),
        ("contracts", [sys.executable, GENERATOR, "--check"]),
    ]
    if (REPOSITORY / "tests" / "house").is_dir():
        steps.append(("house rules", [sys.executable, "-m", "pytest", "-q", "tests/house"]))
    return steps


def check(_words: list[str]) -> int:
    """Every check, even after one failed; what failed is named at the end."""
    failed = []
    for name, words in _checks():
        began = time.monotonic()
        print(f"--- {name}", flush=True)
        if _run(*words) != 0:
            failed.append(name)
        print(f"--- {name}: {time.monotonic() - began:.1f} s", flush=True)
    if failed:
        raise TroubleError(f"check failed: {', '.join(failed)}")
    print("all checks passed")
    return 0


def format_all(_words: list[str]) -> int:
    worst = _run(BIN / "ruff", "check", "--fix", ".")
    return max(worst, _run(BIN / "ruff", "format", "."))


def contracts(_words: list[str]) -> int:
    return _run(sys.executable, GENERATOR)


def contracts_check(_words: list[str]) -> int:
    return _run(sys.executable, GENERATOR, "--check")


def bench(words: list[str]) -> int:
    return _run(sys.executable, REPOSITORY / "tests" / "bench", *words)


def bench_year(words: list[str]) -> int:
    """A share of a city's year on the hotline, from the first call to the last rating."""
    return _run(sys.executable, REPOSITORY / "tests" / "bench" / "bench_year.py", *words)


def triage(words: list[str]) -> int:
    """`triage <train|evaluate> DATA MODEL`: learn the triage of messages from rows, or hold a model against them."""
    if len(words) != 3 or not words[1] or not words[2]:
        raise TroubleError("name both files: make triage-train DATA=rows.csv MODEL=triage.zip")
    return _run(sys.executable, "-m", "workorder.triage", *words)


def demo(words: list[str]) -> int:
    """J1 against the running city: localcity/demo.py tells it."""
    environment = dict(os.environ)
    words = [sys.executable, "-m", "localcity.demo", *words]
    return subprocess.run(words, env=environment, check=False).returncode

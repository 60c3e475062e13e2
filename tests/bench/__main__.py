"""`make bench`: measure side by side in one run, print ratios with their method; judge nothing.

    python tests/bench [--only gateway,write,commit,relay,lifecycle,startup,catalog] [--quick] [--json var/bench.json]

Ends with 0 whether or not a level is met, with 1 when a measurement itself failed. What each does: README.md.
"""

import argparse
import logging
import os
import platform
import sys
import time
import traceback
from pathlib import Path

import measure_alarms
import measure_catalog
import measure_commit
import measure_gateway
import measure_ledgers
import measure_lifecycle
import measure_relay
import measure_startup
import measure_tasks
import measure_write
import structlog
from machine import CORES
from report import Report
from stage import Stage

from localcity.home import Home

MEASUREMENTS = {
    "gateway": measure_gateway.measure,
    "startup": measure_startup.measure,
    "write": measure_write.measure,
    "commit": measure_commit.measure,
    "relay": measure_relay.measure,
    "lifecycle": measure_lifecycle.measure,
    "catalog": measure_catalog.measure,
    "ledgers": measure_ledgers.measure,
    "tasks": measure_tasks.measure,
    "alarms": measure_alarms.measure,
}
"""In this order: the idle city is weighed before it is written to, and the millions of rows come last."""


def main(words: list[str]) -> int:
    options = _options(words)
    # What the chassis logs in this process (connections opened and closed) is no part of the table.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    report = Report(Path(options.json), _about(options))
    report.head()
    stage = Stage(is_quick=options.quick)
    began = time.monotonic()
    try:
        for name in options.only:
            _measure(name, stage, report)
    finally:
        stage.close()
    met = sum(line.is_met for line in report.lines)
    report.about["took"] = f"{time.monotonic() - began:.0f} s"
    report.write()
    print(
        f"{met} of {len(report.lines)} levels met, {report.about['took']}; all of it: {report.path}"
    )
    return 1 if report.failures else 0


def _measure(name: str, stage: Stage, report: Report) -> None:
    try:
        MEASUREMENTS[name](stage, report)
    except Exception as error:  # noqa: BLE001  one that fails must not keep the others from being made
        traceback.print_exc()
        report.fail(name, f"{type(error).__name__}: {error}")


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="names, with commas")
    parser.add_argument("--quick", action="store_true", help="short rounds, small books: a try-out")
    parser.add_argument("--json", default=str(Home.of_environment().root / "bench.json"))
    options = parser.parse_args(words)
    asked = options.only.split(",")
    unknown = sorted(set(asked) - set(MEASUREMENTS))
    if unknown:
        parser.error(
            f"no such measurement: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}"
        )
    options.only = [name for name in MEASUREMENTS if name in asked]
    return options


def _about(options: argparse.Namespace) -> dict[str, str]:
    load = os.getloadavg()[0]
    about = {
        "machine": f"{CORES} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}",
        "load before": f"{load:.2f}"
        + ("  (others are at work: do not trust these)" if load > 0.7 else ""),
        "rounds": "A B A B in one run, medians; the load generator shares the cores; read ratios, not rates",
    }
    if options.quick:
        about["quick"] = "one short round each: a try-out, not a measurement"
    return about


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""One process that gives svc-workorder's alarms and does nothing else: its own loop, from a file's appearance on.

YIWANG_…=… python tests/bench/alarm_bell.py START_FILE READY_FILE
"""

import sys
import time
from pathlib import Path

import structlog
import uvloop

from chassis.service import make_runtime
from chassis.settings import load_settings
from workorder.service import SERVICE
from workorder.workers.deadlines import watch_deadlines

LOOK_SECONDS = 0.02


async def ring() -> None:
    await watch_deadlines(make_runtime(SERVICE, load_settings(SERVICE.settings_class)))


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    start, ready = Path(sys.argv[1]), Path(sys.argv[2])
    ready.touch()
    while not start.exists():
        time.sleep(LOOK_SECONDS)
    uvloop.run(ring())

"""Start a Python program by fork instead of exec: the libraries are loaded once and their memory is shared.

The supervisor loads what every service loads (`preload`), then forks each of them. It must have one thread
only, so it makes no network client and no pool. YIWANG_PREFORK=off starts each by exec instead.
"""

import atexit
import contextlib
import gc
import importlib
import os
import runpy
import signal
import sys
import threading
import traceback

from localcity.processes import ForkedChild, Program, die_with_parent, show_name

LIBRARIES = (
    "uvloop",
    "httptools",
    "pydantic_settings",
    "fastapi",
    "uvicorn",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.loops.uvloop",
    "uvicorn.lifespan.on",
    "sqlalchemy",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "asyncpg",
    "nats",
    "nats.js",
    "aiohttp",
    "httpx",
    "joserfc.jwt",
    "cryptography.hazmat.primitives.ciphers.aead",
    "structlog",
    "prometheus_client",
    "opentelemetry.sdk.trace",
    "multipart",
    "obstore",
    "contracts.registry",
)
DESCRIPTORS_MAX = 4096


def is_wanted() -> bool:
    return os.environ.get("YIWANG_PREFORK", "on") != "off"


def preload() -> None:
    """Load the libraries; one that is not there is left for its user to miss."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # What is alive now is never garbage: a collector that does not look at it leaves its pages shared.
    gc.collect()
    gc.freeze()


def fork(program: Program, log: int) -> ForkedChild:
    """Start `python -m module arguments` as a copy of this process."""
    assert threading.active_count() == 1, "a fork copies one thread only"
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return ForkedChild(pid)
    code = 1
    try:
        _become(program, log)
        code = _run(program)
    except BaseException:  # noqa: BLE001  the copy must never return into the supervisor's code
        traceback.print_exc()
    finally:
        os._exit(code)


def _become(program: Program, log: int) -> None:
    """Shed what is the supervisor's: its signals, group, descriptors, environment and arguments."""
    signal.set_wakeup_fd(-1)
    for reset in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(reset, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setpgid(0, 0)
    die_with_parent(program.stop_signal)
    show_name(f"yw-{program.name}")
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in ((0, nothing), (1, log), (2, log)):
        os.dup2(descriptor, number)
    os.closerange(3, DESCRIPTORS_MAX)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True, errors="backslashreplace")  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(program.environment)
    os.chdir(program.cwd)
    sys.argv = list(program.words)


def _run(program: Program) -> int:
    try:
        runpy.run_module(program.words[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        atexit._run_exitfuncs()
    return 0

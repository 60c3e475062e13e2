"""One process of ours: started by exec or by fork, known by pid and start time, ended by that pid only."""

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localcity.home import NOBODY

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to start, and how to end it."""

    name: str
    words: tuple[str, ...]
    """The command line; for a Python module `(module, *arguments)`."""
    environment: Mapping[str, str]
    is_module: bool = False
    as_nobody: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 12.0
    """After this long it is killed: ten seconds of drain, and a little."""
    cwd: Path = field(default=Path("/"))
    answers: Callable[[], bool] | None = None
    """Whether it says that it lives (`/healthz`); None: nobody asks."""


class Child(Protocol):
    """A started process, whichever way it was started."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it lives."""


class ForkedChild:
    """A child made by os.fork(): reaped by its own pid, so no other child is ever touched."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


def die_with_parent(with_signal: signal.Signals) -> None:
    """Ask the kernel to end this process when its supervisor is gone, even by SIGKILL."""
    _LIBC.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)


def show_name(name: str) -> None:
    """What `ps -o comm` and `top` call this process."""
    _LIBC.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def spawn(program: Program, log: int) -> subprocess.Popen[bytes]:
    """Start by exec, in a process group of its own: a Ctrl-C at the terminal reaches the supervisor only."""
    is_nobody = program.as_nobody and os.geteuid() == 0
    return subprocess.Popen(
        program.words,
        env=dict(program.environment),
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        process_group=0,
        # One thread only in the supervisor, so a function between fork and exec is safe there.
        preexec_fn=_between(program.stop_signal),  # noqa: PLW1509
        user=NOBODY if is_nobody else None,
        group=NOBODY if is_nobody else None,
        extra_groups=[] if is_nobody else None,
    )


def _between(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """The kernel's "parent" is a thread: a child of one that soon ends must not end with it."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return lambda: die_with_parent(stop_signal)


def ticks_of(pid: int) -> str | None:
    """When a process started, in kernel ticks: with the pid it names one process for good."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def is_same(pid: int, ticks: str | None) -> bool:
    return ticks is not None and ticks_of(pid) == ticks


def send(pid: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, which)

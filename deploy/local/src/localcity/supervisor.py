"""The parent of every process of one city: starts them in order, starts the dead again, stops only its own.

Single-threaded on purpose: it forks (forking.py), and it reaps each child by that child's own pid.
A signal sets a flag and wakes the one place where it waits (`_wait`); nothing is done inside a handler.
"""

import contextlib
import fcntl
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

from localcity import forking, processes, records
from localcity.home import SERVICES, Home
from localcity.processes import Child, Program
from localcity.trouble import TroubleError, in_one_line

PAUSE_SECONDS_MIN = 0.2
PAUSE_SECONDS_MAX = 10.0
HEALTHY_SECONDS = 30.0
"""Alive for so long, a process has earned the short pause again."""
TICK_SECONDS = 0.5
HANG_SECONDS = 60.0
"""A process that says nothing for so long hangs, and is killed to be started again (YIWANG_HANG_SECONDS)."""
LOOKS_BEFORE_HUNG = 4
DEATHS_AT_START_MAX = 3


class StopRequestedError(Exception):
    """Ctrl-C, SIGTERM or `make down` came while something was waited for."""


@dataclass
class Kept:
    """A process to keep alive."""

    program: Program
    child: Child | None
    started_at: float
    pause_seconds: float = PAUSE_SECONDS_MIN
    due_at: float = 0.0
    deaths: int = 0
    silent_looks: int = 0
    """How often in a row it was asked and said nothing."""


class Supervisor:
    """Keeps programs alive. Use it as a context: leaving it stops them all, the last started first."""

    def __init__(self, home: Home, *, on_change: Callable[[], None] = lambda: None) -> None:
        self.home = home
        self.on_change = on_change
        self._kept: dict[str, Kept] = {}
        self._hang_seconds = float(os.environ.get("YIWANG_HANG_SECONDS") or HANG_SECONDS)
        self._look_due = 0.0
        self._helpers: dict[str, Child] = {}
        self._stopping = 0
        self._waker = os.pipe()
        self._handlers: dict[int, Any] = {}

    # Signals ------------------------------------------------------------------------------------

    def __enter__(self) -> "Supervisor":
        for end in self._waker:
            os.set_blocking(end, False)
            fcntl.fcntl(end, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        signal.set_wakeup_fd(self._waker[1], warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, self._note_stop)
        self._handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _nothing)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for end in self._waker:
            os.close(end)

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping += 1

    def _wait(self, seconds: float) -> None:
        """Sleep until a signal comes or the time is over."""
        ready, _, _ = select.select([self._waker[0]], [], [], max(0.0, seconds))
        if ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._waker[0], 4096)

    # Starting -----------------------------------------------------------------------------------

    def _start(self, program: Program) -> Child:
        log = self.home.open_log(program.name)
        try:
            if program.is_module and forking.is_wanted():
                return forking.fork(program, log)
            return processes.spawn(_by_exec(program), log)
        finally:
            os.close(log)

    def keep(self, program: Program) -> None:
        """Start a program and keep it alive from now on."""
        self._kept[program.name] = Kept(program, self._start(program), time.monotonic())
        self._note_change()

    def run_all(self, programs: list[Program], *, seconds_max: float) -> None:
        """Run helpers side by side to their end; raises TroubleError naming the first that failed."""
        for program in programs:
            self._helpers[program.name] = self._start(program)
        for _ in self._until(seconds_max, f"{', '.join(self._helpers)}: not done"):
            for name, child in list(self._helpers.items()):
                code = child.poll()
                if code is None:
                    continue
                del self._helpers[name]
                if code != 0:
                    raise TroubleError(self._obituary(name, code))
            if not self._helpers:
                return

    def wait_for(self, what: str, is_ready: Callable[[], bool], *, seconds_max: float) -> None:
        """Wait for a state, keeping the processes alive; raises TroubleError when one dies at each try."""
        for _ in self._until(seconds_max, f"{what} is not ready"):
            for name, kept in self._kept.items():
                if kept.deaths >= DEATHS_AT_START_MAX:
                    raise TroubleError(f"{name} ends at each start: {self._last_words(name)}")
            if is_ready():
                return

    def _until(self, seconds_max: float, late: str) -> Iterator[None]:
        deadline = time.monotonic() + seconds_max
        pause = 0.005
        while True:
            yield
            if self._stopping:
                raise StopRequestedError
            if time.monotonic() > deadline:
                raise TroubleError(
                    f"{late} after {seconds_max:.0f} s; the logs are in {self.home.logs}"
                )
            self._wait(pause)
            pause = min(pause * 1.5, 0.1)
            self.tend()

    def _last_words(self, name: str) -> str:
        return f"{self.home.last_words(name)} (log: {self.home.log(name)})"

    def _obituary(self, name: str, code: int) -> str:
        return f"{name} ended with {_named(code)}: {self._last_words(name)}"

    # Keeping alive ------------------------------------------------------------------------------

    def tend(self) -> None:
        """Notice the dead, and start those whose pause is over."""
        now = time.monotonic()
        changed = False
        for name, kept in self._kept.items():
            if kept.child is not None:
                code = kept.child.poll()
                if code is not None:
                    self._note_death(name, kept, code)
                    changed = True
            if kept.child is None and now >= kept.due_at:
                kept.child = self._start(kept.program)
                kept.started_at = now
                print(f"{name} started again, pid {kept.child.pid}", flush=True)
                changed = True
        if changed:
            self._note_change()

    def _note_death(self, name: str, kept: Kept, code: int) -> None:
        now = time.monotonic()
        if now - kept.started_at >= HEALTHY_SECONDS:
            kept.pause_seconds, kept.deaths = PAUSE_SECONDS_MIN, 0
        kept.child = None
        kept.deaths += 1
        kept.due_at = now + kept.pause_seconds
        print(
            f"{name} ended with {_named(code)}; starting it again in {kept.pause_seconds:.1f} s",
            flush=True,
        )
        kept.pause_seconds = min(kept.pause_seconds * 2, PAUSE_SECONDS_MAX)

    def end_hung(self) -> None:
        """Kill what lives and says nothing; `tend` starts it again. One look takes at most two seconds a process."""
        now = time.monotonic()
        if now < self._look_due:
            return
        self._look_due = now + self._hang_seconds / LOOKS_BEFORE_HUNG
        for name, kept in self._kept.items():
            if kept.child is None or kept.program.answers is None or kept.program.answers():
                kept.silent_looks = 0
                continue
            kept.silent_looks += 1
            if kept.silent_looks >= LOOKS_BEFORE_HUNG:
                kept.silent_looks = 0
                print(f"{name} does not answer; ending it to start it again", flush=True)
                processes.send(kept.child.pid, signal.SIGKILL)

    def keep_alive(self, *, every_seconds: float, then: Callable[[], None]) -> None:
        """Tend until asked to stop; `then` is called each time `every_seconds` have passed."""
        due = time.monotonic() + every_seconds
        for kept in self._kept.values():
            kept.deaths = 0
        while not self._stopping:
            soonest = min(
                (kept.due_at for kept in self._kept.values() if kept.child is None),
                default=time.monotonic() + TICK_SECONDS,
            )
            self._wait(min(TICK_SECONDS, soonest - time.monotonic()))
            if self._stopping:
                return
            self.tend()
            self.end_hung()
            if time.monotonic() >= due:
                due = time.monotonic() + every_seconds
                then()

    @property
    def pids(self) -> dict[str, int]:
        """The processes that live now, by name."""
        return {name: kept.child.pid for name, kept in self._kept.items() if kept.child is not None}

    def _note_change(self) -> None:
        try:
            records.write_records(self.home, self.pids)
            self.on_change()
        except OSError as error:
            # A disk that filled up must not end the city: what runs goes on, and the files follow later.
            print(f"cannot note what runs: {in_one_line(error)}", flush=True)

    # Stopping -----------------------------------------------------------------------------------

    def stop_all(self) -> None:
        """Stop in the order gateway, services, NATS, PostgreSQL; each drains, and late ones are killed."""
        for child in self._helpers.values():
            _stop_helper(child)
        self._helpers.clear()
        names = [name for name in records.STOP_ORDER if name in self._kept]
        names += [name for name in self._kept if name not in names]
        groups = [[name] for name in names if name not in SERVICES]
        services = [name for name in names if name in SERVICES]
        groups.insert(1 if names[:1] == ["gateway"] else 0, services)
        for group in groups:
            self._stop_group([self._kept.pop(name) for name in group])
        with contextlib.suppress(OSError):
            records.write_records(self.home, {})

    def _stop_group(self, group: list[Kept]) -> None:
        live = [kept for kept in group if kept.child is not None and kept.child.poll() is None]
        for kept in live:
            assert kept.child is not None
            processes.send(kept.child.pid, kept.program.stop_signal)
        began = time.monotonic()
        signals_seen = self._stopping
        while live:
            self._wait(0.02)
            live = [kept for kept in live if kept.child and kept.child.poll() is None]
            for kept in live:
                late = time.monotonic() - began > kept.program.stop_seconds
                if kept.child and (late or self._stopping > max(1, signals_seen)):
                    print(f"{kept.program.name} did not end in time; killing it", flush=True)
                    processes.send(kept.child.pid, signal.SIGKILL)
                    kept.program = _never_late(kept.program)


def _never_late(program: Program) -> Program:
    """Killed once is enough; the line is not said again."""
    return replace(program, stop_seconds=float("inf"))


def _stop_helper(child: Child) -> None:
    if child.poll() is None:
        processes.send(child.pid, signal.SIGKILL)
        while child.poll() is None:
            time.sleep(0.01)


def _by_exec(program: Program) -> Program:
    if not program.is_module:
        return program
    return replace(program, words=(sys.executable, "-m", *program.words), is_module=False)


def _named(code: int) -> str:
    return f"code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """SIGCHLD needs a handler for the wake-up descriptor to be written."""

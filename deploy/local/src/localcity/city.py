"""A running city, as tests and scripts hold it: its addresses, tokens and pids; and how to run a private one."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from localcity import records
from localcity.asking import is_ready
from localcity.home import Home, read_json
from localcity.keys import Keys
from localcity.nats_server import is_nats_at
from localcity.postgres_server import PostgresAddress
from localcity.tokens import mint_token
from localcity.trouble import TroubleError

START_SECONDS_MAX = 300.0
STOP_SECONDS_MAX = 60.0


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


class City:
    """One city. As a context manager it is a private one: started in a home of its own, stopped at the end.

    Every answer is read afresh from city.json, so that pids are right after a process was started again.
    """

    def __init__(
        self, home: Path | str | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self._is_own_folder = home is None
        root = Path(home) if home else Path(tempfile.mkdtemp(prefix="yiwang-city-"))
        if self._is_own_folder:
            root.chmod(0o711)
        self.home = Home(root.resolve())
        self._file = self.home.city_file
        self._env = dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def attached(cls, home: Path | str | None = None, file: str = "city.json") -> Self:
        """The city that runs in this home (default: YIWANG_HOME, else the repository's var)."""
        found = cls(home or Home.of_environment().root)
        found._file = found.home.root / file
        if not found._file.exists():
            raise TroubleError(f"no city runs in {found.home.root}; start one: make up")
        return found

    def start(self) -> Self:
        """Start it and wait for `ready`; raises TroubleError with the supervisor's last words."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if not (key.startswith("YIWANG_") and key.endswith(("_PORT", "_URL", "_HOME")))
        }
        self.home.logs.mkdir(parents=True, exist_ok=True)
        log = self.home.open_log("supervisor")
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "localcity", "up"],
                env={
                    "YIWANG_GATEWAY_PORT": "",
                    **kept,
                    **self._env,
                    "YIWANG_HOME": str(self.home.root),
                    # A test run that is killed takes its cities with it.
                    "YIWANG_DIE_WITH_PARENT": "on" if _is_main_thread() else "off",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        self._wait_started(time.monotonic() + START_SECONDS_MAX)
        return self

    def _wait_started(self, deadline: float) -> None:
        assert self._process is not None
        while not self._file.exists():
            if self._process.poll() is not None:
                raise TroubleError(f"the city did not start: {self.home.last_words('supervisor')}")
            if time.monotonic() > deadline:
                raise TroubleError(f"the city is not ready after {START_SECONDS_MAX:.0f} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop what `start` started, drained; a home that was made for it is removed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                records.stop_orphans(self.home)
            self._process = None
        if self._is_own_folder:
            place = self.home.database_place()
            shutil.rmtree(self.home.root, ignore_errors=True)
            shutil.rmtree(place, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def description(self) -> dict[str, Any]:
        return read_json(self._file)

    @property
    def gateway(self) -> str:
        """The address under which people reach this city."""
        return str(self.description["gateway"])

    @property
    def nats(self) -> str:
        """The address of NATS, with the credentials of `ops`."""
        return str(self.description["nats"])

    @property
    def partner(self) -> dict[str, str]:
        """The example partner's client_id and client_secret."""
        return dict(self.description["partner"])

    def url(self, name: str) -> str:
        """The direct address of a service, or of the gateway."""
        found = self.description
        return str(found["gateway"] if name == "gateway" else found["services"][name])

    def database_url(self, service: str) -> str:
        """A service's own database with its own role, for looking at in tests."""
        return str(self.description["databases"][service])

    def token(self, role: str) -> str:
        """A bearer token of the example principal of this role, e.g. `citizen_2`."""
        return str(self.description["tokens"][role])

    def bearer(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role)}"}

    def mint(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims, as the city's local issuer would sign it."""
        return mint_token(Keys(self.home.keys, {}).local_issuer_key_file, self.gateway, claims)

    def pid(self, name: str) -> int:
        """The pid of a process now; raises KeyError while it is being started again."""
        return int(self.description["pids"][name])

    def kill(self, name: str) -> int:
        """SIGKILL one process, by pid; returns the pid it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def is_ready(self, name: str) -> bool:
        """Whether this process does its work now: `/readyz`, a query of PostgreSQL, the greeting of NATS."""
        if name == "postgres":
            return PostgresAddress.parse(str(self.description["postgres"])).is_open()
        if name == "nats":
            return is_nats_at("127.0.0.1", int(self.nats.rpartition(":")[2]))
        return is_ready(int(self.url(name).rpartition(":")[2]))

    def wait_replaced(self, name: str, old_pid: int, *, seconds_max: float = 60.0) -> int:
        """Wait until a killed process runs again under a new pid and is ready; returns the pid."""
        deadline = time.monotonic() + seconds_max
        while time.monotonic() < deadline:
            pid = self.description.get("pids", {}).get(name, old_pid)
            if pid != old_pid and self.is_ready(name):
                return int(pid)
            time.sleep(0.05)
        raise TroubleError(f"{name} was not started again within {seconds_max:.0f} s")

"""Where one city lives on disk. Two homes are two cities, side by side."""

import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcity.trouble import TroubleError

REPOSITORY = Path(__file__).resolve().parents[4]
SERVICES = ("catalog", "workorder", "certificate", "evaluation", "datashare")
NOBODY = 65534
FREE_BYTES_MIN = 400 * 1024 * 1024
"""A city of the small example takes less; PostgreSQL keeps up to 1 GiB of its log under load."""
LOG_BYTES_MAX = 20 * 1024 * 1024


@dataclass(frozen=True)
class Home:
    """The folder of one city (YIWANG_HOME); everything it keeps is below it, or named in `database_place`."""

    root: Path

    @classmethod
    def of_environment(cls) -> "Home":
        return cls(Path(os.environ.get("YIWANG_HOME") or REPOSITORY / "var").resolve())

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def city_file(self) -> Path:
        return self.root / "city.json"

    @property
    def supervisor_file(self) -> Path:
        return self.root / "supervisor.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def database_place(self) -> Path:
        """Where PostgreSQL keeps its data: here, or, started as root, where the user nobody can go."""
        if os.geteuid() != 0 or is_open_to_all(self.root):
            return self.root
        name = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return Path("/var/tmp") / f"yiwang-{name}"  # noqa: S108  owned by us, checked in make()

    def make(self) -> None:
        """Make the folders; raises TroubleError when there is no room."""
        for folder in (self.root, self.logs, self.root / "blobs", self.root / "nats"):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.keys, self.root / "pki"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
        place = self.database_place()
        if place != self.root:
            _make_own_folder(place)
        for folder in {self.root, place}:
            free = shutil.disk_usage(folder).free
            if free < FREE_BYTES_MIN:
                raise TroubleError(
                    f"only {free // 2**20} MB free under {folder}; "
                    f"a city takes {FREE_BYTES_MIN // 2**20} MB: free some, or set YIWANG_HOME"
                )

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """True for the one supervisor of this home, for as long as it lives; False when there is one."""
        with (self.root / "lock").open("a") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def open_log(self, name: str) -> int:
        """A descriptor to append to; a log grown past LOG_BYTES_MAX is set aside once."""
        path = self.log(name)
        if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
            path.replace(path.with_suffix(".log.1"))
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)

    def last_words(self, name: str) -> str:
        """The last line of a process's log: what it said before it ended."""
        path = self.log(name)
        if not path.exists():
            return "it said nothing"
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 8192))
            lines = log.read().decode(errors="replace").splitlines()
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "nothing")


def _make_own_folder(place: Path) -> None:
    place.mkdir(mode=0o711, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise TroubleError(f"{place} belongs to somebody else; remove it, or set YIWANG_HOME")
    place.chmod(0o711)


def is_open_to_all(path: Path) -> bool:
    """Whether a user without rights of their own can go down to this folder (made or not yet)."""
    for folder in (path, *path.parents):
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            return False
    return True


def write_json(path: Path, value: Any) -> None:
    """Replace a file in one step, for its owner's eyes only: a reader sees the old one or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.write("\n")
    beside.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """The file's object; empty when there is none, or when an interrupted write left half of one."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

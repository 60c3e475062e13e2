"""What each of the six programs is told: its address, its database, its user, its keys."""

import os
import signal
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from localcity import nats_server, postgres_server
from localcity.asking import HOST, is_alive
from localcity.home import SERVICES, Home
from localcity.keys import NATS_OPS_USER, Keys
from localcity.postgres_server import PostgresAddress
from localcity.processes import Program

OURS_ONLY = ("YIWANG_POSTGRES_URL", "YIWANG_NATS_URL", "YIWANG_NATS_USER", "YIWANG_NATS_PASSWORD")
"""Settings of the supervisor that no service may see: the first holds the administrator's password."""


@dataclass(frozen=True)
class Layout:
    """One city: its home, its keys and its ports; every program's environment follows from them."""

    home: Home
    keys: Keys
    ports: dict[str, int]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def gateway_url(self) -> str:
        return f"http://{HOST}:{self.ports['gateway']}"

    def url(self, name: str) -> str:
        """The direct address of a service, or of the gateway."""
        return f"http://{HOST}:{self.ports[name]}"

    @property
    def has_own_postgres(self) -> bool:
        return not self.environment.get("YIWANG_POSTGRES_URL")

    @property
    def has_own_nats(self) -> bool:
        return not self.environment.get("YIWANG_NATS_URL")

    @property
    def postgres(self) -> PostgresAddress:
        given = self.environment.get("YIWANG_POSTGRES_URL")
        if given:
            return PostgresAddress.parse(given)
        port = self.ports["postgres"]
        return PostgresAddress(HOST, port, "postgres", self.keys.passwords["postgres"])

    @property
    def nats_url(self) -> str:
        return self.environment.get("YIWANG_NATS_URL") or f"nats://{HOST}:{self.ports['nats']}"

    def nats_server(self) -> nats_server.NatsServer:
        return nats_server.NatsServer(
            folder=self.home.root / "nats",
            port=self.ports["nats"],
            users=nats_server.users_of(self.keys),
        )

    def is_nats_answering(self) -> bool:
        parts = urlsplit(self.nats_url)
        return nats_server.is_nats_at(parts.hostname or HOST, parts.port or 4222)

    def postgres_server(self) -> postgres_server.PostgresServer:
        return postgres_server.home_server(self.home, self.ports["postgres"], self.keys)

    def database_url(self, service: str) -> str:
        """For whoever looks in from outside."""
        role = postgres_server.role_of(service)
        return self.postgres.url_for(role, self.keys.passwords[f"postgres-{service}"], role)

    def _own_database_url(self, service: str) -> str:
        """For the service itself: by the socket of our own server, where there is one."""
        folder = self.postgres_server().socket_folder if self.has_own_postgres else None
        if folder is None:
            return self.database_url(service)
        role, password = (
            postgres_server.role_of(service),
            self.keys.passwords[f"postgres-{service}"],
        )
        return self.postgres.socket_url_for(role, password, role, folder=folder)

    def service_program(self, service: str, *words: str, as_ops: bool = False) -> Program:
        """`python -m <service> <words>`; `as_ops` for those that manage streams."""
        name = service if words == ("serve",) else f"{service}-{words[0]}"
        return self._program(name, (service, *words), self._service_environment(service, as_ops))

    def _service_environment(self, service: str, as_ops: bool) -> dict[str, str]:
        user, password = nats_server.credentials(
            self.keys, NATS_OPS_USER if as_ops else service, self.environment
        )
        blobs = self.home.root / "blobs" / service
        blobs.mkdir(parents=True, exist_ok=True)
        told = {
            "YIWANG_PORT": str(self.ports[service]),
            "YIWANG_DATABASE_URL": self._own_database_url(service),
            "YIWANG_NATS_URL": self.nats_url,
            "YIWANG_INTERNAL_JWKS_FILE": str(self.keys.internal_jwks_file),
            "YIWANG_KEYRING_FILE": str(self.keys.keyring_file),
            "YIWANG_BLOBS_URL": blobs.as_uri(),
        }
        if user:
            told |= {"YIWANG_NATS_USER": user, "YIWANG_NATS_PASSWORD": password}
        if service == "certificate":
            told["YIWANG_PKI_DIR"] = str(self.home.root / "pki")
        return told

    def gateway_program(self, *words: str) -> Program:
        upstreams = ",".join(f'"{name}":"{self.url(name)}"' for name in SERVICES)
        told = {
            "YIWANG_PORT": str(self.ports["gateway"]),
            "YIWANG_INTERNAL_KEY_FILE": str(self.keys.internal_key_file),
            "YIWANG_UPSTREAMS": "{" + upstreams + "}",
            "YIWANG_LOCAL_ISSUER": "on",
            "YIWANG_LOCAL_ISSUER_KEY_FILE": str(self.keys.local_issuer_key_file),
        }
        return self._program("gateway", ("gateway", *words), told)

    def load_program(self) -> Program:
        """Loads the example city into the one that `starting.json` describes."""
        return self._program("example", ("localcity", "load-example"), {})

    def _program(self, name: str, words: tuple[str, ...], told: dict[str, str]) -> Program:
        base = {key: value for key, value in self.environment.items() if key not in OURS_ONLY}
        common = {
            "YIWANG_ENVIRONMENT": "local",
            "YIWANG_HOST": HOST,
            "YIWANG_PUBLIC_URL": self.gateway_url,
            "YIWANG_HOME": str(self.home.root),
            "PYTHONUNBUFFERED": "1",
        }
        return Program(
            name=name,
            words=words,
            environment={**base, **common, **told},
            is_module=True,
            stop_signal=signal.SIGTERM,
            cwd=self.home.root,
            answers=partial(is_alive, self.ports[name]) if words[1:] == ("serve",) else None,
        )


def digest_sources(service: str) -> list[Path]:
    """The files whose change means that a service's tables or streams may have to change."""
    from localcity.home import REPOSITORY  # noqa: PLC0415

    folders = (
        REPOSITORY / f"svc-{service}" / "migrations",
        REPOSITORY / "chassis" / "src",
        REPOSITORY / "contracts" / "src",
    )
    found = [path for folder in folders for path in folder.rglob("*.py")]
    found += (REPOSITORY / f"svc-{service}" / "src" / service).glob("*.py")
    return sorted(found)

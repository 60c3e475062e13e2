"""Settings from the environment (prefix YIWANG_); every fault is named at start, not one per try."""

import os
import sys
from pathlib import Path
from typing import Literal, NoReturn, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "YIWANG_"


class ServiceSettings(BaseSettings):
    """What every service is told. A service adds its own fields in its settings.py."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    environment: Literal["local", "test", "production"] = "production"
    host: str = "127.0.0.1"
    port: int = 0
    """0: the kernel chooses; the supervisor always names one."""
    database_url: str
    database_connections_max: int = 16
    """Kept below PostgreSQL's max_connections divided by the processes that share the server."""
    nats_url: str
    nats_user: str | None = None
    nats_password: str | None = None
    internal_jwks_file: Path
    """Public keys of the gateway's internal tokens; read again when a key id is unknown."""
    keyring_file: Path
    blobs_url: str
    public_url: str = "http://127.0.0.1:8080"
    """The address under which people reach the gateway; it stands in links and QR codes."""
    otlp_endpoint: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    body_bytes_max: int = 64 * 1024 * 1024
    json_bytes_max: int = 2 * 1024 * 1024
    """Of a body that is no upload: it is parsed whole, on the event loop."""
    drain_seconds: float = 10.0


S = TypeVar("S", bound=BaseSettings)


def load_settings(settings_class: type[S]) -> S:
    """Read the environment; on any fault, name all of them, one line each, and end the process with 78."""
    try:
        return settings_class()
    except ValidationError as error:
        _refuse(error)


def _refuse(error: ValidationError) -> NoReturn:
    for fault in error.errors():
        name = PREFIX + "_".join(str(part) for part in fault["loc"]).upper()
        given = "is not set" if name not in os.environ else "is not acceptable"
        sys.stderr.write(f"setting {name} {given}: {fault['msg']}\n")
    raise SystemExit(os.EX_CONFIG)

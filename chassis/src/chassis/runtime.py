"""What a running process of a service holds: built once at start, handed to the doors, closed at the end."""

import asyncio
from dataclasses import dataclass, field
from typing import TypeVar

from nats.aio.client import Client
from sqlalchemy import MetaData, Table
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.blobs import Blobs
from chassis.clock import Clock
from chassis.cursors import Cursors
from chassis.database import Connections
from chassis.encryption import Keyring
from chassis.identity import (
    EVERYTHING,
    Principal,
    Scope,
    TokenVerifier,
    system_principal,
)
from chassis.rules import Rules
from chassis.settings import ServiceSettings
from chassis.telemetry import Metrics
from chassis.transaction import Transaction

X = TypeVar("X", bound=Transaction)


@dataclass(kw_only=True)
class Runtime:
    """The parts of one process. `settings` is the service's own settings object."""

    service: str
    settings: ServiceSettings
    connections: Connections
    metadata: MetaData
    clock: Clock
    keyring: Keyring
    cursors: Cursors
    blobs: Blobs
    verifier: TokenVerifier
    metrics: Metrics
    rules: Rules
    nats: Client | None = None
    draining: asyncio.Event = field(default_factory=asyncio.Event)

    async def close(self) -> None:
        """Give every connection to the database back."""
        await self.connections.close()

    @property
    def engine(self) -> AsyncEngine:
        """For what needs a connection of its own, beside those that are kept."""
        return self.connections.engine

    def table(self, name: str) -> Table:
        return self.metadata.tables[name]

    def begin(
        self,
        principal: Principal,
        scope: Scope,
        *,
        correlation_id: str | None = None,
        is_bulk: bool = False,
        kind: type[X] = Transaction,  # type: ignore[assignment]  # PEP 696 defaults come with Python 3.13
    ) -> X:
        """A transaction for somebody, within a scope. The only place that builds one."""
        return kind(
            connections=self.connections,
            outbox_table=self.table("outbox"),
            principal=principal,
            scope=scope,
            now=self.clock.now(),
            keyring=self.keyring,
            rules=self.rules,
            correlation_id=correlation_id,
            is_bulk=is_bulk,
        )

    def begin_system(self, correlation_id: str | None = None) -> Transaction:
        """A transaction of the system's own, reaching everything: for consumers, jobs and timers."""
        return self.begin(system_principal(self.service), EVERYTHING, correlation_id=correlation_id)

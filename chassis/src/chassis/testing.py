"""For a service's tests: its own database on the run's real PostgreSQL, its doors, and facts delivered to it.

async def test_x(house):                        # a House, from the fixture in the root conftest.py
    response = await house.post("/x/v1/orders", {...}, as_=house.person("agent"))
    await house.deliver(SomethingHappened(...))
    assert [fact.order_id for fact in await house.told(OrderCreated)] == [...]
"""

import asyncio
import base64
import json
import os
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import event

from chassis.clock import FrozenClock
from chassis.consumers import Consuming
from chassis.envelope import NOWHERE, Fact, enclose, open_envelope, subject_of
from chassis.identity import INTERNAL_ISSUER, NOBODY_ID
from chassis.ids import new_id
from chassis.jobs import JobWorker
from chassis.migrations import upgrade_to_head
from chassis.runtime import Runtime
from chassis.service import Service, create_app, make_consuming
from chassis.settings import ServiceSettings

T = TypeVar("T")
F = TypeVar("F", bound=Fact)

TEST_ROLE = "yiwang_test"
EVENTUALLY_SECONDS = 10.0
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday, ten in the morning in Asia/Shanghai, in a year whose calendar is published."""


async def eventually(
    check: Callable[[], Awaitable[T]], *, within: float = EVENTUALLY_SECONDS, every: float = 0.05
) -> T:
    """Wait for a state: until `check` returns something true and raises nothing. The only waiting tool."""
    deadline = time.monotonic() + within
    while True:
        fault: BaseException | None = None
        try:
            found = await check()
            if found:
                return found
        except (AssertionError, LookupError, httpx.HTTPError, OSError) as error:
            fault = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s; last: {fault!r}") from fault
        await asyncio.sleep(every)


@dataclass(kw_only=True)
class Keys:
    """Signing and encryption keys of one test run, in files as a process expects them."""

    folder: Path
    signing: ECKey

    @classmethod
    def make(cls, folder: Path) -> "Keys":
        signing = ECKey.generate_key(
            "P-256", parameters={"kid": "test-1", "use": "sig", "alg": "ES256"}
        )
        public = {"keys": [signing.as_dict(private=False)]}
        (folder / "internal.jwks.json").write_text(json.dumps(public))
        key = {"encrypt": _random_key(), "index": _random_key()}
        keyring = {"suite": "international", "current": "k1", "keys": {"k1": key}}
        (folder / "keyring.json").write_text(json.dumps(keyring))
        return cls(folder=folder, signing=signing)

    def token(self, audience: str, claims: dict[str, Any], *, seconds: int = 3600) -> str:
        """An internal token as the gateway would mint it."""
        now = int(time.time())
        body = {"iss": INTERNAL_ISSUER, "aud": audience, "iat": now, "exp": now + seconds, **claims}
        return jwt.encode(
            {"alg": "ES256", "kid": "test-1"}, body, self.signing, algorithms=["ES256"]
        )


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


async def make_database(admin_url: str, name: str, *, template: str | None = None) -> str:
    """Create a database owned by the tests' plain role (no superuser: row level security binds it)."""
    connection = await asyncpg.connect(admin_url)
    try:
        role = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", TEST_ROLE)
        if role is None:
            await connection.execute(f"CREATE ROLE {TEST_ROLE} LOGIN PASSWORD '{TEST_ROLE}'")
        like = f" TEMPLATE {template}" if template else ""
        await connection.execute(f"CREATE DATABASE {name} OWNER {TEST_ROLE}{like}")
    finally:
        await connection.close()
    return database_url(admin_url, name)


def database_url(admin_url: str, name: str) -> str:
    host = admin_url.rsplit("@", 1)[-1].split("/", 1)[0]
    return f"postgresql://{TEST_ROLE}:{TEST_ROLE}@{host}/{name}"


async def drop_database(admin_url: str, name: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


async def make_template(service: Service, admin_url: str, *, purpose: str = "template") -> str:
    """A migrated database of this service, to copy for each test; one a test process and purpose."""
    name = f"{purpose}_{service.name}_{os.getpid()}"
    await drop_database(admin_url, name)
    url = await make_database(admin_url, name)
    await asyncio.to_thread(upgrade_to_head, service.migrations, url)
    return name


@dataclass(kw_only=True)
class House:
    """One service under test: its application, its database, its keys."""

    service: Service
    app: FastAPI
    client: httpx.AsyncClient
    keys: Keys
    clock: FrozenClock
    database_url: str
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def runtime(self) -> Runtime:
        runtime: Runtime = self.app.state.runtime
        return runtime

    def person(
        self, *roles: str, subject: UUID | str | None = None, **claims: Any
    ) -> dict[str, Any]:
        """Claims of a caller. Defaults: a real-name person; name what matters for the test."""
        return {
            "sub": str(subject or new_id()),
            "kind": "person",
            "roles": list(roles),
            "assurance": 3,
            "channel": "web",
            **claims,
        }

    def staff(self, *roles: str, **claims: Any) -> dict[str, Any]:
        return self.person(*roles, kind="staff", **claims)

    def headers(self, as_: dict[str, Any] | None) -> dict[str, str]:
        claims = as_ or {"sub": NOBODY_ID, "kind": "anonymous", "roles": []}
        key = json.dumps(claims, sort_keys=True)
        if key not in self._tokens:
            self._tokens[key] = self.keys.token(self.service.name, claims)
        return {"Authorization": f"Bearer {self._tokens[key]}"}

    async def get(
        self, path: str, *, as_: dict[str, Any] | None = None, **options: Any
    ) -> httpx.Response:
        headers = {**self.headers(as_), **options.pop("headers", {})}
        return await self.client.get(path, headers=headers, **options)

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        as_: dict[str, Any] | None = None,
        key: str | None = None,
        **options: Any,
    ) -> httpx.Response:
        headers = {**self.headers(as_), **options.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            options["json"] = body
        return await self.client.post(path, headers=headers, **options)

    def wire(self, fact: Fact, **where: Any) -> tuple[str, bytes]:
        """A fact as it would stand on the stream: subject and message."""
        division, department = where.pop("division", NOWHERE), where.pop("department", NOWHERE)
        message = enclose(
            fact,
            event_id=where.pop("event_id", None) or new_id(),
            aggregate_id=where.pop("aggregate_id", None) or new_id(),
            sequence=where.pop("sequence", 1),
            at=self.clock.now(),
            division=division,
            department=department,
        )
        return subject_of(fact.TYPE, division, department), message

    def consuming(self) -> Consuming:
        return make_consuming(self.service, self.runtime)

    async def deliver(self, fact: Fact, *, times: int = 1, **where: Any) -> None:
        """Hand a fact to the service's consumers, as often as asked: the effect must be the same."""
        subject, message = self.wire(fact, **where)
        for _ in range(times):
            await self.consuming().handle(subject, message, {})

    async def told(self, fact: type[F]) -> list[F]:
        """The facts of a kind in the outbox, oldest first."""
        rows = await self.sql("SELECT message FROM outbox ORDER BY position")
        envelopes = [open_envelope(row["message"]) for row in rows]
        return [fact.read(e.data) for e in envelopes if e.type == fact.TYPE]

    async def run_jobs(self) -> int:
        """Run queued jobs to their end; returns how many."""
        worker = JobWorker(runtime=self.runtime, codes=self.service.jobs)
        count = 0
        while await worker.run_one():
            count += 1
        return count

    @asynccontextmanager
    async def overheard(self) -> AsyncIterator[list[str]]:
        """What the service says to its database meanwhile, a line a message, over the connections it keeps.

        Do once before what is to be counted: a new connection is asked for much that the next time is known.
        """
        said: list[str] = []

        def raw_said(query: Any) -> None:
            said.append(query.query)

        def alchemy_said(*words: Any) -> None:
            said.append(words[2])

        kept = [held.raw for held in self.runtime.connections.free]
        engine = self.runtime.engine.sync_engine
        event.listen(engine, "before_cursor_execute", alchemy_said)
        for raw in kept:
            raw.add_query_logger(raw_said)
        try:
            yield said
            # asyncpg tells its loggers one turn of the loop later.
            await asyncio.sleep(0)
        finally:
            event.remove(engine, "before_cursor_execute", alchemy_said)
            for raw in kept:
                raw.remove_query_logger(raw_said)

    async def sql(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Look at the books directly, with everything in reach."""
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute("SELECT set_config('yiwang.everything', 'yes', false)")
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()


async def open_house(
    service: Service,
    *,
    admin_url: str,
    template: str,
    keys: Keys,
    settings: dict[str, Any] | None = None,
    clock: FrozenClock | None = None,
    nats_url: str = "nats://127.0.0.1:1",
) -> House:
    """A service on a fresh copy of its template database; close it with `close_house`."""
    name = f"test_{service.name}_{secrets.token_hex(6)}"
    url = await make_database(admin_url, name, template=template)
    frozen = clock or FrozenClock(START)
    folder = Path(tempfile.mkdtemp(dir=keys.folder))
    given: dict[str, Any] = {
        "environment": "test",
        "database_url": url,
        "database_connections_max": 6,
        "nats_url": nats_url,
        "internal_jwks_file": keys.folder / "internal.jwks.json",
        "keyring_file": keys.folder / "keyring.json",
        "blobs_url": f"file://{folder}",
        **(settings or {}),
    }
    built: ServiceSettings = service.settings_class(**given)
    app = create_app(service, built, clock=frozen)
    if service.prepare is not None:
        await service.prepare(app.state.runtime)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://house"
    )
    return House(service=service, app=app, client=client, keys=keys, clock=frozen, database_url=url)


async def close_house(house: House, admin_url: str) -> None:
    await house.client.aclose()
    await house.runtime.close()
    await drop_database(admin_url, house.database_url.rsplit("/", 1)[-1])

"""The event door: which facts a service hears, and the handler each calls.

A handler's effect and its receipt (inbox row) are one commit, and the message is acknowledged after it: a
repeat finds the receipt and does nothing. What fails is tried again with growing pauses, in order within its
aggregate, then parked with its reason; parked messages are listed and replayed by command.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError
from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError

from chassis.bus import Reading, pull
from chassis.envelope import Envelope, Fact, open_envelope
from chassis.errors import ProblemError
from chassis.gathering import Gathering
from chassis.ids import new_id
from chassis.telemetry import Metrics, span, tracing_context
from chassis.transaction import Transaction
from chassis.weather import is_weather

F = TypeVar("F", bound=Fact)

PAUSES_SECONDS = (0.2, 1.0, 5.0, 15.0, 60.0, 180.0, 600.0)
"""Between deliveries of a message that cannot be handled; after the last it is parked."""
DELIVERIES_MAX = len(PAUSES_SECONDS) + 1
REDELIVERIES_TRUSTED = 50
WEATHER_PAUSE_SECONDS = 1.0
LANES_MAX = 8
"""Aggregates handled side by side by one process."""

log = structlog.get_logger()


class ParkError(Exception):
    """Raised by a handler: trying again cannot help. The message is parked at once, with this reason."""


class NotYetError(Exception):
    """Raised by a handler: what this fact builds on is not here yet. Tried again with growing pauses."""


@dataclass(frozen=True, kw_only=True)
class Told(Generic[F]):
    """A fact as it arrived: its data, and what the envelope says of it."""

    fact: F
    event_id: UUID
    sequence: int
    division: str
    department: str
    envelope: Envelope
    traceparent: str | None = None
    """The trace that what is done about it belongs to."""

    def tracing(self) -> AbstractContextManager[None]:
        """For a handler of many: what is told within belongs to this fact's trace and request."""
        return tracing_context(traceparent=self.traceparent, request_id=self.envelope.correlationid)


Handler = Callable[[Told[Any], Transaction], Awaitable[None]]
HandlerOfMany = Callable[[Sequence[Told[Any]], Transaction], Awaitable[None]]


@dataclass(frozen=True)
class Subscription:
    fact: type[Fact]
    handler: HandlerOfMany
    """Called with one fact, or with several when `is_gathered`."""
    name: str
    is_gathered: bool = False
    when: Callable[[Any], bool] | None = None
    """Facts of which it is false concern nobody here: acknowledged, without a commit."""
    awaits: Callable[[str], bool] | None = None
    """Types of which it is false are not even read: asked with the type alone."""

    def concerns(self, fact: Fact) -> bool:
        return self.when is None or self.when(fact)


class Consumers:
    """A service's table of what it hears; filled by the decorator `on`."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.subscriptions: dict[str, list[Subscription]] = {}

    def on(
        self,
        fact: type[F],
        *,
        when: Callable[[F], bool] | None = None,
        awaits: Callable[[str], bool] | None = None,
    ) -> Callable[
        [Callable[[Told[F], Transaction], Awaitable[None]]],
        Callable[[Told[F], Transaction], Awaitable[None]],
    ]:
        """Register a handler of one fact; its name is its receipt's name, so keep it.

        `when` looks at the fact alone, and says whether there is anything to do: most facts need no commit then.
        `awaits` is asked with the type, before the message is read: for what hears everything and wants little.
        """

        def register(
            handler: Callable[[Told[F], Transaction], Awaitable[None]],
        ) -> Callable[[Told[F], Transaction], Awaitable[None]]:
            async def one(many: Sequence[Told[Any]], tx: Transaction) -> None:
                for told in many:
                    await handler(told, tx)

            name = cast("Any", handler).__name__
            self._add(Subscription(fact, one, name, when=when, awaits=awaits))
            return handler

        return register

    def on_many(
        self, facts: Sequence[type[Fact]], *, when: Callable[[Any], bool] | None = None
    ) -> Callable[[HandlerOfMany], HandlerOfMany]:
        """Register a handler that takes whatever has come meanwhile, of these kinds, in one commit.

        For handlers that only add rows: facts of one aggregate still come in order, and a repeat among many
        sends each of them by itself. `when` as for `on`. What it tells, it tells within `told.tracing()`.
        """

        def register(handler: HandlerOfMany) -> HandlerOfMany:
            for fact in facts:
                name = cast("Any", handler).__name__
                self._add(Subscription(fact, handler, name, is_gathered=True, when=when))
            return handler

        return register

    def _add(self, subscription: Subscription) -> None:
        self.subscriptions.setdefault(subscription.fact.TYPE, []).append(subscription)

    def awaits(self, subject: str) -> bool:
        """Whether anything here wants messages of this subject; those of no type that is heard are read and told apart."""
        fact_type = ".".join(subject.split(".")[1:-2])
        listening = self.subscriptions.get(fact_type, ())
        return not listening or any(
            each.awaits is None or each.awaits(fact_type) for each in listening
        )

    def readings(self) -> list[Reading]:
        """One durable consumer for each owner this service hears."""
        by_owner: dict[str, set[str]] = {}
        for fact_type in self.subscriptions:
            by_owner.setdefault(fact_type.split(".", 1)[0], set()).add(fact_type)
        return [
            Reading(reader=self.reader, owner=owner, types=tuple(sorted(types)))
            for owner, types in sorted(by_owner.items())
        ]


@dataclass(kw_only=True)
class Consuming:
    """Handles messages for one service until it is stopped."""

    consumers: Consumers
    begin: Callable[[str | None], Transaction]
    inbox: Table
    parked: Table
    metrics: Metrics
    client: Client | None = None
    _lanes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LANES_MAX))
    _gatherings: dict[str, Gathering[tuple[Told[Any], Subscription]]] = field(default_factory=dict)

    async def run(self) -> None:
        """Read every owner this service hears, side by side."""
        async with asyncio.TaskGroup() as group:
            for reading in self.consumers.readings():
                group.create_task(self._read(reading))

    async def _read(self, reading: Reading) -> None:
        assert self.client is not None
        queues: dict[str, asyncio.Queue[Msg]] = {}
        while True:
            try:
                async with (
                    asyncio.TaskGroup() as group,
                    contextlib.aclosing(pull(self.client, reading)) as messages,
                ):
                    async for message in messages:
                        if self.consumers.awaits(message.subject):
                            self._line_up(message, queues, group)
                        else:
                            await message.ack()
            except* Exception as errors:  # noqa: BLE001  the loop must outlive every fault of the bus
                log.warning(
                    "reading paused", owner=reading.owner, error=repr(errors.exceptions[0])[:200]
                )
            queues.clear()
            await asyncio.sleep(WEATHER_PAUSE_SECONDS)

    def _line_up(
        self, message: Msg, queues: dict[str, asyncio.Queue[Msg]], group: asyncio.TaskGroup
    ) -> None:
        """Same aggregate, same lane: its messages are handled one after the other."""
        key = _aggregate_key(message)
        queue = queues.get(key)
        if queue is not None:
            queue.put_nowait(message)
            return
        queue = queues[key] = asyncio.Queue()
        queue.put_nowait(message)
        group.create_task(self._lane(key, queue, queues))

    async def _lane(
        self, key: str, queue: asyncio.Queue[Msg], queues: dict[str, asyncio.Queue[Msg]]
    ) -> None:
        try:
            while not queue.empty():
                await self._see_through(queue.get_nowait())
        finally:
            queues.pop(key, None)

    async def _see_through(self, message: Msg) -> None:
        """Handle one message to its end. A failing one holds its lane: what came after it waits behind it."""
        redelivered = message.metadata.num_delivered or 1
        # Deliveries cut short by a killed process are not the message's fault, until they are too many.
        attempt = 1 if redelivered <= REDELIVERIES_TRUSTED else DELIVERIES_MAX
        while True:
            try:
                await self.handle(message.subject, message.data, dict(message.headers or {}))
                await message.ack()
                return
            except (ParkError, ValidationError) as error:
                await self._park(message, error, attempt)
                return
            except Exception as error:  # noqa: BLE001  a handler may fail in any way; none may stop the reading
                if is_weather(error):
                    await message.in_progress()
                    await asyncio.sleep(WEATHER_PAUSE_SECONDS)
                    continue
                if attempt >= DELIVERIES_MAX:
                    await self._park(message, error, attempt)
                    return
                log.warning(
                    "handling failed",
                    subject=message.subject,
                    attempt=attempt,
                    error=repr(error)[:300],
                )
                await self._wait(message, PAUSES_SECONDS[attempt - 1])
                attempt += 1

    async def _wait(self, message: Msg, seconds: float) -> None:
        """Pause without losing the message: the server is told every few seconds that it is being worked on."""
        while seconds > 0:
            await message.in_progress()
            await asyncio.sleep(min(seconds, 10.0))
            seconds -= 10.0

    async def handle(self, subject: str, wire: bytes, headers: dict[str, str]) -> None:
        """Run every handler of one message, each with its receipt in one commit. Raises what they raise."""
        if not self.consumers.awaits(subject):
            return
        envelope = open_envelope(wire)
        for subscription in self.consumers.subscriptions.get(envelope.type, ()):
            if subscription.awaits is not None and not subscription.awaits(envelope.type):
                continue
            fact = subscription.fact.read(envelope.data)
            if not subscription.concerns(fact):
                continue
            parent = headers.get("traceparent") or envelope.traceparent
            with (
                span(
                    f"handle {envelope.type}",
                    kind="consumer",
                    traceparent=parent,
                    attributes={"messaging.destination": subject, "handler": subscription.name},
                ) as traceparent,
                tracing_context(traceparent=traceparent, request_id=envelope.correlationid),
            ):
                told = Told(
                    fact=fact,
                    event_id=envelope.id,
                    sequence=envelope.sequence,
                    division=envelope.division.strip("_"),
                    department=envelope.department.strip("_"),
                    envelope=envelope,
                    traceparent=traceparent,
                )
                outcome = await self._handled(told, subscription)
            self.metrics.inbox_handled_total.labels(
                self.consumers.reader, envelope.type, outcome
            ).inc()

    async def _handled(self, told: Told[Any], subscription: Subscription) -> str:
        if not subscription.is_gathered:
            async with self._lanes:
                return await self._once(told, subscription)
        gathering = self._gatherings.get(subscription.name)
        if gathering is None:
            gathering = self._gatherings[subscription.name] = Gathering(
                many=self._together, one=lambda pair: self._once(*pair)
            )
        return await gathering.handle((told, subscription))

    async def _together(self, pairs: Sequence[tuple[Told[Any], Subscription]]) -> None:
        tx = self.begin(None)
        try:
            await pairs[0][1].handler([told for told, _ in pairs], tx)
            for told, subscription in pairs:
                self._receive(told, subscription, tx)
            await tx.commit()
        finally:
            await tx.close()

    def _receive(self, told: Told[Any], subscription: Subscription, tx: Transaction) -> None:
        tx.insert(self.inbox, event_id=told.event_id, handler=subscription.name, handled_at=tx.now)

    async def _once(self, told: Told[Any], subscription: Subscription) -> str:
        tx = self.begin(told.envelope.correlationid)
        try:
            self._receive(told, subscription, tx)
            await subscription.handler([told], tx)
            await tx.commit()
        except (IntegrityError, ProblemError):
            # A repeat shows itself by its receipt, or by the step it finds already taken.
            await tx.close()
            if await self._has_receipt(told.event_id, subscription.name):
                return "repeat"
            raise
        finally:
            await tx.close()
        return "done"

    async def _has_receipt(self, event_id: UUID, handler: str) -> bool:
        tx = self.begin(None)
        try:
            found = await tx.scalar(
                select(self.inbox.c.event_id).where(
                    self.inbox.c.event_id == event_id, self.inbox.c.handler == handler
                )
            )
            return found is not None
        finally:
            await tx.close()

    async def _park(self, message: Msg, error: Exception, deliveries: int) -> None:
        reason = f"{type(error).__name__}: {error}"[:2_000]
        log.error("message parked", subject=message.subject, reason=reason[:300])
        tx = self.begin(None)
        try:
            tx.insert(
                self.parked,
                id=new_id(),
                event_id=_event_id(message),
                handler=self.consumers.reader,
                subject=message.subject,
                message=message.data,
                reason=reason,
                deliveries=deliveries,
                parked_at=tx.now,
            )
            await tx.commit()
        finally:
            await tx.close()
        self.metrics.parked.inc()
        await message.term()

    async def replay(self, parked_id: UUID | None = None) -> tuple[int, int]:
        """Handle parked messages again, all or one; returns how many went through and how many stay parked."""
        tx = self.begin(None)
        try:
            query = select(self.parked).where(self.parked.c.replayed_at.is_(None))
            if parked_id is not None:
                query = query.where(self.parked.c.id == parked_id)
            rows = await tx.all(query.order_by(self.parked.c.parked_at))
        finally:
            await tx.close()
        through = 0
        for row in rows:
            try:
                await self.handle(row.subject, row.message, {})
            except Exception as error:  # noqa: BLE001  it stays parked; the operator is told why
                log.error("replay failed", parked_id=str(row.id), error=repr(error)[:300])
                continue
            await self._mark_replayed(row.id)
            through += 1
        return through, len(rows) - through

    async def _mark_replayed(self, parked_id: UUID) -> None:
        tx = self.begin(None)
        try:
            await tx.execute(
                update(self.parked).where(self.parked.c.id == parked_id).values(replayed_at=tx.now)
            )
            await tx.commit()
        finally:
            await tx.close()


def _aggregate_key(message: Msg) -> str:
    """Read from the envelope's head without parsing it: the subject attribute stands there first."""
    start = message.data.find(b'"subject":"')
    return (
        message.data[start + 11 : start + 47].decode("latin-1") if start >= 0 else message.subject
    )


def _event_id(message: Msg) -> UUID | None:
    try:
        return UUID((message.headers or {}).get("Nats-Msg-Id", ""))
    except ValueError:
        return None

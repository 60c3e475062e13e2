"""JetStream, as this house uses it: one stream an owner, one durable consumer a reader and owner.

Streams and consumers are changed only by command (`python -m <service> streams`); a process compares at start.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError as StreamNotFoundError

from chassis.envelope import SUBJECT_ROOT

DUPLICATE_WINDOW_SECONDS = 120
STREAM_BYTES_MAX = 8 * 1024**3
STREAM_AGE_SECONDS_MAX = 30 * 24 * 3600
MESSAGE_BYTES_MAX = 256 * 1024
PULL_BATCH = 200
PULL_SECONDS = 20
ACK_SECONDS = 30
ACK_PENDING_MAX = 2_000

log = structlog.get_logger()


def stream_name(owner: str) -> str:
    return f"{SUBJECT_ROOT.upper()}_{owner.upper()}"


def durable_name(reader: str, owner: str) -> str:
    return f"{reader}-from-{owner}"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one service reads of one owner: the fact types, as subject filters."""

    reader: str
    owner: str
    types: tuple[str, ...]

    @property
    def filters(self) -> list[str]:
        return [f"{SUBJECT_ROOT}.{fact_type}.>" for fact_type in sorted(self.types)]


async def connect(
    url: str, *, name: str, user: str | None = None, password: str | None = None
) -> Client:
    """A connection that never gives up reconnecting; what fails meanwhile raises to its caller."""

    async def lost() -> None:
        log.warning("nats disconnected")

    async def back() -> None:
        log.info("nats connected again")

    async def wrong(error: Exception) -> None:
        log.warning("nats error", error=type(error).__name__, detail=str(error)[:200])

    return await nats.connect(
        url,
        name=f"yiwang-{name}",
        user=user,
        password=password,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.25,
        connect_timeout=5,
        ping_interval=10,
        max_outstanding_pings=2,
        pending_size=64 * 1024 * 1024,
        disconnected_cb=lost,
        reconnected_cb=back,
        error_cb=wrong,
        inbox_prefix=f"_INBOX_{name}".encode(),
    )


def stream_config(owner: str) -> StreamConfig:
    return StreamConfig(
        name=stream_name(owner),
        subjects=[f"{SUBJECT_ROOT}.{owner}.>"],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        max_bytes=STREAM_BYTES_MAX,
        max_age=STREAM_AGE_SECONDS_MAX,
        max_msg_size=MESSAGE_BYTES_MAX,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
    )


def consumer_config(reading: Reading) -> ConsumerConfig:
    # Whoever begins to hear its own facts knows the earlier ones: they are in its books.
    is_own = reading.reader == reading.owner
    return ConsumerConfig(
        durable_name=durable_name(reading.reader, reading.owner),
        deliver_policy=DeliverPolicy.NEW if is_own else DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_SECONDS,
        max_deliver=-1,
        max_ack_pending=ACK_PENDING_MAX,
        filter_subjects=reading.filters,
    )


async def ensure_streams(
    client: Client, owners: Sequence[str], readings: Sequence[Reading]
) -> None:
    """Create or update the streams and durable consumers; the one place that changes them."""
    js = client.jetstream()
    for owner in owners:
        try:
            await js.stream_info(stream_name(owner))
            await js.update_stream(stream_config(owner))
        except StreamNotFoundError:
            await js.add_stream(stream_config(owner))
    for reading in readings:
        await js.add_consumer(stream_name(reading.owner), consumer_config(reading))


async def missing_streams(
    js: JetStreamContext, owners: Sequence[str], readings: Sequence[Reading]
) -> list[str]:
    """What a start finds missing or different; empty means that declared and real agree."""
    faults = []
    for owner in owners:
        try:
            info = await js.stream_info(stream_name(owner))
        except StreamNotFoundError:
            faults.append(f"stream {stream_name(owner)} is missing")
            continue
        if info.config.subjects != stream_config(owner).subjects:
            faults.append(f"stream {stream_name(owner)} has other subjects")
    for reading in readings:
        name = durable_name(reading.reader, reading.owner)
        try:
            consumer = await js.consumer_info(stream_name(reading.owner), name)
        except StreamNotFoundError:
            faults.append(f"consumer {name} is missing")
            continue
        found = consumer.config.filter_subjects or [consumer.config.filter_subject]
        if sorted(filter(None, found)) != reading.filters:
            faults.append(f"consumer {name} hears other subjects")
    return faults


async def pull(client: Client, reading: Reading) -> AsyncGenerator[Msg, None]:
    """Messages of a durable consumer, one by one, as soon as they are there; never ends by itself.

    The client's own fetch holds what has come until its batch is full or its time is up, so requests are kept
    open here instead: a new one is sent when half of the last is used up, expired, or lost with a connection.
    """
    stream, durable = stream_name(reading.owner), durable_name(reading.reader, reading.owner)
    inbox = client.new_inbox()
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    # A callback and a queue: the client's own waiting for a next message makes a task and a timer for each.
    subscription = await client.subscribe(inbox, cb=arrived.put, pending_msgs_limit=PULL_BATCH * 4)
    ask = json.dumps({"batch": PULL_BATCH, "expires": PULL_SECONDS * 1_000_000_000}).encode()
    open_messages = 0
    try:
        while True:
            if open_messages < PULL_BATCH // 2:
                await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}", ask, inbox)
                open_messages += PULL_BATCH
            message = await _next(arrived)
            if message is None:
                open_messages = 0
                continue
            status = (message.headers or {}).get("Status")
            if status is None:
                open_messages -= 1
                yield message
            elif status != "100":
                # 404, 408 or 409: this request is over. Ask again, but not in a tight circle.
                open_messages = 0
                if status != "408":
                    await asyncio.sleep(0.2)
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


async def _next(arrived: asyncio.Queue[Msg]) -> Msg | None:
    """The next message as soon as it is there; None when the request for it has expired meanwhile."""
    if not arrived.empty():
        return arrived.get_nowait()
    try:
        async with asyncio.timeout(PULL_SECONDS + 2):
            return await arrived.get()
    except TimeoutError:
        return None

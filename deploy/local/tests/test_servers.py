"""The tests' own PostgreSQL and NATS, and who may say what on NATS."""

import asyncpg
import nats
import pytest

from localcity.servers import test_servers as private_servers


@pytest.fixture(scope="module")
def own():
    with private_servers() as running:
        yield running


async def connected(own, user, errors=None):
    async def note(error):
        if errors is not None:
            errors.append(str(error))

    return await nats.connect(
        own.nats_url,
        user=user,
        password=own.nats_users[user],
        error_cb=note,
        connect_timeout=5,
        inbox_prefix=f"_INBOX_{user}".encode(),
    )


async def test_postgres_is_18_and_forces_nothing_to_disk(own):
    """Unlike a city's own: tests/faults/test_what_is_kept.py asks that one."""
    connection = await asyncpg.connect(own.postgres_admin_url)
    try:
        assert (await connection.fetchval("SHOW server_version")).startswith("18.")
        assert await connection.fetchval("SHOW fsync") == "off"
        assert await connection.fetchval("SELECT '潮州' < '潮阳'") is not None
    finally:
        await connection.close()


async def test_a_service_tells_its_own_facts_and_reads_those_of_others(own):
    ops = await connected(own, "ops")
    await ops.jetstream().add_stream(name="YIWANG_WORKORDER", subjects=["yiwang.workorder.>"])
    await ops.jetstream().add_consumer(
        "YIWANG_WORKORDER", durable_name="evaluation-from-workorder", ack_policy="explicit"
    )
    teller = await connected(own, "workorder")
    told = await teller.jetstream().publish("yiwang.workorder.x.y.v1.445102._", b"told")
    assert told.seq == 1
    reader = await connected(own, "evaluation")
    bound = await reader.jetstream().pull_subscribe_bind(
        durable="evaluation-from-workorder", stream="YIWANG_WORKORDER"
    )
    [message] = await bound.fetch(1, timeout=5)
    assert message.data == b"told"
    await message.ack_sync()
    for client in (ops, teller, reader):
        await client.close()


async def test_a_service_cannot_speak_for_another_nor_manage_streams(own):
    errors: list[str] = []
    client = await connected(own, "catalog", errors)
    for subject in (
        "yiwang.workorder.x.y.v1.445102._",
        "$JS.API.STREAM.DELETE.YIWANG_WORKORDER",
        "$JS.API.CONSUMER.DURABLE.CREATE.YIWANG_WORKORDER.mine",
        "$JS.API.CONSUMER.MSG.NEXT.YIWANG_WORKORDER.evaluation-from-workorder",
        "$JS.ACK.YIWANG_WORKORDER.evaluation-from-workorder.1.1.1.1.1",
    ):
        with pytest.raises((nats.errors.TimeoutError, nats.errors.NoRespondersError)):
            await client.request(subject, b"{}", timeout=0.3)
    assert len([error for error in errors if "permissions violation" in error]) == 5
    await client.close()


async def test_nobody_enters_without_a_password(own):
    with pytest.raises(nats.errors.Error):
        await nats.connect(own.nats_url, allow_reconnect=False, connect_timeout=2)

"""What a city promises of its servers: a write that was answered is on the disk, not on its way there."""

import asyncpg
import nats


async def test_a_city_forces_every_write_to_disk(city):
    connection = await asyncpg.connect(city.database_url("workorder"))
    try:
        shown = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in ("fsync", "full_page_writes", "synchronous_commit")
        }
    finally:
        await connection.close()
    assert shown == {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


async def test_no_service_is_a_superuser(city):
    connection = await asyncpg.connect(city.database_url("workorder"))
    try:
        role = await connection.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
    finally:
        await connection.close()
    assert list(role) == [False, False, False]


async def test_nats_syncs_always(city):
    text = (city.home.root / "nats" / "nats.conf").read_text()
    assert "sync_interval: always" in text.replace('"', "")
    client = await nats.connect(city.nats)
    info = await client.jetstream().stream_info("YIWANG_WORKORDER")
    await client.close()
    assert info.config.storage == "file"

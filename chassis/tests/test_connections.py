"""Connections that are kept: who gets which, and what is never given to a second."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from chassis import database


async def test_the_last_used_is_used_next(house):
    connections = house.runtime.connections
    first, second = await connections.take(), await connections.take()
    await connections.give_back(first)
    await connections.give_back(second)
    assert await connections.take() is second
    await connections.give_back(second)


async def test_one_that_is_in_the_middle_of_something_is_thrown_away(house):
    connections = house.runtime.connections
    held = await connections.take()
    await held.raw.execute("BEGIN; SELECT set_config('yiwang.everything', 'yes', true)")
    await connections.give_back(held)
    assert held.raw.is_closed()
    async with connections.acquire() as other:
        reach = await other.raw.fetchval("SELECT current_setting('yiwang.everything', true)")
    assert not reach


async def test_what_sqlalchemy_began_for_itself_ends_with_the_loan(house):
    connections = house.runtime.connections
    async with connections.acquire() as held:
        await held.connection.execute(text("SELECT 1"))
    assert not held.connection.in_transaction()
    assert held in connections.free


async def test_one_that_was_cut_off_is_not_lent_again(house):
    connections = house.runtime.connections
    with pytest.raises(asyncio.CancelledError):
        async with connections.acquire() as held:
            raise asyncio.CancelledError
    assert held not in connections.free


async def test_a_refused_statement_costs_no_connection(house):
    connections = house.runtime.connections
    with pytest.raises(asyncpg.UndefinedTableError):
        async with connections.acquire() as held:
            await held.raw.execute("SELECT 1 FROM nothing_of_this_name")
    assert held in connections.free


async def test_one_that_the_server_ended_meanwhile_is_replaced(house):
    connections = house.runtime.connections
    async with connections.acquire() as held:
        pid = held.raw.get_server_pid()
    await house.sql("SELECT pg_terminate_backend($1, 5000)", pid)
    answer = await house.get("/notes/v1/notes", as_=house.person("writer"))
    assert answer.status_code == 200
    assert held not in connections.free


async def test_who_comes_when_all_are_lent_waits_for_one_and_not_for_ever(house, monkeypatch):
    monkeypatch.setattr(database, "ACQUIRE_SECONDS_MAX", 0.05)
    connections = house.runtime.connections
    lent = [
        await connections.take() for _ in range(house.runtime.settings.database_connections_max)
    ]
    with pytest.raises(TimeoutError):
        await connections.take()
    waiting = asyncio.create_task(connections.take())
    await connections.give_back(lent.pop())
    lent.append(await waiting)
    for held in lent:
        await connections.give_back(held)
    assert len(connections.free) == house.runtime.settings.database_connections_max

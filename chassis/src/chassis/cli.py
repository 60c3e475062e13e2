"""`python -m <service> serve | relay | consume | migrate | streams | openapi | parked | replay`."""

import argparse
import asyncio
import json
import os
import sys
from typing import Any
from uuid import UUID

import uvicorn
from sqlalchemy import select

from chassis import bus
from chassis.health import head_of
from chassis.migrations import upgrade_to_head
from chassis.runtime import Runtime
from chassis.service import Service, create_app, make_api, make_consuming, make_runtime
from chassis.settings import load_settings

COMMANDS = {
    "serve": "doors, relay, consumers and jobs in one process",
    "doors": "the HTTP door only",
    "relay": "the relay only",
    "consume": "consumers, jobs and timers only",
    "migrate": "bring the database to the newest migration",
    "streams": "create or update this service's streams and durable consumers",
    "openapi": "print the OpenAPI document",
    "parked": "list parked messages and why",
    "replay": "handle parked messages again (all, or --id)",
}
ROLES = {
    "serve": frozenset({"serve", "relay", "consume"}),
    "doors": frozenset({"serve"}),
    "relay": frozenset({"relay"}),
    "consume": frozenset({"consume"}),
}


def main(service: Service, arguments: list[str] | None = None) -> int:
    """Run one command of a service; returns the exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.name}")
    parser.add_argument(
        "command", choices=list(COMMANDS), help="; ".join(f"{k}: {v}" for k, v in COMMANDS.items())
    )
    parser.add_argument("--id", type=UUID, default=None, help="replay: only this parked message")
    options = parser.parse_args(arguments)
    if options.command == "openapi":
        sys.stdout.write(render_openapi(service))
        return 0
    if options.command in ROLES:
        return serve(service, ROLES[options.command])
    if options.command == "migrate":
        upgrade_to_head(service.migrations, os.environ["YIWANG_DATABASE_URL"])
        return 0
    runtime = make_runtime(service, load_settings(service.settings_class))
    steps = {"streams": _streams, "parked": _parked, "replay": _replay}
    return asyncio.run(_with_runtime(steps[options.command], service, runtime, options.id))


def serve(service: Service, roles: frozenset[str]) -> int:
    """Serve until SIGTERM or SIGINT; then finish what is in flight and leave."""
    settings = load_settings(service.settings_class)
    app = create_app(service, settings, roles=roles)
    app.state.migrations_head = head_of(service.migrations)
    app.state.readings = service.consumers.readings() if roles != {"serve"} else None
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        proxy_headers=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=int(settings.drain_seconds),
        timeout_keep_alive=75,
        h11_max_incomplete_event_size=64 * 1024,
    )
    return 0


def render_openapi(service: Service) -> str:
    """The OpenAPI document, rendered so that a difference is a change of contract and nothing else."""
    return (
        json.dumps(make_api(service).openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


async def _with_runtime(
    step: Any, service: Service, runtime: Runtime, parked_id: UUID | None
) -> int:
    try:
        return int(await step(service, runtime, parked_id))
    finally:
        await runtime.close()


async def _streams(service: Service, runtime: Runtime, _: UUID | None) -> int:
    settings = runtime.settings
    client = await bus.connect(
        settings.nats_url, name="ops", user=settings.nats_user, password=settings.nats_password
    )
    readings = service.consumers.readings()
    owners = sorted({service.name, *(reading.owner for reading in readings)})
    await bus.ensure_streams(client, owners, readings)
    await client.close()
    sys.stdout.write(f"streams of {service.name}: {len(readings)} consumers declared\n")
    return 0


async def _parked(_: Service, runtime: Runtime, __: UUID | None) -> int:
    parked = runtime.table("parked_messages")
    tx = runtime.begin_system()
    try:
        rows = await tx.all(
            select(parked)
            .where(parked.c.replayed_at.is_(None))
            .order_by(parked.c.parked_at)
            .limit(1000)
        )
    finally:
        await tx.close()
    for row in rows:
        sys.stdout.write(
            f"{row.id} {row.parked_at:%Y-%m-%dT%H:%M:%SZ} {row.subject} x{row.deliveries} {row.reason}\n"
        )
    sys.stdout.write(f"{runtime.service}: {len(rows)} parked\n")
    return 0


async def _replay(service: Service, runtime: Runtime, parked_id: UUID | None) -> int:
    through, stuck = await make_consuming(service, runtime).replay(parked_id)
    sys.stdout.write(f"{service.name}: {through} replayed, {stuck} still parked\n")
    return 1 if stuck else 0

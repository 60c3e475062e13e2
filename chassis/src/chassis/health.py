"""/healthz says that the process lives; /readyz that it can do its work, and if not, why."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from fastapi import APIRouter, Request, Response

from chassis import bus
from chassis.runtime import Runtime

DATABASE_SECONDS = 2.0


def health_router(name: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "service": name}

    @router.get("/readyz")
    async def readyz(request: Request, response: Response) -> dict[str, object]:
        faults = await readiness_faults(request.app.state.runtime, request.app.state)
        response.status_code = 503 if faults else 200
        return {"status": "not ready" if faults else "ready", "service": name, "faults": faults}

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        runtime: Runtime = request.app.state.runtime
        return Response(runtime.metrics.render(), media_type="text/plain; version=0.0.4")

    return router


async def readiness_faults(runtime: Runtime, state: object) -> list[str]:
    """Why this process should get no requests now; empty when it should."""
    faults = []
    if runtime.draining.is_set():
        faults.append("draining")
    faults.extend(await _database_faults(runtime, getattr(state, "migrations_head", None)))
    faults.extend(await _nats_faults(runtime, getattr(state, "readings", None)))
    return faults


async def _database_faults(runtime: Runtime, head: str | None) -> list[str]:
    try:
        async with runtime.connections.acquire() as held:
            found = await held.raw.fetchval("SELECT version_num FROM alembic_version")
    except Exception as error:  # noqa: BLE001  whatever it is, the answer is: not ready, and this is why
        return [f"database: {type(error).__name__}"]
    if head is not None and found != head:
        return [f"database is at migration {found}, this process needs {head}: run `migrate`"]
    return []


async def _nats_faults(runtime: Runtime, readings: list[bus.Reading] | None) -> list[str]:
    if readings is None:
        return []
    client = runtime.nats
    if client is None or not client.is_connected:
        return ["nats: not connected"]
    try:
        faults = await bus.missing_streams(client.jetstream(timeout=2), [runtime.service], readings)
    except Exception as error:  # noqa: BLE001  as above
        return [f"nats: {type(error).__name__}"]
    return [f"nats: {fault}: run `streams`" for fault in faults]


def head_of(migrations: Path) -> str | None:
    """The newest migration that this code was written for."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    return ScriptDirectory.from_config(config).get_current_head()

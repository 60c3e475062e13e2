"""A service put together: its table of contents in, one FastAPI application out.

SERVICE = Service(
    name="notes",
    title="Notes",
    routers=(router,),
    metadata=metadata,
    facts=(NoteWritten,),
    consumers=consumers,
)
app = create_app(SERVICE, load_settings(ServiceSettings))
"""

import asyncio
import contextlib
import gc
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import MetaData

from chassis import bus
from chassis.blobs import Blobs
from chassis.clock import Clock, SystemClock
from chassis.consumers import Consumers, Consuming
from chassis.cursors import Cursors
from chassis.database import Connections, make_engine
from chassis.door import IDEMPOTENCY_KEY_CHARACTERS_MAX, Guard
from chassis.doorway import Doorway
from chassis.encryption import Keyring
from chassis.envelope import Fact
from chassis.health import health_router
from chassis.housekeeping import keep_house
from chassis.identity import TokenVerifier
from chassis.jobs import JobCode, JobWorker
from chassis.refusals import handle_problems
from chassis.relay import Relay
from chassis.route_table import RouteTable
from chassis.rules import Rules
from chassis.runtime import Runtime
from chassis.schemas import ProblemOut
from chassis.settings import ServiceSettings
from chassis.telemetry import (
    Metrics,
    configure_logging,
    setup_tracing,
    shutdown_tracing,
)
from chassis.weather import is_weather

COLLECTOR_THRESHOLDS = (20_000, 20, 20)
ROLES_ALL = frozenset({"serve", "relay", "consume"})

log = structlog.get_logger()

BackgroundTask = Callable[[Runtime], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a service consists of; the only place that names all of it."""

    name: str
    title: str
    routers: Sequence[APIRouter]
    metadata: MetaData
    migrations: Path
    facts: Sequence[type[Fact]]
    """The facts it owns and tells."""
    consumers: Consumers
    rule_shapes: Mapping[str, Any] = field(default_factory=dict)
    """What the value of each of its rules may look like (chassis.rule_shapes)."""
    settings_class: type[ServiceSettings] = ServiceSettings
    jobs: Mapping[str, JobCode] = field(default_factory=dict)
    background: Sequence[BackgroundTask] = ()
    """Loops that run beside the consumers: timers, workers. Each must outlive its own faults."""
    prepare: Callable[[Runtime], Awaitable[None]] | None = None
    """Runs once before the doors open, for what must exist: keys, folders."""


def make_runtime(
    service: Service, settings: ServiceSettings, *, clock: Clock | None = None
) -> Runtime:
    """The parts of a process; opens no connection yet."""
    keyring = Keyring.from_file(settings.keyring_file)
    return Runtime(
        service=service.name,
        settings=settings,
        connections=Connections(
            make_engine(settings.database_url, name=service.name),
            connections_max=settings.database_connections_max,
        ),
        metadata=service.metadata,
        clock=clock or SystemClock(),
        keyring=keyring,
        cursors=Cursors(keyring.derive(f"cursors {service.name}")),
        blobs=Blobs.at(settings.blobs_url, keyring=keyring),
        verifier=TokenVerifier(audience=service.name, jwks_file=settings.internal_jwks_file),
        metrics=Metrics(),
        rules=Rules(table=service.metadata.tables["rules"], shapes=service.rule_shapes),
    )


def create_app(
    service: Service,
    settings: ServiceSettings,
    *,
    clock: Clock | None = None,
    roles: frozenset[str] = ROLES_ALL,
) -> FastAPI:
    """The whole process: doors, relay, consumers, jobs, timers; or any part of it by `roles`."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(service.name, settings.log_level)
        setup_tracing(service.name, settings.otlp_endpoint)
        runtime: Runtime = app.state.runtime
        if service.prepare is not None:
            await service.prepare(runtime)
        loops = (
            asyncio.create_task(run_loops(service, runtime, roles)) if roles != {"serve"} else None
        )
        _calm_collector()
        try:
            yield
        finally:
            runtime.draining.set()
            if loops is not None:
                loops.cancel()
                await asyncio.gather(loops, return_exceptions=True)
            if runtime.nats is not None:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(runtime.nats.close(), 2)
            await runtime.close()
            shutdown_tracing()

    app = make_api(service, lifespan=lifespan)
    app.state.runtime = make_runtime(service, settings, clock=clock)
    app.add_middleware(Doorway, runtime_of=lambda: app.state.runtime)
    return app


def _calm_collector() -> None:
    """What start-up made stays for ever: the cyclic collector need not walk it again, nor look so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def make_api(service: Service, *, lifespan: Any = None) -> FastAPI:
    """The routes and their problems, without a process behind them: enough for `openapi`."""
    app = FastAPI(
        title=service.title,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # Spans and metrics of requests are the doorway's (chassis.telemetry).
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    # Literal paths first: none can be hidden by another.
    routes = sorted(api_routes(service), key=lambda route: "{" in route.path)
    for route in routes:
        _declare_policy(route)
    app.router.routes += [*health_router(service.name).routes, RouteTable(routes), *routes]
    handle_problems(app)
    plain_openapi = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain_openapi()
        _polish(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def api_routes(service: Service) -> list[APIRoute]:
    """Every route of a service, in order. Routers are laid flat, so that each route is there to be looked at."""
    routes = []
    for router in service.routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise TypeError(
                    f"{service.name}: lay routers side by side, not inside each other: {route!r}"
                )
            routes.append(route)
    return routes


def guard_of(route: APIRoute) -> Guard | None:
    """The policy guard among a route's dependencies."""
    for dependant in route.dependant.dependencies:
        if isinstance(dependant.call, Guard):
            return dependant.call
    return None


def _declare_policy(route: APIRoute) -> None:
    guard = guard_of(route)
    if guard is None:
        raise RuntimeError(f"{route.methods} {route.path} declares no policy: say who may call it")
    route.openapi_extra = {**(route.openapi_extra or {}), "x-policy": guard.policy.described()}


def _polish(document: dict[str, Any]) -> None:
    """Problems instead of FastAPI's own 422, and the schema they point to."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["ProblemOut"] = ProblemOut.model_json_schema()
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method == "post":
                operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
            responses = operation.setdefault("responses", {})
            stated = responses.get("4XX", {}).get("content", {})
            responses["4XX"] = _problem_response("问题 Problem (RFC 9457)")
            # A route whose format is another standard's refuses in that one too.
            responses["4XX"]["content"] |= stated
            responses["503"] = _problem_response("暂不可用 Unavailable")
            if "422" in responses and "HTTPValidationError" in str(responses["422"]):
                del responses["422"]


# Read by the guard itself, because FastAPI's own reading of a header costs more than the rest of it.
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "同一键同一内容只办一次 / same key, same body: done once; kept for 24 hours",
    "schema": {"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_CHARACTERS_MAX},
}


def _problem_response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


async def run_loops(service: Service, runtime: Runtime, roles: frozenset[str]) -> None:
    """Connect to NATS and run what the roles ask for; a loop that ends in a fault is started again."""
    settings = runtime.settings
    runtime.nats = await _connected(service, settings)
    loops: list[Callable[[], Awaitable[None]]] = []
    if "relay" in roles:
        relay = Relay(
            database_url=settings.database_url, client=runtime.nats, metrics=runtime.metrics
        )
        loops.append(relay.run)
    if "consume" in roles:
        consuming = make_consuming(service, runtime)
        loops.append(consuming.run)
        if service.jobs:
            loops.append(JobWorker(runtime=runtime, codes=service.jobs).run)
        loops.extend(_bound(task, runtime) for task in (keep_house, *service.background))
    await asyncio.gather(*(_kept_up(loop) for loop in loops))


def _bound(task: BackgroundTask, runtime: Runtime) -> Callable[[], Awaitable[None]]:
    return lambda: task(runtime)


async def _kept_up(loop: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await loop()
        except Exception as error:
            if is_weather(error):
                log.warning("loop paused", error=type(error).__name__)
            else:
                log.exception("loop failed, starting again")
        await asyncio.sleep(1.0)


async def _connected(service: Service, settings: ServiceSettings) -> Any:
    while True:
        try:
            return await bus.connect(
                settings.nats_url,
                name=service.name,
                user=settings.nats_user,
                password=settings.nats_password,
            )
        except Exception as error:  # noqa: BLE001  the broker may come later than we do
            log.warning("nats not reachable yet", error=repr(error)[:200])
            await asyncio.sleep(0.5)


def make_consuming(service: Service, runtime: Runtime) -> Consuming:
    return Consuming(
        consumers=service.consumers,
        begin=runtime.begin_system,
        inbox=runtime.table("inbox"),
        parked=runtime.table("parked_messages"),
        metrics=runtime.metrics,
        client=runtime.nats,
    )

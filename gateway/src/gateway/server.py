"""The process: uvicorn around the application, and a drain that keeps what was begun."""

import asyncio
import gc
import resource
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.telemetry import configure_logging, setup_tracing, shutdown_tracing
from gateway.service import Gateway

KEEP_ALIVE_SECONDS = 75
HEAD_SECONDS = 10.0
"""How long a request's head may take; who dribbles it is hung up on."""
SWEEP_SECONDS = 2.0
FILES_WANTED = 65_536


class PatientProtocol(HttpToolsProtocol):
    """Remembers since when a connection owes us the rest of a head. Checked by a sweep, not by a timer each."""

    owes_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.owes_since = self.loop.time()
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        self.owes_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.owes_since = None
        super().on_headers_complete()


class Server(uvicorn.Server):
    """On SIGTERM: says so under /readyz, lingers if told to, stops accepting, finishes what is in flight."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._swept_at = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        is_first = not self._gateway.health.is_draining
        self._gateway.drain()
        linger = self._gateway.settings.drain_linger_seconds
        if is_first and linger > 0:
            leave = super().handle_exit
            asyncio.get_running_loop().call_later(linger, leave, sig, frame)
            return
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._swept_at > SWEEP_SECONDS:
            self._swept_at = now
            self.sweep(now)
        return await super().on_tick(counter)

    def sweep(self, now: float) -> None:
        """Hang up on connections whose head is overdue at this loop time."""
        for connection in list(self.server_state.connections):
            if (
                isinstance(connection, PatientProtocol)
                and connection.owes_since is not None
                and now - connection.owes_since > HEAD_SECONDS
            ):
                connection.transport.close()


def server_config(gateway: Gateway) -> uvicorn.Config:
    settings = gateway.settings
    return uvicorn.Config(
        gateway.application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, int(settings.drain_seconds)),
        backlog=2048,
    )


def raise_file_limit() -> None:
    """As many open sockets as this process may have: a door with 1 024 of them is soon shut."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, FILES_WANTED) if hard != resource.RLIM_INFINITY else FILES_WANTED
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def serve(gateway: Gateway) -> None:
    """Serve until SIGTERM or SIGINT."""
    raise_file_limit()
    configure_logging("gateway", gateway.settings.log_level)
    setup_tracing("gateway", gateway.settings.otlp_endpoint)
    # What was loaded until now stays: the collector need not walk over it again on every full pass.
    gc.collect()
    gc.freeze()
    try:
        Server(server_config(gateway), gateway).run()
    finally:
        shutdown_tracing()

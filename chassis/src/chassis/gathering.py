"""Facts of many aggregates handled together, for handlers that only add rows: one commit for whatever has come meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from chassis.pace import Pace

T = TypeVar("T")

log = structlog.get_logger()

TOGETHER_MAX = 100
COMPANY_SECONDS = 0.02


class Gathering(Generic[T]):
    """Hands what waits to `many`, as much as there is; when that fails, to `one`, one after the other.

    While little comes nothing waits for company: a first goes alone, and what arrives while it is handled goes
    together. When much comes (chassis.pace), a first waits COMPANY_SECONDS for what comes right after it.
    """

    def __init__(
        self,
        *,
        many: Callable[[Sequence[T]], Awaitable[None]],
        one: Callable[[T], Awaitable[str]],
        pace: Pace | None = None,
    ) -> None:
        self._many = many
        self._one = one
        self._waiting: list[tuple[T, asyncio.Future[str]]] = []
        self._handling: asyncio.Task[None] | None = None
        self._pace = pace or Pace()

    async def handle(self, told: T) -> str:
        """How it ended, `done` or what `one` says; raises what `one` raises."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((told, future))
        if self._handling is None or self._handling.done():
            self._handling = asyncio.create_task(self._handle_all())
        return await future

    async def _handle_all(self) -> None:
        while self._waiting:
            if self._pace.is_busy and len(self._waiting) < TOGETHER_MAX:
                await asyncio.sleep(COMPANY_SECONDS)
            batch, self._waiting = self._waiting[:TOGETHER_MAX], self._waiting[TOGETHER_MAX:]
            # Who was cut off meanwhile has not acknowledged it: it comes again.
            batch = [(told, future) for told, future in batch if not future.done()]
            self._pace.note(len(batch))
            await self._handle_batch(batch)

    async def _handle_batch(self, batch: Sequence[tuple[T, asyncio.Future[str]]]) -> None:
        if len(batch) > 1:
            try:
                await self._many([told for told, _ in batch])
            except Exception as error:  # noqa: BLE001  one of them may be a repeat or a fault: each is tried by itself
                log.info("not together", facts=len(batch), error=type(error).__name__)
            else:
                for _, future in batch:
                    _resolve(future, "done")
                return
        for told, future in batch:
            try:
                _resolve(future, await self._one(told))
            except Exception as error:  # noqa: BLE001  it belongs to whoever waits for it
                if not future.done():
                    future.set_exception(error)


def _resolve(future: asyncio.Future[str], outcome: str) -> None:
    if not future.done():
        future.set_result(outcome)

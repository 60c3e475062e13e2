"""Somebody with a token who calls the city's REST through the gateway, as an app would.

What an app must do is done here: every write carries an Idempotency-Key, and what fails on the way (a process
that is being started again) is tried again with the same key.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx

T = TypeVar("T")

RETRIED = frozenset({429, 502, 503, 504})
PAUSE_SECONDS = 0.3


class RefusedError(AssertionError):
    """The city said no: its problem document, as it came."""

    def __init__(self, method: str, path: str, response: httpx.Response) -> None:
        super().__init__(f"{method} {path} -> {response.status_code} {response.text[:600]}")
        self.status = response.status_code
        self.problem: dict[str, Any] = {}
        if "json" in response.headers.get("content-type", ""):
            self.problem = response.json()


async def eventually(
    what: str, check: Callable[[], Awaitable[T]], *, within: float, every: float = 0.1
) -> T:
    """Wait for a state, with a deadline: until `check` returns something true. Never for a fixed time."""
    deadline = time.monotonic() + within
    last: BaseException | None = None
    while True:
        try:
            found = await check()
            if found:
                return found
        except (RefusedError, LookupError, httpx.HTTPError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {what} ({last!r})")
        await asyncio.sleep(every)


@dataclass
class Caller:
    """One caller; `patience` is how many seconds a call may be tried again before it counts as failed."""

    http: httpx.AsyncClient
    token: str | None = None
    patience: float = 20.0
    written: list[tuple[str, str]] = field(default_factory=list)
    """Path and id of every write that was answered 2xx: what must still be there at the end."""

    async def get(self, path: str, **params: Any) -> Any:
        response = await self._until_answered("GET", path, params=params)
        if response.status_code != httpx.codes.OK:
            raise RefusedError("GET", path, response)
        return response.json() if "json" in response.headers["content-type"] else response

    async def raw(self, path: str, **params: Any) -> httpx.Response:
        return await self._until_answered("GET", path, params=params)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        response = await self.post_raw(path, body, key=key)
        if not response.is_success:
            raise RefusedError("POST", path, response)
        answer = response.json() if response.content else None
        if isinstance(answer, dict) and "id" in answer:
            self.written.append((path, str(answer["id"])))
        return answer

    async def post_raw(
        self, path: str, body: Any = None, *, key: str | None = None
    ) -> httpx.Response:
        """A write with an Idempotency-Key: safe to try again, because the city does it once."""
        options: dict[str, Any] = {} if body is None else {"json": body}
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await self._until_answered("POST", path, headers=headers, **options)

    async def upload(self, path: str, name: str, data: bytes, media_type: str) -> httpx.Response:
        """Hand in a file; content-addressed on the other side, so trying again is harmless."""
        return await self._until_answered("POST", path, files={"file": (name, data, media_type)})

    async def _until_answered(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        deadline = time.monotonic() + self.patience
        while True:
            try:
                response = await self.http.request(method, path, headers=headers, **options)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                if response.status_code not in RETRIED or time.monotonic() > deadline:
                    return response
            await asyncio.sleep(PAUSE_SECONDS)

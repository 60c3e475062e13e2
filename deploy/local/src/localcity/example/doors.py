"""The public doors of a running city, as the loader knocks on them: patiently, and with clear words when refused."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx

from localcity.trouble import TroubleError

PATIENCE_SECONDS = 90.0
"""Services that are starting, or were killed, come back within it."""
PAUSE_SECONDS_MAX = 2.0
JOB_SECONDS_MAX = 1_800.0
PAGE_RESULTS = 100
_TRY_AGAIN = frozenset({429, 502, 503, 504})

Say = Callable[[str], None]


class RunningCity(Protocol):
    """What the loader has to know of a city."""

    @property
    def gateway(self) -> str: ...

    @property
    def partner(self) -> Mapping[str, str]: ...

    def token(self, role: str) -> str: ...


class Doors:
    """Calls through the gateway, each as a principal of the example city."""

    def __init__(self, client: httpx.AsyncClient, city: RunningCity) -> None:
        self._client = client
        self._city = city

    async def call(
        self,
        method: str,
        path: str,
        *,
        role: str,
        json: Any = None,
        params: Mapping[str, str | int] | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """The answer's body; raises TroubleError in words when the city refuses or does not answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        pause = 0.1
        while True:
            answer, trouble = await self._once(method, path, role, json, params, file)
            if answer is not None and answer.status_code not in _TRY_AGAIN:
                return _body(answer, f"{method} {path}")
            if time.monotonic() > deadline:
                raise TroubleError(f"{method} {path}: {trouble} for {PATIENCE_SECONDS:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)

    async def _once(
        self,
        method: str,
        path: str,
        role: str,
        json: Any,
        params: Mapping[str, str | int] | None,
        file: tuple[str, bytes] | None,
    ) -> tuple[httpx.Response | None, str]:
        try:
            answer = await self._client.request(
                method,
                f"{self._city.gateway}{path}",
                headers={"Authorization": f"Bearer {self._city.token(role)}"},
                json=json,
                params=params,
                files={"file": file} if file else None,
            )
        except httpx.TransportError as error:
            return None, f"no answer ({type(error).__name__})"
        return answer, f"answered {answer.status_code}"

    async def results(
        self, path: str, *, role: str, params: Mapping[str, str | int] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Every result of a list, page after page."""
        cursor: str | None = None
        while True:
            asked = {
                **(params or {}),
                "limit": PAGE_RESULTS,
                **({"cursor": cursor} if cursor else {}),
            }
            page = await self.call("GET", path, role=role, params=asked)
            for result in page["results"]:
                yield result
            cursor = page.get("next_cursor")
            if not cursor:
                return

    async def finish_job(
        self, job: dict[str, Any], *, path: str, role: str, say: Say
    ) -> dict[str, Any]:
        """Wait until a job has ended, telling its progress; raises TroubleError when it failed."""
        deadline = time.monotonic() + JOB_SECONDS_MAX
        told = time.monotonic()
        while job["state"] in {"queued", "running"}:
            if time.monotonic() > deadline:
                raise TroubleError(
                    f"the job {job['id']} has not ended after {JOB_SECONDS_MAX:.0f} s"
                )
            await asyncio.sleep(0.1)
            job = await self.call("GET", f"{path}/{job['id']}", role=role)
            if time.monotonic() - told > 1:
                told = time.monotonic()
                say(f"  {job['done']} / {job['total'] or '?'} rows")
        if job["state"] != "done":
            raise TroubleError(f"the job {job['id']} ended as {job['state']}: {job.get('error')}")
        return job


def open_client() -> httpx.AsyncClient:
    """A client for a city on this machine: no proxy of the environment comes between."""
    return httpx.AsyncClient(timeout=60.0, trust_env=False)


def _body(answer: httpx.Response, what: str) -> dict[str, Any]:
    try:
        body = answer.json() if answer.content else {}
    except ValueError:
        body = {"detail": answer.text[:200]}
    if answer.is_success:
        return dict(body)
    faults = "; ".join(
        f"{fault.get('pointer')}: {fault.get('detail')}" for fault in (body.get("errors") or [])[:3]
    )
    words = body.get("detail") or body.get("title") or ""
    raise TroubleError(f"{what}: {answer.status_code} {words} {faults}".strip())


def read_file(path: Path) -> bytes:
    """The bytes of a file that somebody named; raises TroubleError when they cannot be had."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise TroubleError(f"{path}: {error.strerror}") from None

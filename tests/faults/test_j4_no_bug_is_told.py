"""A database that dies in the middle of anything is told as a pause: 503 with Retry-After, and never as a bug (500).

An earlier form of J4 met one such answer in a hundred thousand: asyncpg has a word of its own for a server that
dies between its Parse and its Bind.
"""

import asyncio
from collections import Counter

import httpx

from localcity.example.generator import J1_ITEM
from localcity.journeys.caller import eventually

DEATHS = 3
SIDE_BY_SIDE = 12
WRITES_BETWEEN_DEATHS = 100


async def test_a_dying_database_is_never_told_as_a_bug(city):
    seen: Counter[int] = Counter()
    stop = asyncio.Event()
    headers = city.bearer("citizen")

    async def write_and_read(http: httpx.AsyncClient, lane: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                if number % 2:
                    response = await http.post(
                        "/workorder/v1/applications",
                        headers={**headers, "Idempotency-Key": f"storm-{lane}-{number}"},
                        json={
                            "item_code": J1_ITEM,
                            "answers": {"premises": "leased", "online": "no"},
                        },
                    )
                else:
                    response = await http.get("/workorder/v1/applications", headers=headers)
            except httpx.TransportError:
                continue
            seen[response.status_code] += 1
            assert response.status_code != 503 or int(response.headers["retry-after"]) >= 1

    async with httpx.AsyncClient(base_url=city.gateway, timeout=40) as http:
        lanes = [asyncio.create_task(write_and_read(http, lane)) for lane in range(SIDE_BY_SIDE)]
        for _ in range(DEATHS):
            old = await asyncio.to_thread(city.kill, "postgres")
            await asyncio.to_thread(city.wait_replaced, "postgres", old)
            worked = seen[201] + WRITES_BETWEEN_DEATHS

            async def works_again(worked: int = worked) -> bool:
                return seen[201] >= worked

            await eventually("writes go on", works_again, within=60)
        stop.set()
        await asyncio.gather(*lanes)
    assert seen[200] > 0
    assert seen[201] > 0
    assert seen[503] > 0
    assert set(seen) <= {200, 201, 422, 429, 503, 504}, seen

"""`make demo`: J1 told line by line against the running city, in Chinese and English."""

import asyncio
import sys
import time

import httpx

from localcity.city import City
from localcity.journeys.caller import Caller
from localcity.journeys.j1 import Cast, walk
from localcity.trouble import TroubleError


def cast_of(city: City, http: httpx.AsyncClient, item_code: str) -> Cast:
    """The people of J1, as the example city signs them in."""
    return Cast(
        citizen=Caller(http, city.token("citizen")),
        clerk=Caller(http, city.token("clerk")),
        reviewer=Caller(http, city.token("reviewer")),
        officer=Caller(http, city.token("department_officer")),
        issuer=Caller(http, city.token("issuer")),
        seal_keeper=Caller(http, city.token("seal_keeper")),
        stranger=Caller(http),
        item_code=item_code,
    )


async def tell(city: City) -> None:
    from localcity.example.generator import J1_ITEM  # noqa: PLC0415  loads the generator's word lists

    began = time.monotonic()

    def say(step: int, zh: str, en: str) -> None:
        print(f"{step:>2}. [{time.monotonic() - began:5.2f} s] {zh}\n      {en}", flush=True)

    print(
        "J1 一位市民不带纸质材料办成一张证 / a citizen gets a certificate without bringing paper\n"
    )
    async with httpx.AsyncClient(base_url=city.gateway, timeout=35) as http:
        course = await walk(cast_of(city, http, J1_ITEM), say)
    print(
        f"\n公开核验页 public page: {city.gateway}/certificate/v1/verify?code={course.verify_code}"
    )


def main() -> int:
    try:
        asyncio.run(tell(City.attached()))
    except (TroubleError, AssertionError) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

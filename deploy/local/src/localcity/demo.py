"""`make demo`: J1, J2 and J5 told line by line against the running city, in Chinese and English."""

import asyncio
import secrets
import sys
import time
from uuid import UUID

import httpx

from localcity.city import City
from localcity.example.people import APPROVALS, DIVISION, OTHER_DEPARTMENT
from localcity.journeys.caller import Caller
from localcity.journeys.j1 import Cast, Say, walk
from localcity.journeys.j2 import Cast2, walk_a_call
from localcity.journeys.j5 import Cast5, walk_powers_down
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


def cast_of_j5(city: City, http: httpx.AsyncClient) -> Cast5:
    """The people of J5; publishers and reviewers of departments that are made for this walk alone."""
    mark = f"{secrets.randbelow(10**8):08d}"

    def staff(role: str, department: str, division: str, number: int) -> Caller:
        claims = {
            "sub": str(UUID(int=int(mark) * 100 + number)),
            "kind": "staff",
            "roles": [role],
            "assurance": 3,
            "division": division,
            "department": department,
            "channel": "counter",
        }
        return Caller(http, city.mint(claims))

    return Cast5(
        citizens=(
            Caller(http, city.token("citizen")),
            Caller(http, city.token("citizen_2")),
            Caller(http, city.token("citizen")),
        ),
        clerk=staff("clerk", "", "445100", 9),
        lawyer=Caller(http, city.token("legal_reviewer")),
        coordinator=Caller(http, city.token("coordinator")),
        admin=Caller(http, city.token("system_admin")),
        staff=staff,
        mark=mark,
    )


def cast_of_j2(city: City, http: httpx.AsyncClient) -> Cast2:
    """The people of J2: the hotline, two departments, the coordinator; a telephone that nobody else has."""
    mark = f"{secrets.randbelow(10**8):08d}"
    return Cast2(
        agent=Caller(http, city.token("hotline_agent")),
        lead=Caller(http, city.token("hotline_lead")),
        officer_a=Caller(http, city.token("department_officer")),
        officer_b=Caller(http, city.token("department_officer_2")),
        coordinator=Caller(http, city.token("coordinator")),
        department_a=APPROVALS,
        department_b=OTHER_DEPARTMENT,
        division=DIVISION,
        mark=mark,
        phone=f"139{mark}",
    )


def narrator() -> Say:
    """Prints each step with the seconds since the story began."""
    began = time.monotonic()

    def say(step: int, zh: str, en: str) -> None:
        print(f"{step:>2}. [{time.monotonic() - began:5.2f} s] {zh}\n      {en}", flush=True)

    return say


async def tell(city: City) -> None:
    from localcity.example.generator import J1_ITEM  # noqa: PLC0415  loads the generator's word lists

    print(
        "J1 一位市民不带纸质材料办成一张证 / a citizen gets a certificate without bringing paper\n"
    )
    async with httpx.AsyncClient(base_url=city.gateway, timeout=35) as http:
        course = await walk(cast_of(city, http, J1_ITEM), narrator())
        page = f"{city.gateway}/certificate/v1/verify?code={course.verify_code}"
        print(f"\n公开核验页 public page: {page}")
        print("\nJ2 一个热线来电的全程 / a hotline call travels through the city\n")
        await walk_a_call(cast_of_j2(city, http), narrator())
        print("\nJ5 放权到区县，分秒不差 / a city power moves down to two counties at its minute\n")
        await walk_powers_down(cast_of_j5(city, http), narrator())


def main() -> int:
    try:
        asyncio.run(tell(City.attached()))
    except (TroubleError, AssertionError) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The example city: the same for the same seed and scale, and true to nobody.

Places are real (divisions.py); departments, items, people, companies and every number on them are made up.
"""

from dataclasses import dataclass

from contracts.guide import Guide
from localcity.example import figures
from localcity.example.catalogue import (
    CertificateTypeEntry,
    ResourceEntry,
    certificate_types,
    resources,
)
from localcity.example.codes import dice
from localcity.example.departments import Department, Hall, departments, hall_code, halls
from localcity.example.divisions import CITY, COUNTIES, DIVISIONS, FENGXI, Division
from localcity.example.guides import ItemPlan, Surroundings, write_guide
from localcity.example.j1 import J1_ITEM, j1_guide
from localcity.example.people import (
    SEED,
    ExampleCompany,
    ExamplePerson,
    Officer,
    companies,
    officers,
    people,
)
from localcity.example.planning import plan_items

SMALL = 0.014
"""What `make up` loads: about 120 items."""
ITEMS_MIN = 40
PEOPLE_MIN = 60
TOWN_HALLS_FROM = 0.1

__all__ = ["J1_ITEM", "SEED", "SMALL", "ExampleCity", "make_city"]


@dataclass(frozen=True, kw_only=True)
class ExampleCity:
    """Everything in an example city."""

    seed: int
    scale: float
    divisions: tuple[Division, ...]
    departments: tuple[Department, ...]
    halls: tuple[Hall, ...]
    certificate_types: tuple[CertificateTypeEntry, ...]
    resources: tuple[ResourceEntry, ...]
    guides: tuple[Guide, ...]
    people: tuple[ExamplePerson, ...]
    """`citizen` and `citizen_2` come first."""
    companies: tuple[ExampleCompany, ...]
    officers: tuple[Officer, ...]


def make_city(seed: int = SEED, scale: float = SMALL) -> ExampleCity:
    """A city of `scale` times 8 543 items (at least 40); a small one is a part of the large one.

    Raises ValueError outside 0 to 1.
    """
    if not 0 < scale <= 1:
        raise ValueError("the scale is more than 0 and at most 1")
    count = max(ITEMS_MIN, round(figures.ITEMS * scale))
    around = _surroundings()
    return ExampleCity(
        seed=seed,
        scale=scale,
        divisions=DIVISIONS,
        departments=departments(),
        halls=halls(with_towns=scale >= TOWN_HALLS_FROM),
        certificate_types=certificate_types(),
        resources=resources(),
        guides=tuple(_guide(plan, around, seed) for plan in plan_items(seed=seed, count=count)),
        people=people(max(PEOPLE_MIN, round(1000 * scale)), seed=seed),
        companies=companies(max(3, round(200 * scale)), seed=seed),
        officers=officers(seed=seed),
    )


def _surroundings() -> Surroundings:
    by_code = {hall.code: hall for hall in halls(with_towns=False)}
    return Surroundings(
        halls={place: by_code[hall_code(place)] for place in (CITY, *COUNTIES, FENGXI)},
        certificate_types={kind.code: kind for kind in certificate_types()},
        resources={resource.code: resource for resource in resources()},
    )


def _guide(plan: ItemPlan, around: Surroundings, seed: int) -> Guide:
    if plan.item_code == J1_ITEM:
        return j1_guide(plan, around)
    return write_guide(plan, around, chance=dice(seed, "guide", plan.item_code))

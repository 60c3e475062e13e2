"""The example city's departments (部门) and halls (政务服务大厅)."""

from dataclasses import dataclass
from functools import cache

from localcity.example.codes import department_code, dice
from localcity.example.divisions import CITY, COUNTIES, FENGXI, NAMES, TOWNS, XIANGQIAO, Division
from localcity.example.subjects import DepartmentKind, department_kinds

CITY_LEVEL, COUNTY_LEVEL, TOWN_LEVEL = 3, 4, 5
"""行使层级, national codes."""

_FIXED_NUMBERS = {("government-services", CITY): 1, ("market", XIANGQIAO): 2, ("police", CITY): 3}
"""Departments that tokens and documents name: their numbers never move."""
_FIRST_NUMBER = 10
_HALLS = {
    CITY: ("hall-chaozhou", "潮州市政务服务中心", "潮州市湘桥区潮州大道一号"),
    XIANGQIAO: ("hall-xiangqiao", "湘桥区政务服务中心", "潮州市湘桥区城新路二号"),
    "445103": ("hall-chaoan", "潮安区政务服务中心", "潮州市潮安区庵埠镇文里路三号"),
    "445122": ("hall-raoping", "饶平县政务服务中心", "潮州市饶平县黄冈镇河北路四号"),
    FENGXI: ("hall-fengxi", "枫溪区政务服务中心", "潮州市枫溪区凤新大道五号"),
}
HOURS = "工作日 8:30—12:00，14:30—17:30"


@dataclass(frozen=True, kw_only=True)
class Department:
    """One department; `place` is its division, or FX for one that works for 枫溪区 by the city's right."""

    code: str
    name: str
    place: str
    level: int
    kind: DepartmentKind | None
    phone: str
    supervision_phone: str

    @property
    def division(self) -> str:
        return CITY if self.place == FENGXI else self.place

    @property
    def managing_area(self) -> str | None:
        return FENGXI if self.place == FENGXI else None


@dataclass(frozen=True, kw_only=True)
class Hall:
    code: str
    name: str
    division: str
    address: str
    hours: str
    phone: str


@cache
def departments() -> tuple[Department, ...]:
    """Every department of the city, counties, 枫溪区 and towns; the same in every example city."""
    found = []
    number = _FIRST_NUMBER
    for place, letter in ((CITY, "c"), *((county, "d") for county in COUNTIES), (FENGXI, "f")):
        for kind in department_kinds():
            if letter in kind.levels:
                fixed = _FIXED_NUMBERS.get((kind.key, place))
                found.append(_department(kind, place, fixed or number))
                number += 1
    for town in TOWNS:
        found.append(_town_government(town, number))
        number += 1
    return tuple(found)


@cache
def _by_kind() -> dict[tuple[str, str], Department]:
    return {(found.kind.key, found.place): found for found in departments() if found.kind}


def department(kind: str, place: str) -> Department:
    """The department of this kind here; the city's where this place has none."""
    return _by_kind().get((kind, place)) or _by_kind()[(kind, CITY)]


def _department(kind: DepartmentKind, place: str, number: int) -> Department:
    division = CITY if place == FENGXI else place
    code = department_code(division, number)
    # A county's traffic police is a brigade of the city's detachment.
    title = kind.name if place == CITY else kind.name.replace("支队", "大队")
    phone, supervision = _phones(code)
    return Department(
        code=code,
        name=f"{NAMES[CITY] if place == FENGXI else ''}{NAMES[place]}{title}",
        place=place,
        level=COUNTY_LEVEL if place in COUNTIES else CITY_LEVEL,
        kind=kind,
        phone=phone,
        supervision_phone=supervision,
    )


def _town_government(town: Division, number: int) -> Department:
    code = department_code(town.code[:6], number)
    phone, supervision = _phones(code)
    office = "办事处" if town.name.endswith("街道") else "人民政府"
    return Department(
        code=code,
        name=f"{NAMES[town.code[:6]]}{town.name}{office}",
        place=town.code,
        level=TOWN_LEVEL,
        kind=None,
        phone=phone,
        supervision_phone=supervision,
    )


def _phones(code: str) -> tuple[str, str]:
    """Two numbers that differ, both with the area code. 0768-000xxxx is nobody's: none begins with 0."""
    first, second = dice(code, "phones").sample(range(10_000), 2)
    return f"0768-000{first:04d}", f"0768-000{second:04d}"


def hall_code(place: str) -> str:
    """The hall where a department of this place takes things in."""
    return _HALLS[place][0] if place in _HALLS else f"hall-{place}"


def halls(*, with_towns: bool) -> tuple[Hall, ...]:
    """The city's, the counties' and 枫溪区's halls; on request one for each town and street."""
    found = [
        _hall(code, name, CITY if place == FENGXI else place, address)
        for place, (code, name, address) in _HALLS.items()
    ]
    if with_towns:
        found += [
            _hall(
                hall_code(town.code),
                f"{town.name}便民服务中心",
                town.code,
                f"潮州市{NAMES[town.code[:6]]}{town.name}便民服务中心",
            )
            for town in TOWNS
        ]
    return tuple(found)


def _hall(code: str, name: str, division: str, address: str) -> Hall:
    phone, _ = _phones(code)
    return Hall(code=code, name=name, division=division, address=address, hours=HOURS, phone=phone)

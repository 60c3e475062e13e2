"""The books beside the guides: general windows, proofs, powers, channels' own lists, supervision items and reports.

Each function gives the rows that a public door takes, for a whole city or for a part of one; all of them are the same
for the same city. At full scale they come to the published year (figures.py).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from contracts.guide import Guide
from localcity.example import figures
from localcity.example.catalogue import HOUSEHOLD_REGISTER, RESIDENT_ID
from localcity.example.departments import Department, department, departments, hall_code
from localcity.example.divisions import CHAOAN, CITY, COUNTIES, FENGXI, RAOPING, XIANGQIAO
from localcity.example.figures import part_of
from localcity.example.generator import ExampleCity
from localcity.example.people import APPROVALS, OTHER_DEPARTMENT
from localcity.example.powers import power_row
from localcity.example.subjects import Subject, department_kinds

BOOKS_FROM = date(2024, 1, 1)
"""From this day on the books hold; on the day before there is nothing in them."""
SUPERVISION_MONTH = "2024-01"
GENERAL_WINDOW = "Z01"
REASON = "示例数据"

Rows = list[dict[str, Any]]


# --- general windows, 一窗通办


@dataclass(frozen=True, kw_only=True)
class GeneralWindow:
    """A hall's general window and the codes of the items that it takes in."""

    hall: str
    item_codes: tuple[str, ...]

    @property
    def row(self) -> dict[str, Any]:
        return {
            "number": GENERAL_WINDOW,
            "name": "综合窗口",
            "kind": "general",
            "opened_on": BOOKS_FROM.isoformat(),
            "reason": REASON,
        }

    def intakes(self, ids: Mapping[str, str]) -> Rows:
        """What the window is given to take in; `ids`: of each item code, the item's id."""
        return [{"what": "item", "value": ids[code]} for code in self.item_codes]


def general_windows(city: ExampleCity) -> tuple[GeneralWindow, ...]:
    """One in each hall whose departments hand their items over, by hall."""
    by_hall: dict[str, list[str]] = defaultdict(list)
    for guide in city.guides:
        if guide.one_window:
            by_hall[hall_code(guide.managing_area or guide.division)].append(guide.item_code)
    return tuple(
        GeneralWindow(hall=hall, item_codes=tuple(codes)) for hall, codes in sorted(by_hall.items())
    )


# --- proofs, 无纸质证明

_KINDS_OF_PROOF = (
    *("户籍证明", "亲属关系证明", "居住证明", "收入证明", "在职证明", "婚姻状况证明"),
    *("无违法违规证明", "健康证明", "学历证明", "经营场所证明", "身份关系证明", "无房证明"),
    *("社保缴费证明", "纳税证明", "信用状况证明"),
)
_STAND_INS: tuple[dict[str, Any], ...] = (
    {"stands_in": "certificate", "certificate_type": RESIDENT_ID},
    {"stands_in": "data", "data_resource": HOUSEHOLD_REGISTER},
    {
        "stands_in": "commitment",
        "commitment_text": "本人承诺所述情况属实，愿意承担不实承诺的法律责任。",
    },
    {"stands_in": "department-check"},
    {"stands_in": "nothing"},
)


def proofs(city: ExampleCity) -> Rows:
    """The list of proofs: most are cancelled, each with what stands in, and some are kept by law.

    No guide of the city asks for one of them by its name.
    """
    cancelled = part_of(figures.PROOFS_CANCELLED, len(city.guides))
    retained = part_of(figures.PROOFS_RETAINED, len(city.guides))
    named = islice(_named_proofs(), cancelled + retained)
    return [
        _proof(number, keeper, subject, kind, is_cancelled=number <= cancelled)
        for number, (keeper, subject, kind) in enumerate(named, start=1)
    ]


def _named_proofs() -> Iterator[tuple[Department, Subject, str]]:
    """Every kind of proof of every subject of the city's departments, department after department in turn."""
    asked = [
        (department(kind.key, CITY), subject)
        for kind in department_kinds()
        if "c" in kind.levels
        for subject in kind.subjects[:4]
        if "（" not in subject.name
    ]
    return ((keeper, subject, kind) for kind in _KINDS_OF_PROOF for keeper, subject in asked)


def _proof(
    number: int, keeper: Department, subject: Subject, kind: str, *, is_cancelled: bool
) -> dict[str, Any]:
    ruling = _STAND_INS[number % len(_STAND_INS)] if is_cancelled else {}
    return {
        "code": f"ZM-{number:04d}",
        "name": f"{subject.name}用{kind}",
        "department": keeper.code,
        "department_name": keeper.name,
        "division": keeper.division,
        "issuing_unit": "村（居）民委员会" if number % 2 else "申请人所在单位",
        "legal_basis": subject.law,
        "status": "cancelled" if is_cancelled else "retained",
        "effective_from": BOOKS_FROM.isoformat(),
        "document": "潮州市无纸质证明清单（示例）",
        **ruling,
    }


# --- powers, 权责清单

_STAGES = {"09": ("acceptance", "review", "decision", "delivery", "execution")}
"""Of the types done on application the only one that does not answer for power_row's stages."""


def proxied_powers(city: ExampleCity, ids: Mapping[str, str]) -> Rows:
    """What the city's departments carry out for 枫溪区 (代实施): a power for each item; `ids` as for windows."""
    return [
        _power(
            guide,
            managing_area=FENGXI,
            item_ids=[ids[guide.item_code]] if guide.item_code in ids else [],
        )
        for guide in city.guides
        if guide.managing_area == FENGXI
    ]


def _power(guide: Guide, **changes: Any) -> dict[str, Any]:
    # A public service is no power type; the city keeps it among the others (其他行政权力).
    kind = guide.task_type.value if guide.task_type.value != "20" else "10"
    if kind in _STAGES:
        duty = "依法定条件和时限履行本环节职责"
        stages = [{"stage": stage, "duty": duty} for stage in _STAGES[kind]]
        changes = {"responsibilities": stages, **changes}
    return power_row(
        code=guide.item_code[-12:],
        name=guide.name,
        kind=kind,
        department=guide.department,
        department_name=guide.department_name,
        **changes,
    )


def delegated_powers(city: ExampleCity) -> Rows:
    """What the city moved down to each county, and each county to each of its towns."""
    items = len(city.guides)
    return [
        *_moved_to_counties(part_of(figures.POWERS_TO_COUNTIES, items)),
        *(
            row
            for county in (RAOPING, XIANGQIAO, CHAOAN)
            for row in _moved_to_towns(county, part_of(figures.POWERS_TO_TOWNS[county], items))
        ),
    ]


def _moved_to_counties(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        for county in COUNTIES:
            receiver = department("market", county)
            yield _moved(number, receiver, level="county", giver=CITY, word="市级下放许可")


def _moved_to_towns(county: str, count: int) -> Iterator[dict[str, Any]]:
    towns = [each for each in departments() if each.place.startswith(county) and not each.kind]
    for number in range(1, count + 1):
        for town in towns:
            yield _moved(number, town, level="town", giver=county, word="县级下放许可")


def _moved(
    number: int, receiver: Department, *, level: str, giver: str, word: str
) -> dict[str, Any]:
    return power_row(
        code=f"4401{giver[3:]}{number:05d}",
        name=f"{word}（第 {number} 项）",
        department=receiver.code,
        department_name=receiver.name,
        division=receiver.place,
        level=level,
        power_source="delegated-from-above",
        from_division=giver,
    )


# --- channels


def live_lists(city: ExampleCity) -> dict[str, Rows]:
    """What each channel says is live on it: what the guides say, from the day the books begin."""
    return {
        channel: [
            {"item_code": guide.item_code, "live_from": BOOKS_FROM.isoformat()}
            for guide in city.guides
            if channel in guide.channels
        ]
        for channel in figures.CHANNEL_ITEMS
    }


def channel_days(channel: str, first: date, last: date) -> Rows:
    """A channel's figures of each of these days; they come to the published ones on the last.

    Users are counted up to the end of a day and grow; cases are of the day and sum up.
    """
    days = (last - first).days + 1
    users, cases = figures.CHANNEL_USERS.get(channel), figures.TERMINAL_CASES
    return [
        {
            "day": (first + timedelta(days=place)).isoformat(),
            "visits": 1_000 + 10 * place,
            **(
                {"cases": cases * (place + 1) // days - cases * place // days}
                if users is None
                else {"users": users - 100 * (days - 1 - place)}
            ),
        }
        for place in range(days)
    ]


# --- supervision, 互联网+监管

_INSPECTED_WORDS = (
    "经营场所",
    "从业人员",
    "产品质量",
    "安全管理",
    "信息公示",
    "资质条件",
    "行业行为",
)
_SUPERVISORS_MAX = 40
_ITEMS_A_SUPERVISOR = 4


def supervision_items(city: ExampleCity) -> Rows:
    """The list of supervision items, department by department; those of the tokens' officers come first."""
    count = part_of(figures.SUPERVISION_ITEMS, len(city.guides))
    many = min(_SUPERVISORS_MAX, max(1, count // _ITEMS_A_SUPERVISOR))
    listed = _supervisors()[:many]
    return [
        _supervision_item(number, listed[number * len(listed) // count]) for number in range(count)
    ]


def _supervisors() -> list[Department]:
    first = (APPROVALS, OTHER_DEPARTMENT)
    found = [each for each in departments() if each.kind and each.place in {CITY, XIANGQIAO}]
    return sorted(found, key=lambda each: (each.code not in first, each.code))


def _supervision_item(number: int, keeper: Department) -> dict[str, Any]:
    word = _INSPECTED_WORDS[number % len(_INSPECTED_WORDS)]
    return {
        "code": f"JG-{number + 1:04d}",
        "name": f"对{word}的监督检查（第 {number + 1} 项）",
        "kind": "penalty" if number % 5 == 4 else "inspection",
        "department": keeper.code,
        "department_name": keeper.name,
        "division": keeper.division,
        "object": f"{keeper.name}监管对象",
        "listed_from": BOOKS_FROM.isoformat(),
    }


def supervision_reports(city: ExampleCity) -> dict[str, dict[str, Any]]:
    """By department its report of the month. The last departments of the list reported nothing."""
    covered = part_of(figures.SUPERVISION_COVERED, len(city.guides))
    found: dict[str, dict[str, Any]] = {}
    for number, item in enumerate(supervision_items(city)[:covered]):
        report = found.setdefault(item["department"], {"month": SUPERVISION_MONTH, "rows": []})
        report["rows"].append({"item_code": item["code"], "behaviours": 1 + number % 9})
    return found

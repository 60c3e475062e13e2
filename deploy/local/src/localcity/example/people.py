"""Who lives and works in the example city: the principals of its tokens, and as many citizens as are wanted.

Nobody here is real: names are put together from common characters, numbers by their rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from localcity.example.codes import citizen_numbers, credit_code, dice, subject_id

SEED = 445100
CITY = "445100"
DIVISION = "445102"
APPROVALS = "11445102MB2X00020M"
"""湘桥区市场监督管理局: the department of J1's item and of most staff."""
OTHER_DEPARTMENT = "11445100MB2X00012X"
"""潮州市政务服务和数据管理局."""
POLICE = "11445100MB2X00039M"
"""潮州市公安局: keeps the household register, issues citizens' ID certificates, decides on its data."""
HALL = "hall-xiangqiao"

PRINCIPALS_GROUP = 0
CITIZENS_GROUP = 1
COMPANIES_GROUP = 2
_DIVISIONS = ("445102", "445103", "445122")
_SURNAMES = tuple("陈林黄郑李张吴蔡谢刘杨王许曾庄苏洪郭沈卢余邱翁柯詹佘丁曹方廖")
_GIVEN_FIRST = tuple("晓佳子文志伟建俊思雅丽婉淑慧锦泽宏鸿嘉家明秋春海少培绮钟燕楚")
_GIVEN_SECOND = ("", *"敏婷欣怡琳萍娜彬涛斌鹏辉强杰豪烁涵彤萱纯娟玲芳群珊贤松生平")
_TRADES = ("茶业", "陶瓷", "食品", "服饰", "工艺品", "餐饮管理", "贸易", "科技", "包装", "电子商务")
_COMPANY_WORDS = ("凤凰", "韩江", "广济", "开元", "古巷", "彩塘", "饶洋", "意溪", "湘子", "金山")


@dataclass(frozen=True, kw_only=True)
class ExamplePerson:
    """A citizen of the example city; `role` is set for those whose token is in city.json."""

    sub: str
    name: str
    id_number: str
    division: str
    role: str | None = None

    @property
    def claims(self) -> dict[str, Any]:
        """What a token of theirs says."""
        return _person(self.sub, "citizen", division=self.division)


@dataclass(frozen=True, kw_only=True)
class ExampleCompany:
    sub: str
    name: str
    credit_code: str
    legal_person: str


@dataclass(frozen=True, kw_only=True)
class Officer:
    """Who works in a department, for lists that people read."""

    sub: str
    name: str
    role: str
    department: str


def _person(
    sub: str, role: str, kind: str = "person", *, division: str = DIVISION
) -> dict[str, Any]:
    return {
        "sub": sub,
        "kind": kind,
        "roles": [role],
        "assurance": 3,
        "division": division,
        "channel": "app",
    }


def _principal(number: int, role: str, kind: str = "person") -> dict[str, Any]:
    return _person(str(subject_id(PRINCIPALS_GROUP, number)), role, kind)


def _staff(number: int, role: str, **reach: str) -> dict[str, Any]:
    return {
        "sub": str(subject_id(PRINCIPALS_GROUP, number)),
        "kind": "staff",
        "roles": [role],
        "assurance": 3,
        "division": DIVISION,
        "department": APPROVALS,
        "channel": "counter",
        **reach,
    }


def principals() -> dict[str, dict[str, Any]]:
    """Claims by role (roles.md); `citizen_2`, `publisher_2`, `issuer_2` … are others of their role."""
    return {
        "citizen": _principal(1, "citizen"),
        "citizen_2": _principal(2, "citizen"),
        "enterprise_agent": _principal(3, "enterprise_agent", "enterprise"),
        "proxy": _principal(4, "proxy"),
        "clerk": _staff(101, "clerk", place=HALL),
        "reviewer": _staff(102, "reviewer"),
        "reviewer_2": _staff(103, "reviewer", department=OTHER_DEPARTMENT),
        "publisher": _staff(104, "publisher"),
        "publisher_2": _staff(105, "publisher"),
        "legal_reviewer": _staff(106, "legal_reviewer", division=CITY),
        "hotline_agent": _staff(107, "hotline_agent", division=CITY, channel="hotline"),
        "hotline_lead": _staff(108, "hotline_lead", division=CITY, channel="hotline"),
        "department_officer": _staff(109, "department_officer"),
        "department_officer_2": _staff(110, "department_officer", department=OTHER_DEPARTMENT),
        "department_head": _staff(111, "department_head"),
        "coordinator": _staff(112, "coordinator", division=CITY),
        "inspector": _staff(113, "inspector", division=CITY),
        "hall_manager": _staff(114, "hall_manager", place=HALL),
        "observer": _staff(115, "observer", place=HALL),
        "evaluator": _staff(116, "evaluator", division=CITY, department=OTHER_DEPARTMENT),
        "seal_keeper": _staff(117, "seal_keeper"),
        "issuer": _staff(118, "issuer"),
        "issuer_2": _staff(125, "issuer", division=CITY, department=POLICE),
        "data_steward": _staff(119, "data_steward", division=CITY, department=POLICE),
        "data_approver": _staff(120, "data_approver", division=CITY, department=POLICE),
        "system_admin": _staff(121, "system_admin", division=CITY),
        "security_admin": _staff(122, "security_admin", division=CITY),
        "auditor": _staff(123, "auditor", division=CITY),
        "ops": _staff(124, "ops", division=CITY),
        "partner": {
            **_principal(201, "partner", "partner"),
            "scope": "channel:yue-sheng-shi channel:yue-shang-tong channel:yue-zhi-zhu channel:i-chaozhou",
        },
        "device": _principal(202, "device", "device"),
    }


def people(count: int, *, seed: int = SEED) -> tuple[ExamplePerson, ...]:
    """The first citizens of the city: those of the tokens (`citizen`, `citizen_2`), then `count` others."""
    named = [(role, principals()[role]["sub"]) for role in ("citizen", "citizen_2")]
    others = [(None, str(subject_id(CITIZENS_GROUP, number))) for number in range(1, count + 1)]
    numbers = islice(citizen_numbers(seed, _DIVISIONS), len(named) + count)
    return tuple(
        ExamplePerson(
            sub=sub, name=person_name(seed, sub), id_number=number, division=number[:6], role=role
        )
        for (role, sub), number in zip((*named, *others), numbers, strict=True)
    )


def companies(count: int, *, seed: int = SEED) -> tuple[ExampleCompany, ...]:
    """Companies of the city; the first one is who `enterprise_agent` acts for."""
    first = principals()["enterprise_agent"]["sub"]
    subs = [first, *(str(subject_id(COMPANIES_GROUP, number)) for number in range(1, count))]
    return tuple(_company(seed, number, sub) for number, sub in enumerate(subs[:count], start=1))


def officers(*, seed: int = SEED) -> tuple[Officer, ...]:
    """The staff of the tokens, with names."""
    return tuple(
        _officer(seed, role, claims) for role, claims in principals().items() if _is_staff(claims)
    )


def _is_staff(claims: Mapping[str, Any]) -> bool:
    return str(claims["kind"]) == "staff"


def _officer(seed: int, role: str, claims: Mapping[str, Any]) -> Officer:
    sub = str(claims["sub"])
    return Officer(
        sub=sub, name=person_name(seed, sub), role=role, department=str(claims["department"])
    )


def _company(seed: int, number: int, sub: str) -> ExampleCompany:
    chance = dice(seed, "company", number)
    division = chance.choice(_DIVISIONS)
    word, trade = chance.choice(_COMPANY_WORDS), chance.choice(_TRADES)
    return ExampleCompany(
        sub=sub,
        name=f"潮州市{word}{chance.choice(_GIVEN_FIRST)}{chance.choice(_GIVEN_FIRST)}{trade}有限公司",
        credit_code=credit_code("91", division, f"MAX{number:05d}"),
        legal_person=person_name(seed, sub),
    )


@cache
def person_name(seed: int, sub: str) -> str:
    """A name of two or three characters: the same for the same person."""
    chance = dice(seed, "name", sub)
    parts = (_SURNAMES, _GIVEN_FIRST, _GIVEN_SECOND)
    return "".join(chance.choice(part) for part in parts)

"""GeoReport v2 (Open311): services with their attributes, and what a report says, checked. Pure.

Source: the frozen specification of GeoReport v2, with the request updates of FixMyStreet's extension.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

NOTED = "reporter-noted"
"""The step of history by which what a reporter says more stands with the order."""
DAYS_MAX = 90
REQUESTS_MAX = 1_000
PAGE_SIZE_DEFAULT = 50
IDS_MAX = 500
DESCRIPTION_CHARACTERS_MAX = 4_000
VALUE_CHARACTERS_MAX = 1_000
UPDATE_CHARACTERS_MAX = 4_000
URL_CHARACTERS_MAX = 2_000
ATTRIBUTES_MAX = 50

Datatype = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
DATATYPES = frozenset({"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"})

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)"
)


class Open311Error(Exception):
    """Answered in the specification's own format: an HTTP status and what is wrong."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that is offered. `attributes` are as its definition tells them."""

    code: str
    name: str
    description: str
    group: str
    keywords: str
    type: str
    category: str
    attributes: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Report:
    """A request as it was sent in, checked."""

    service_code: str
    description: str
    address: str
    address_id: str
    latitude: float | None
    longitude: float | None
    media_url: str
    phone: str
    account: Mapping[str, str]
    """first_name, last_name, email, device_id, account_id: what was given."""


ACCOUNT_FIELDS = ("first_name", "last_name", "email", "device_id", "account_id")


def report_of(form: Mapping[str, Sequence[str]]) -> Report:
    """The report that a form is; raises Open311Error (400) naming the field that is wrong."""
    latitude, longitude = _coordinate(form, "lat", 90.0), _coordinate(form, "long", 180.0)
    if (latitude is None) != (longitude is None):
        raise Open311Error(400, "lat and long go together 经纬度须同时填写")
    address, address_id = _text(form, "address_string", 200), _text(form, "address_id", 100)
    if latitude is None and not address and not address_id:
        raise Open311Error(
            400, "lat and long, address_string or address_id is required 请填写经纬度或地址"
        )
    return Report(
        service_code=_required(form, "service_code", 64),
        description=_text(form, "description", DESCRIPTION_CHARACTERS_MAX),
        address=address,
        address_id=address_id,
        latitude=latitude,
        longitude=longitude,
        media_url=_url(form, "media_url"),
        phone=_phone(form),
        account={name: value for name in ACCOUNT_FIELDS if (value := _text(form, name, 200))},
    )


@dataclass(frozen=True, kw_only=True)
class Update:
    """What whoever reported says more, checked. Names and addresses that come with it are not kept."""

    number: str
    description: str
    media_url: str
    says_solved: bool
    sender: tuple[tuple[str, ...], ...] = ()
    """Who sends it, as its application says: read to tell a repeat from another person's update, and for nothing else."""

    @property
    def note(self) -> str:
        """As whoever handles the order reads it."""
        solved = "反映人表示问题已解决。" if self.says_solved else ""
        media = f"（附件：{self.media_url}）" if self.media_url else ""
        return f"{solved}{self.description}{media}"


SOLVED_WORDS = frozenset({"closed", "fixed"})


def update_of(form: Mapping[str, Sequence[str]]) -> Update:
    """The request update that a form is; raises Open311Error (400) naming the field that is wrong."""
    number = _required(form, "service_request_id", 64)
    if sent_at := _text(form, "updated_datetime", 64).replace(" ", "+"):
        instant_of(sent_at, "updated_datetime")
    status = _text(form, "status", 40).lower()
    if status and not re.fullmatch(r"[a-z][a-z _-]*", status):
        raise Open311Error(400, "status is a word, such as open or closed 状态有误")
    _text(form, "update_id", 200)
    return Update(
        number=number,
        description=_required(form, "description", UPDATE_CHARACTERS_MAX),
        media_url=_url(form, "media_url"),
        says_solved=status in SOLVED_WORDS,
        sender=tuple(tuple(form.get(name, ())) for name in (*ACCOUNT_FIELDS, "phone")),
    )


def answers_of(service: Service, form: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """What was answered to each attribute, with its words; raises Open311Error (400)."""
    given = _attributes(form)
    known = {str(each["code"]): each for each in service.attributes}
    if unknown := sorted(set(given) - set(known)):
        raise Open311Error(400, f"attribute {unknown[0][:60]} is not known 没有此项属性")
    found = []
    for code, attribute in known.items():
        values = [value for value in given.get(code, ()) if value]
        if not values:
            if attribute.get("required"):
                raise Open311Error(
                    400, f"attribute {code} is required 请填写{attribute['description']}"
                )
            continue
        found.append((str(attribute["description"]), _answer(attribute, code, values)))
    return found


def _attributes(form: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in form.items():
        if name.startswith("attribute[") and (end := name.find("]")) > 0:
            found.setdefault(name[len("attribute[") : end], []).extend(values)
    if len(found) > ATTRIBUTES_MAX:
        raise Open311Error(400, "too many attributes 属性过多")
    return found


def _answer(attribute: Mapping[str, Any], code: str, values: Sequence[str]) -> str:
    datatype = attribute["datatype"]
    if datatype != "multivaluelist" and len(values) > 1:
        raise Open311Error(400, f"attribute {code} takes one value 只能填写一项")
    if any(len(value) > VALUE_CHARACTERS_MAX for value in values):
        raise Open311Error(400, f"attribute {code} is too long 内容过长")
    if datatype in {"singlevaluelist", "multivaluelist"}:
        names = {str(each["key"]): str(each["name"]) for each in attribute["values"]}
        if wrong := [value for value in values if value not in names]:
            raise Open311Error(
                400, f"attribute {code}: {wrong[0][:60]} is not one of its values 不在可选值之中"
            )
        return "、".join(names[value] for value in values)
    if datatype == "number" and not _NUMBER.fullmatch(values[0]):
        raise Open311Error(400, f"attribute {code} is a number 应为数字")
    if datatype == "datetime":
        instant_of(values[0], f"attribute {code}")
    return values[0]


def instant_of(text: str, name: str) -> datetime:
    """An instant with its offset (W3C note); raises Open311Error (400)."""
    try:
        if not _INSTANT.fullmatch(text):
            raise ValueError(text)
        return datetime.fromisoformat(text)
    except ValueError:
        raise Open311Error(
            400, f"{name} is no time with an offset, such as 2026-03-02T09:00:00+08:00 时间格式有误"
        ) from None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which requests are asked for: by their numbers, or by what they are and when they came."""

    numbers: tuple[str, ...] = ()
    service_codes: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()
    start: datetime | None = None
    end: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    page: int = 1
    page_size: int = REQUESTS_MAX


def wanted_of(query: Mapping[str, str], now: datetime) -> Wanted:
    """What a query asks for: numbers override everything else, and no span is longer than 90 days."""
    page_size = _count(query, "page_size", REQUESTS_MAX) or (
        PAGE_SIZE_DEFAULT if query.get("page") else REQUESTS_MAX
    )
    page = _count(query, "page", 100_000) or 1
    if numbers := _several(query, "service_request_id"):
        return Wanted(numbers=numbers, page=page, page_size=page_size)
    statuses = frozenset(_several(query, "status"))
    if statuses - {"open", "closed"}:
        raise Open311Error(400, "status is open or closed")
    start, end = _instant(query, "start_date"), _instant(query, "end_date")
    end = end or (min(now, start + timedelta(days=DAYS_MAX)) if start else now)
    start = start or end - timedelta(days=DAYS_MAX)
    if start > end:
        raise Open311Error(400, "start_date is later than end_date 起始时间晚于结束时间")
    if end - start > timedelta(days=DAYS_MAX):
        raise Open311Error(400, f"at most {DAYS_MAX} days at a time 时间跨度最多九十天")
    return Wanted(
        service_codes=_several(query, "service_code"),
        statuses=statuses,
        start=start,
        end=end,
        updated_after=_instant(query, "updated_after"),
        updated_before=_instant(query, "updated_before"),
        page=page,
        page_size=page_size,
    )


def _instant(query: Mapping[str, str], name: str) -> datetime | None:
    # A plus that was not escaped comes in as a blank.
    text = query.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    found = instant_of(text, name)
    if not 1970 <= found.year <= 2999:
        raise Open311Error(400, f"{name} lies outside the books 时间超出范围")
    return found


def numbers_of(text: str) -> tuple[str, ...]:
    """Numbers by commas, as a path or a query has them; raises Open311Error (400)."""
    return _several({"service_request_id": text}, "service_request_id")


def _several(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in query.get(name, "").split(",") if part.strip())
    if len(found) > IDS_MAX:
        raise Open311Error(400, f"at most {IDS_MAX} of {name} 数量过多")
    return found


def _count(query: Mapping[str, str], name: str, most: int) -> int:
    text = query.get(name, "").strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise Open311Error(400, f"{name} is a number from 1 应为正整数")
    return min(int(text), most)


def _text(form: Mapping[str, Sequence[str]], name: str, characters_max: int) -> str:
    values = form.get(name, ())
    if len(values) > 1:
        raise Open311Error(400, f"{name} is given more than once 重复填写")
    text = values[0].strip() if values else ""
    if len(text) > characters_max:
        raise Open311Error(400, f"{name} has at most {characters_max} characters 内容过长")
    return text


def _required(form: Mapping[str, Sequence[str]], name: str, characters_max: int) -> str:
    text = _text(form, name, characters_max)
    if not text:
        raise Open311Error(400, f"{name} was not provided 缺少 {name}")
    return text


def _coordinate(form: Mapping[str, Sequence[str]], name: str, most: float) -> float | None:
    text = _text(form, name, 32)
    if not text:
        return None
    if not re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?", text) or abs(float(text)) > most:
        raise Open311Error(400, f"{name} is no coordinate in WGS84 坐标有误")
    return float(text)


def _url(form: Mapping[str, Sequence[str]], name: str) -> str:
    text = _text(form, name, URL_CHARACTERS_MAX)
    if text and not re.fullmatch(r"https?://[^\s<>\"']+", text):
        raise Open311Error(400, f"{name} is no http address 链接有误")
    return text


def _phone(form: Mapping[str, Sequence[str]]) -> str:
    text = _text(form, "phone", 40)
    if text and not re.fullmatch(r"\+?[0-9][0-9 ()./-]{2,30}", text):
        raise Open311Error(400, "phone is no telephone number 电话号码有误")
    return text

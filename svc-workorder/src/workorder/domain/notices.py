"""Telling people: which steps and alarms are told, when a reminder may ring, where an office platform may stand."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from chassis.clock import CITY_ZONE
from chassis.errors import ConflictError, InvalidError
from chassis.working_days import WorkingDays
from workorder.domain.transfer import RESULT_WORDS

NOTED = frozenset(
    {
        "urged",
        "supervised",
        "supervision-ended",
        "reopened",
        "return-ruled",
        "part-return-requested",
        "part-return-ruled",
        "owner-decided",
        "extension-ruled",
        "emergency-raised",
    }
)
"""Steps, by the name they are recorded or told under, of which somebody is told; whom, says the rule."""
TODO_KINDS = ("todo-opened", "todo-changed", "todo-done")
WORDS = {
    "todo-opened": "新待办 New task",
    "todo-changed": "待办有变 Task changed",
    "todo-done": "待办已办 Task done",
    "urged": "催办 Urged",
    "supervised": "督办 Supervised",
    "supervision-ended": "解除督办 Supervision ended",
    "reopened": "重新办理 Reopened",
    "return-ruled": "退单裁定 Return ruled on",
    "part-return-requested": "协办单位申请退单 A part is to be returned",
    "part-return-ruled": "协办退单裁定 Return of a part ruled on",
    "owner-decided": "承办单位裁定 Owner decided",
    "extension-ruled": "延期审批 Extension ruled on",
    "emergency-raised": "转为特急 Raised to an emergency",
    "yellow": "黄色预警：即将到期 Due soon",
    "red": "红色预警：今日到期 Due today",
    "missed": "已超期 Overdue",
    "escalated": "超期升级 Overdue, escalated",
    "overstayed": "环节等待超时 Waited too long",
    "part-return-overstayed": "协办退单逾期未裁定 Return of a part not ruled on in time",
}
WAITS_FOR, ESCALATED_TO = "waits-for", "escalated-to"
TOLD_OWNERS = ("department", "head", "hotline", "coordinator", "clerk", "reviewer")
"""Who gets a to-do; nobody has one for what waits for the applicant or for the system."""
INTERNAL = ("department", "head", "reviewer")
"""Who is told on the department's own platform, where it has one."""
RESULTS = "results"
Want = Literal["todos", "notices", "results"]
"""`results`: what became of matters that an emergency line handed over, for the system of that line alone."""
SECRET_PREFIX = "whsec_"  # noqa: S105  how Standard Webhooks marks a secret
OLD_SECRET_HOURS = 24
URL_CHARACTERS_MAX = 500
ADDRESSES_THAT_HIDE_OTHERS = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("2002::/16"),
)
DAYS_LOOKED_AHEAD_MAX = 60

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class UnsafeAddressError(InvalidError):
    code = "unsafe-address"
    title_zh = "推送地址不可用：请填写 https 公网地址；政务内网地址须由运维先登记网段"
    title_en = "Not an address to push to: give a public https one, or have ops allow the intranet's network"


class EndpointTakenError(ConflictError):
    code = "endpoint-taken"
    title_zh = "该部门（或联动单位）已登记推送地址，请修改已有的地址"
    title_en = "This department, or line, has an endpoint already; change that one"


class LineEndpointError(InvalidError):
    code = "line-endpoint"
    title_zh = (
        "联动单位（line 为 110）的推送须填写 url，wants 只填 results，department 留空；"
        "办公平台的推送不能包含 results，请改正后重试"
    )
    title_en = (
        "The endpoint of a line (110) takes a url, wants of results alone and no department; "
        "an office platform is sent no results"
    )


class NothingToSendError(ConflictError):
    code = "not-a-delivery"
    title_zh = "该通知没有推送地址，无需重发；请先登记并启用推送地址"
    title_en = "This notice has no endpoint to go to; register one and switch it on first"


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """When nothing rings, as the rule `notice-quiet-hours` says."""

    starts: time
    ends: time
    days_off: bool
    todos: bool

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "QuietHours":
        return cls(
            starts=time.fromisoformat(value["from"]),
            ends=time.fromisoformat(value["to"]),
            days_off=bool(value.get("days_off", False)),
            todos=bool(value.get("todos", False)),
        )

    def over_at(self, at: datetime, calendar: WorkingDays) -> datetime:
        """The first instant from `at` on when a reminder may ring; `at` itself outside quiet hours."""
        local = at.astimezone(CITY_ZONE)
        for _ in range(DAYS_LOOKED_AHEAD_MAX):
            if self.days_off and not calendar.is_working_day(local.date()):
                local = _midnight_after(local)
                continue
            if not self._holds(local.time()):
                return at if local == at else local
            if local.time() >= self.ends:
                local = _midnight_after(local)
                continue
            local = datetime.combine(local.date(), self.ends, CITY_ZONE)
        return local

    def _holds(self, clock: time) -> bool:
        if self.starts <= self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends


def _midnight_after(local: datetime) -> datetime:
    return datetime.combine(local.date() + timedelta(days=1), time(), CITY_ZONE)


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks that a setting names; raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    """Whether a message may go to this address: a public one, or in a network that ops allowed."""
    plain = getattr(address, "ipv4_mapped", None) or address
    if any(plain in network for network in networks):
        return True
    hides = any(plain in network for network in ADDRESSES_THAT_HIDE_OTHERS)
    return plain.is_global and not plain.is_multicast and not hides


def check_line(line: str, *, department: str, url: str, wants: Sequence[Want]) -> None:
    """Raise LineEndpointError: a line's system is sent results and nothing else, and nobody else is sent them."""
    is_for_line = list(wants) == [RESULTS] and bool(url) and not department
    if not (is_for_line if line else RESULTS not in wants):
        raise LineEndpointError


def words_of(kind: str) -> str:
    """What a kind of notice is called."""
    return WORDS.get(kind) or RESULT_WORDS.get(kind, kind)


def check_url(url: str, networks: Sequence[Network]) -> None:
    """Raise UnsafeAddressError unless a message may be sent there, as far as the words tell; names are looked up
    when it is sent, and every address that they give is held against the same rule.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UnsafeAddressError from error
    host = parts.hostname or ""
    if not host or parts.username is not None or parts.fragment or len(url) > URL_CHARACTERS_MAX:
        raise UnsafeAddressError
    address = _literal(host)
    if address is not None and not is_allowed(address, networks):
        raise UnsafeAddressError
    is_inside = address is not None and any(address in network for network in networks)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_inside):
        raise UnsafeAddressError


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

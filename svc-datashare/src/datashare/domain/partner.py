"""A partner (合作方): a system outside that may read the feed, as far as its grant goes.

active ── suspend ──▶ suspended
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.errors import ForbiddenError, InvalidError, UnauthenticatedError

FEED_SCOPE = "feed:read"


class PartnerState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class PartnerRefusedError(UnauthenticatedError):
    """One refusal for every fault, so that nothing is learned from which it was."""

    code = "partner-refused"
    title_zh = "合作方身份验证未通过，请核对 client_id 与 client_secret"
    title_en = "The partner could not be verified; check client_id and client_secret"


class FeedNotGrantedError(ForbiddenError):
    code = "feed-not-granted"
    title_zh = "贵方没有有效的订阅授权，或所选事件类型不在授权之内，请联系数据主管部门"
    title_en = (
        "No grant in force covers this; ask the data authority, or choose among granted types"
    )


class PartnerPeriodError(InvalidError):
    code = "partner-period"
    title_zh = "授权的截止时间须晚于起始时间"
    title_en = "valid_until must be later than valid_from"


class FactTypeUnknownError(InvalidError):
    code = "fact-type-unknown"
    title_zh = "授权的事件类型不存在，请从事件目录中选择"
    title_en = "A type is not in the catalogue of facts; choose from it"


@dataclass(frozen=True, kw_only=True)
class Partner:
    id: UUID
    client_id: str
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    types: tuple[str, ...]
    divisions: tuple[str, ...]
    """Prefixes of division codes; empty: the whole city."""
    departments: tuple[str, ...]
    """Empty: every department."""
    valid_from: datetime
    valid_until: datetime
    legal_basis: str
    state: PartnerState
    version: int

    def __post_init__(self) -> None:
        if self.valid_until <= self.valid_from:
            raise PartnerPeriodError

    def in_force(self, at: datetime) -> bool:
        return self.state is PartnerState.ACTIVE and self.valid_from <= at < self.valid_until

    def types_to_read(self, asked: tuple[str, ...], *, at: datetime) -> tuple[str, ...]:
        """The types a reading covers: those asked for, or all granted; raises FeedNotGrantedError."""
        if not self.in_force(at) or FEED_SCOPE not in self.scopes:
            raise FeedNotGrantedError
        if not set(asked) <= set(self.types):
            raise FeedNotGrantedError
        return asked or self.types

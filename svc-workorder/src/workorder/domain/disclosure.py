"""Seeing who is behind a hidden caller (查看保密信息): asked by one, granted by another, once, within some hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError


class ApprovalNeededError(ConflictError):
    code = "disclosure-approval-needed"
    title_zh = "该工单隐去来电人身份，请先申请查看（disclosure-requests），由班长同意后再查看"
    title_en = "This caller is hidden; ask first (disclosure-requests), and look when a lead has granted it"


class OwnRequestError(ForbiddenError):
    code = "own-request"
    title_zh = "不能审批本人提出的申请，请由另一位班长审批"
    title_en = "Nobody rules on their own request; another lead has to"


class RequestRuledError(ConflictError):
    code = "request-ruled"
    title_zh = "该申请已处理，请刷新后查看"
    title_en = "This request was ruled on already; read it again"


@dataclass(kw_only=True)
class DisclosureRequest:
    """One request; used when somebody has looked."""

    id: UUID
    work_order_id: UUID
    number: str
    purpose: str
    state: str
    asked_by: str
    asked_at: datetime
    ruled_by: str = ""
    ruled_at: datetime | None = None
    ruling: str = ""
    used_at: datetime | None = None
    row_version: int = 1

    def rule(self, *, granted: bool, reason: str, by: str, at: datetime) -> None:
        """Raises RequestRuledError, OwnRequestError."""
        if self.state != "asked":
            raise RequestRuledError
        if by == self.asked_by:
            raise OwnRequestError
        self.state = "granted" if granted else "refused"
        self.ruled_by, self.ruled_at, self.ruling = by, at, reason

    def is_usable(self, *, by: str, at: datetime, hours: int) -> bool:
        """Whether who asked may look now."""
        if self.state != "granted" or self.asked_by != by or self.ruled_at is None:
            return False
        return at < self.ruled_at + timedelta(hours=hours)

"""A matter between the hotline and an emergency line (110联动): handed over, taken or sent back, ended there.

Each side closes its own: what ends there is on record here, and closes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError, InvalidError

Line = Literal["12345", "110", "119", "120", "122"]
OURS: Line = "12345"
PushedLine = Literal["110"]
"""Whose own system hands matters over through a door of its own, and may be told what became of them."""
PUSHED_LINES: tuple[PushedLine, ...] = ("110",)

REPLIED, CLOSED, RETURNED, REOPENED = (
    "result-replied",
    "result-closed",
    "result-returned",
    "result-reopened",
)
RESULT_WORDS = {
    REPLIED: "承办单位已答复 Replied",
    CLOSED: "工单已办结 Closed",
    RETURNED: "不予受理，退回转办方 Not accepted, handed back",
    REOPENED: "工单重新办理 Reopened",
}
"""What a line is told of a matter that it handed over."""
NOT_ACCEPTED = "not-accepted"


def result_of(tells: Collection[str], *, state: str) -> str | None:
    """Of what a step tells, what the line that handed the matter over is told; `state`: where the order is now."""
    if "closed" in tells:
        return RETURNED if state == NOT_ACCEPTED else CLOSED
    if "reopened" in tells:
        return REOPENED
    return REPLIED if "replied" in tells else None


class NotEmergencyLineError(ForbiddenError):
    code = "not-emergency-line"
    title_zh = "只有 110 接警系统（授权范围 line-110）可以使用此接口，请联系管理员授权"
    title_en = "For the system of 110 only (scope line-110); ask an administrator for the grant"


class TransferLinesError(InvalidError):
    code = "transfer-lines"
    title_zh = "转办双方须有且仅有一方为 12345，请改正后重试"
    title_en = "One of the two lines has to be 12345, and the other not"


class TransferAnsweredError(ConflictError):
    code = "transfer-answered"
    title_zh = "对方已答复过此次转办，请刷新后查看"
    title_en = "This transfer was answered already; read it again"


class TransferOpenError(ConflictError):
    code = "transfer-not-accepted"
    title_zh = "对方尚未接收此次转办，不能登记对方办结；请先登记接收"
    title_en = "The other side has not accepted it; note that first"


class TransferToldOtherwiseError(ConflictError):
    """A number that was told before comes with another content: the first one stands."""

    code = "transfer-told-otherwise"

    def __init__(self, transfer: "CaseTransfer") -> None:
        super().__init__(
            f"编号 {transfer.case_no} 此前已转办（工单 {transfer.number}），本次内容与首次不同，未予登记。"
            f"补充情况请提交至 /workorder/v1/hotline/transfers-110/{transfer.id}/supplements；"
            "如为另一事项，请使用新的编号转办",
            f"{transfer.case_no} was handed over before as {transfer.number}, with other content; nothing was changed. "
            f"Send what is new to /workorder/v1/hotline/transfers-110/{transfer.id}/supplements, "
            "or hand another matter over under a number of its own",
        )


class TransferEndedError(ConflictError):
    code = "transfer-ended"
    title_zh = "该事项已办结，不能再补充；如仍需处理，请使用新的编号重新转办"
    title_en = "It is closed, and takes no supplement; hand it over again under a new number"


@dataclass(kw_only=True)
class CaseTransfer:
    """{from, to, case_no, transferred_at, accepted, returned_reason} (domain.md 3.6)."""

    id: UUID
    work_order_id: UUID
    number: str
    from_line: str
    to_line: str
    case_no: str
    reason: str
    transferred_by: str
    transferred_at: datetime
    is_accepted: bool | None = None
    answered_at: datetime | None = None
    returned_reason: str = ""
    closed_there_at: datetime | None = None
    closing_words: str = ""
    row_version: int = 1
    partner_number: str | None = None
    """The other line's number, when its own system told of it."""
    answer_by: datetime | None = None
    """By when the other side has to say that it has it."""
    told_fingerprint: bytes | None = None
    """What its system told, blind; None: nothing to hold a repeat against."""

    def check_told_again(self, fingerprint: bytes) -> None:
        """Its number is told again: raises TransferToldOtherwiseError when the content is another."""
        if self.told_fingerprint is not None and self.told_fingerprint != fingerprint:
            raise TransferToldOtherwiseError(self)

    @property
    def other_line(self) -> str:
        return self.from_line if self.to_line == OURS else self.to_line

    def answer(self, *, accepted: bool, returned_reason: str, case_no: str, at: datetime) -> None:
        """Taken, or sent back with a reason. Raises TransferAnsweredError."""
        if self.is_accepted is not None:
            raise TransferAnsweredError
        self.is_accepted, self.answered_at, self.answer_by = accepted, at, None
        self.returned_reason = "" if accepted else returned_reason
        self.case_no = case_no or self.case_no

    def close_there(self, words: str, at: datetime) -> None:
        """The other line has ended its case. Raises TransferOpenError, TransferAnsweredError."""
        if not self.is_accepted:
            raise TransferOpenError
        if self.closed_there_at is not None:
            raise TransferAnsweredError
        self.closed_there_at, self.closing_words = at, words

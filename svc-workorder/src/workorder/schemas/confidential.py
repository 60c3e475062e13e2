"""Hidden callers and transfers to emergency lines as they come in and go out through the HTTP door."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from chassis.schemas import In, Out
from workorder.domain.transfer import Line
from workorder.schemas.applications import Note, Reason

CaseNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{0,40}$")]


class DisclosureRequestIn(In):
    purpose: Reason


class DisclosureRulingIn(In):
    granted: bool
    reason: Reason


class DisclosureRequestOut(Out):
    """A request to see who is behind an order; who asked stays inside."""

    id: UUID
    work_order_id: UUID
    number: str
    purpose: str
    state: str
    asked_at: datetime
    ruled_at: datetime | None
    ruling: str
    used_at: datetime | None


class TransferIn(In):
    from_line: Line = "12345"
    to_line: Line
    case_no: CaseNo = ""
    """The other line's number of the case, once there is one."""
    reason: Reason


class TransferAnswerIn(In):
    accepted: bool
    returned_reason: Note = ""
    case_no: CaseNo = ""


class TransferClosureIn(In):
    words: Reason


class TransferOut(Out):
    id: UUID
    work_order_id: UUID
    number: str
    from_line: str
    to_line: str
    case_no: str
    reason: str
    transferred_at: datetime
    is_accepted: bool | None
    answered_at: datetime | None
    returned_reason: str
    closed_there_at: datetime | None
    closing_words: str
    row_version: int

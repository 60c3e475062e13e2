"""110's own door as it comes in and goes out: what it hands over, its receipts, and how ours went on."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from chassis.schemas import In, Out
from contracts.vocabulary import DivisionCode
from workorder.domain.work_order import CONTENT_CHARACTERS_MAX, HotlineType, Urgency

NOTE_CHARACTERS_MAX = 2_000
PartnerNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{4,40}$")]


class Transfer110In(In):
    number: PartnerNumber
    """110's own number of the case: told again under it, the answer is the same."""
    received_at: AwareDatetime
    """When 110 took the call."""
    what: str = Field(min_length=1, max_length=CONTENT_CHARACTERS_MAX, pattern=r"\S")
    place: str = Field(default="", max_length=200)
    division: DivisionCode | None = None
    type: HotlineType = HotlineType.HELP
    urgency: Urgency = Urgency.NORMAL
    contact_phone: str | None = Field(default=None, pattern=r"^\+?[0-9 -]{5,20}$")
    """How to reach the caller: kept encrypted, and never shown through this door."""


class Supplement110In(In):
    text: str = Field(min_length=1, max_length=NOTE_CHARACTERS_MAX, pattern=r"\S")
    """What 110 learned since: kept masked."""


class Transfer110Out(Out):
    """A matter between 110 and the hotline: the receipt, and the result as soon as there is one."""

    id: UUID
    case_no: str
    """110's number."""
    number: str
    """The hotline's."""
    from_line: str
    to_line: str
    transferred_at: datetime
    is_accepted: bool | None
    answered_at: datetime | None
    returned_reason: str
    closed_there_at: datetime | None
    state: str
    """Where the hotline's order stands."""
    outcome: str | None
    closed_at: datetime | None

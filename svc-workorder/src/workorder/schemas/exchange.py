"""The province's exchange as it comes in and goes out through the HTTP door."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from chassis.schemas import In, Out
from workorder.schemas.applications import Reason

RECEIPTS_MAX = 10_000


class BatchIn(In):
    day: date
    reason: Reason


class ResendIn(In):
    reason: Reason


class ReceiptIn(In):
    order_number: str = Field(min_length=1, max_length=40)
    accepted: bool
    code: str = Field(default="", max_length=40)
    reason: str = Field(default="", max_length=500)


class ReceiptsIn(In):
    receipts: list[ReceiptIn] = Field(min_length=1, max_length=RECEIPTS_MAX)


class ReceiptsOut(Out):
    accepted: int
    rejected: int
    unknown: list[str]
    """Numbers that are in no row of the batch that waits for a receipt."""


class BatchOut(Out):
    """A batch with its manifest: the file holds `rows` lines, and this is its SHA-256."""

    id: UUID
    day: date
    number: int
    schema_version: int
    rows: int
    sha256: str
    made_at: datetime
    receipted_at: datetime | None
    version: int


class BatchRowOut(Out):
    order_number: str
    state: str
    reason_code: str
    reason: str
    receipted_at: datetime | None


class DifferenceOut(Out):
    order_number: str
    state: str
    """`missing` from every batch, `sent` without a receipt, `rejected`, `held` back by the schema."""
    reason: str
    batch: int | None


class ReconciliationOut(Out):
    """books = accepted + differences; whatever differs is named, a hundred at most."""

    day: date
    books: int
    sent: int
    """Rows that went out, resent ones each time."""
    accepted: int
    rejected: int
    mended: int
    held: int
    waiting: int
    agrees: bool
    differences: list[DifferenceOut]

"""Transfers between the hotline and emergency lines in and out of PostgreSQL."""

from dataclasses import fields
from uuid import UUID

from sqlalchemy import select

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.transfer import CaseTransfer
from workorder.tables import case_transfers

_PLAIN = tuple(each.name for each in fields(CaseTransfer))
_CHANGING = (
    "case_no",
    "is_accepted",
    "answered_at",
    "returned_reason",
    "closed_there_at",
    "closing_words",
)


def add_transfer(tx: Transaction, transfer: CaseTransfer) -> None:
    """Keep a new transfer."""
    tx.insert(case_transfers, **{name: getattr(transfer, name) for name in _PLAIN})


async def get_transfer(tx: Transaction, transfer_id: UUID) -> CaseTransfer:
    """A transfer within reach, locked until the end; raises NotFoundError."""
    t = case_transfers.c
    row = await tx.one_or_none(select(case_transfers).where(t.id == transfer_id).with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.row_version)
    return CaseTransfer(**{name: getattr(row, name) for name in _PLAIN})


def store_transfer(tx: Transaction, transfer: CaseTransfer) -> None:
    """Keep a changed transfer."""
    tx.update(
        case_transfers,
        match={"id": transfer.id, "row_version": transfer.row_version},
        row_version=transfer.row_version + 1,
        **{name: getattr(transfer, name) for name in _CHANGING},
    )
    transfer.row_version += 1

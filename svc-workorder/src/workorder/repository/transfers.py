"""Transfers between the hotline and emergency lines in and out of PostgreSQL."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, tuple_

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.transfer import CaseTransfer
from workorder.tables import case_transfers

TOLD_CONTEXT = "case_transfers.told"
_PLAIN = tuple(each.name for each in fields(CaseTransfer))
_CHANGING = (
    "case_no",
    "is_accepted",
    "answered_at",
    "returned_reason",
    "closed_there_at",
    "closing_words",
    "answer_by",
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
    return _transfer_of(row)


async def transfer_told(tx: Transaction, line: str, number: str) -> CaseTransfer | None:
    """What a line's system told before under this number; whoever tells it next waits until the end."""
    key = f"transfer {line} {number}"
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    t = case_transfers.c
    row = await tx.one_or_none(
        select(case_transfers).where(t.from_line == line, t.partner_number == number)
    )
    return None if row is None else _transfer_of(row)


def fingerprint_of(tx: Transaction, content: Mapping[str, str]) -> bytes:
    """The same for the same content, and nothing can be read out of it."""
    said = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return tx.keyring.blind_index(said, context=TOLD_CONTEXT)


async def handed_over_by_lines(
    tx: Transaction, orders: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Row[Any]]:
    """By order and line, the transfer with which the line handed it over: the first one."""
    t = case_transfers.c
    statement = (
        select(t.id, t.work_order_id, t.from_line, t.case_no)
        .where(tuple_(t.work_order_id, t.from_line).in_(orders))
        .order_by(t.id.desc())
    )
    return {(row.work_order_id, row.from_line): row for row in await tx.all(statement)}


async def unanswered(tx: Transaction, *, limit: int) -> list[CaseTransfer]:
    """Transfers whose receipt is overdue, locked until the end; what another process holds is left to it."""
    t = case_transfers.c
    rows = await tx.all(
        select(case_transfers)
        .where(t.answer_by <= tx.now)
        .order_by(t.answer_by)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_transfer_of(row) for row in rows]


def _transfer_of(row: Row[Any]) -> CaseTransfer:
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

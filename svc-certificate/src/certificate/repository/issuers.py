"""Who issues since a power moved, in and out of PostgreSQL. Never commits."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, select

from certificate.domain.certificate import Issuer
from certificate.domain.identifier import ISSUER_PATTERN
from certificate.tables import moved_issuers
from chassis.transaction import Transaction
from contracts.events.catalog import MovedItem

MOVES_MAX = 20
"""Moves of one power after one another that are followed back."""


async def keep_issuers(
    tx: Transaction,
    items: Sequence[MovedItem],
    *,
    adjustment_id: UUID,
    power_code: str,
    from_department: str,
    since: datetime,
) -> None:
    """Who receives items by this adjustment issues their results from that instant; told twice, it is kept once.

    Who takes its own power back issues as it always did. A code that is no unified social credit code stands in no
    identifier of a certificate, so that such a department issues nothing.
    """
    rows = {
        (item.to_item_code, item.to_department): {
            "adjustment_id": adjustment_id,
            "item_code": item.to_item_code,
            "department": item.to_department,
            "department_name": item.to_department_name or item.to_department,
            "power_code": power_code,
            "from_department": from_department,
            "since": since,
        }
        for item in items
        if item.to_item_code
        and item.to_department != from_department
        and re.fullmatch(ISSUER_PATTERN, item.to_department)
    }
    await tx.insert_many(
        moved_issuers,
        list(rows.values()),
        keys=("adjustment_id", "item_code", "department"),
    )


async def drop_issuers(tx: Transaction, adjustment_id: UUID) -> None:
    """The adjustment was called off, or it moves the work and not the name in which it is done."""
    t = moved_issuers
    await tx.execute(delete(t).where(t.c.adjustment_id == adjustment_id))


async def moved_issuer(
    tx: Transaction, *, item_code: str, department: str, origin: str, at: datetime
) -> Issuer | None:
    """The deciding department, when the power behind its item came to it from `origin`, by one move or several."""
    t = moved_issuers.c
    row = await _last(tx, at, t.item_code == item_code, t.department == department)
    if row is None:
        return None
    issuer = Issuer(department=row.department, department_name=row.department_name)
    for _ in range(MOVES_MAX):
        if row.from_department == origin:
            return issuer
        came = (t.power_code == row.power_code, t.department == row.from_department)
        row = await _last(tx, row.since, *came)
        if row is None:
            break
    return None


async def _last(
    tx: Transaction, at: datetime, *conditions: ColumnElement[bool]
) -> Row[tuple[object, ...]] | None:
    t = moved_issuers.c
    found = select(moved_issuers).where(*conditions, t.since <= at)
    return await tx.one_or_none(found.order_by(t.since.desc(), t.adjustment_id).limit(1))

"""Requests to see hidden callers in and out of PostgreSQL."""

from dataclasses import fields
from uuid import UUID

from sqlalchemy import select

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.disclosure import DisclosureRequest
from workorder.tables import disclosure_requests

_PLAIN = tuple(each.name for each in fields(DisclosureRequest))
_CHANGING = ("state", "ruled_by", "ruled_at", "ruling", "used_at")


def add_request(tx: Transaction, request: DisclosureRequest) -> None:
    """Keep a new request."""
    tx.insert(disclosure_requests, **{name: getattr(request, name) for name in _PLAIN})


async def get_request(tx: Transaction, request_id: UUID) -> DisclosureRequest:
    """A request within reach, locked until the end; raises NotFoundError."""
    t = disclosure_requests.c
    row = await tx.one_or_none(
        select(disclosure_requests).where(t.id == request_id).with_for_update()
    )
    if row is None:
        raise NotFoundError
    return DisclosureRequest(**{name: getattr(row, name) for name in _PLAIN})


async def granted_requests(
    tx: Transaction, work_order_id: UUID, *, asked_by: str
) -> list[DisclosureRequest]:
    """What was granted to this person for an order and not used yet, the newest first."""
    t = disclosure_requests.c
    statement = select(disclosure_requests).where(
        t.work_order_id == work_order_id, t.asked_by == asked_by, t.state == "granted"
    )
    rows = await tx.all(statement.order_by(t.id.desc()).with_for_update())
    return [DisclosureRequest(**{name: getattr(row, name) for name in _PLAIN}) for row in rows]


def store_request(tx: Transaction, request: DisclosureRequest) -> None:
    """Keep a changed request; raises PreconditionError at the end when somebody was faster."""
    tx.update(
        disclosure_requests,
        match={"id": request.id, "row_version": request.row_version},
        row_version=request.row_version + 1,
        **{name: getattr(request, name) for name in _CHANGING},
    )

"""Reads of what came in through Open311: the only orders that it shows, and none that is confidential."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from chassis.transaction import Transaction
from workorder.domain.open311 import NOTED, Wanted
from workorder.tables import open311_requests, open311_services, work_order_steps, work_orders

_t, _r, _s = work_orders.c, open311_requests.c, open311_services.c
UPDATED_AT = func.greatest(
    _t.opened_at, _t.dispatched_at, _t.signed_at, _t.replied_at, _t.reviewed_at, _t.visited_at, _t.closed_at
)  # fmt: skip
PUBLIC_STEPS = ("dispatched", "replied", "refused", "answered", "reopened", "visited", NOTED)
"""Steps that are told as updates, by the word under which the history keeps them."""


def _shown() -> Select[Any]:
    return (
        select(
            work_orders,
            _r.service_code,
            _r.address_id,
            _r.media_url,
            _s.name.label("service_name"),
            UPDATED_AT.label("updated_at"),
        )
        .select_from(
            open311_requests.join(work_orders, _t.id == _r.work_order_id).outerjoin(
                open311_services, _s.code == _r.service_code
            )
        )
        .where(~_t.is_confidential)
    )


async def requests_of(tx: Transaction, wanted: Wanted) -> Sequence[Row[Any]]:
    """Newest first."""
    statement = _shown()
    if wanted.numbers:
        statement = statement.where(_t.number.in_(wanted.numbers))
    else:
        statement = statement.where(_r.requested_at >= wanted.start, _r.requested_at <= wanted.end)
    if wanted.service_codes:
        statement = statement.where(_r.service_code.in_(wanted.service_codes))
    if len(wanted.statuses) == 1:
        is_closed = "closed" in wanted.statuses
        statement = statement.where(
            _t.closed_at.is_not(None) if is_closed else _t.closed_at.is_(None)
        )
    if wanted.updated_after is not None:
        statement = statement.where(wanted.updated_after < UPDATED_AT)
    if wanted.updated_before is not None:
        statement = statement.where(wanted.updated_before > UPDATED_AT)
    newest = statement.order_by(_r.requested_at.desc(), _t.id.desc())
    # The specification pages by number; a span of 90 days bounds how far.
    skipped = (wanted.page - 1) * wanted.page_size
    return await tx.all(newest.limit(wanted.page_size).offset(skipped))


async def request_of(tx: Transaction, number: str) -> Row[Any] | None:
    return await tx.one_or_none(_shown().where(_t.number == number))


async def requests_numbered(tx: Transaction, numbers: Sequence[str]) -> Sequence[Row[Any]]:
    """Those of these numbers that there are, in the order in which they were asked for."""
    rows = {row.number: row for row in await tx.all(_shown().where(_t.number.in_(numbers)))}
    return [rows[number] for number in dict.fromkeys(numbers) if number in rows]


async def number_of(tx: Transaction, work_order_id: UUID) -> str | None:
    """The service_request_id of a token."""
    statement = _shown().with_only_columns(_t.number).where(_t.id == work_order_id)
    found: str | None = await tx.scalar(statement)
    return found


async def updates_of(tx: Transaction, wanted: Wanted) -> Sequence[Row[Any]]:
    """Updates of requests, oldest first."""
    w = work_order_steps.c
    statement = (
        select(w.id, w.step, w.state, w.reason, w.taken_at, _t.number)
        .select_from(
            work_order_steps.join(work_orders, _t.id == w.work_order_id).join(
                open311_requests, _r.work_order_id == _t.id
            )
        )
        .where(~_t.is_confidential, w.step.in_(PUBLIC_STEPS))
    )
    if wanted.numbers:
        statement = statement.where(_t.number.in_(wanted.numbers))
    else:
        statement = statement.where(w.taken_at >= wanted.start, w.taken_at <= wanted.end)
    skipped = (wanted.page - 1) * wanted.page_size
    oldest = statement.order_by(w.taken_at, w.id)
    return await tx.all(oldest.limit(wanted.page_size).offset(skipped))

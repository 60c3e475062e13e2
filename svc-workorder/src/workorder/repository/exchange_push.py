"""How far batches are on their way to the province, read from their history. Never commits."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, select

from chassis.transaction import Transaction
from workorder.domain.exchange_push import DAYS_BACK, STATES, STEPS, Push, PushState, push_of
from workorder.tables import exchange_batch_steps, exchange_batches

LOOKED_AT_MAX = 50
_b, _s = exchange_batches.c, exchange_batch_steps.c


def last_push_step() -> ScalarSelect[str]:
    """The last step of a batch that is about its sending."""
    return (
        select(_s.step)
        .where(_s.batch_id == _b.id, _s.step.in_(STEPS))
        .order_by(_s.id.desc())
        .limit(1)
        .correlate(exchange_batches)
        .scalar_subquery()
    )


def is_at(state: PushState) -> ColumnElement[bool]:
    """Whether a batch is that far."""
    last = last_push_step()
    return last.is_(None) if state == "none" else last.in_(STATES[state])


async def unsent_batches(tx: Transaction) -> Sequence[Row[Any]]:
    """Batches of the last weeks that the province may lack, oldest first, locked; another process takes others."""
    over = (*STATES["delivered"], *STATES["dead"])
    last = last_push_step()
    statement = (
        select(exchange_batches)
        .where(
            _b.made_at >= tx.now - timedelta(days=DAYS_BACK),
            _b.receipted_at.is_(None),
            last.is_(None) | last.not_in(over),
        )
        .order_by(_b.day, _b.number)
        .limit(LOOKED_AT_MAX)
        .with_for_update(skip_locked=True, of=exchange_batches)
    )
    return await tx.all(statement)


async def push_of_batch(tx: Transaction, batch_id: UUID) -> Push:
    rows = await tx.all(
        select(_s.step, _s.taken_at)
        .where(_s.batch_id == batch_id, _s.step.in_(STEPS))
        .order_by(_s.id)
    )
    return push_of([(row.step, row.taken_at) for row in rows])

"""Reads of applications (办件)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    Select,
    select,
)

from chassis.clock import local_date
from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.application import ApplicationState
from workorder.queries.reach import within
from workorder.tables import (
    applications,
    suspensions,
)


def applications_where(
    tx: Transaction,
    *,
    state: ApplicationState | None = None,
    item_code: str | None = None,
    number: str | None = None,
    overdue: bool | None = None,
    due_before: date | None = None,
) -> Select[Any]:
    """Applications within the caller's reach."""
    statement = within(
        select(applications),
        tx.scope,
        own=applications.c.applicant_id,
        department=applications.c.department,
    )
    if state is not None:
        statement = statement.where(applications.c.state == state)
    if item_code:
        statement = statement.where(applications.c.item_code == item_code)
    if number:
        statement = statement.where(applications.c.number == number)
    if overdue is not None:
        is_late = applications.c.due_on < local_date(tx.now)
        running = applications.c.state == ApplicationState.ACCEPTED
        statement = statement.where(running, is_late if overdue else ~is_late)
    if due_before is not None:
        statement = statement.where(applications.c.due_on < due_before)
    return statement


async def application_row(tx: Transaction, application_id: UUID) -> Row[Any]:
    row = await tx.one_or_none(select(applications).where(applications.c.id == application_id))
    if row is None:
        raise NotFoundError
    return row


def suspensions_of(application_id: UUID) -> Select[Any]:
    return select(suspensions).where(suspensions.c.application_id == application_id)

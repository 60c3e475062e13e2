from datetime import date
from uuid import UUID

from sqlalchemy import select

from catalog.tables.powers import power_uptake_steps, power_uptakes
from chassis.clock import local_date
from chassis.errors import ConflictError, InvalidError, NotFoundError
from chassis.steps import add_step
from chassis.transaction import Transaction
from contracts.vocabulary import Role


async def end_uptake(uptake_id: UUID, ended_on: date, reason: str, tx: Transaction) -> None:
    """A county gives an entry back (退回); the days on which it had it still count."""
    found = select(power_uptakes).where(power_uptakes.c.id == uptake_id).with_for_update()
    row = await tx.one_or_none(found)
    is_admin = Role.SYSTEM_ADMIN in tx.principal.roles
    if row is None or (not is_admin and row.division != tx.principal.division):
        raise NotFoundError
    tx.expect(row.version)
    if row.ended_on is not None:
        raise ConflictError("该承接已结束", "This uptake has ended already", code="uptake-ended")
    if not row.taken_on <= ended_on <= local_date(tx.now):
        raise InvalidError(
            "结束日期须在承接日期与今天之间",
            "It ends between the day it was taken up and today",
            code="uptake-end-out-of-range",
        )
    tx.update(
        power_uptakes,
        match={"id": row.id, "version": row.version},
        ended_on=ended_on,
        version=row.version + 1,
    )
    of = {"uptake_id": row.id}
    add_step(tx, power_uptake_steps, of=of, step="ended", state="ended", reason=reason)

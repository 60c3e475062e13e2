"""Which departments have an order only when their own system said so."""

from sqlalchemy import and_, select

from chassis.transaction import Transaction
from workorder.tables import delivery_endpoints


async def remote_departments(tx: Transaction, departments: frozenset[str]) -> frozenset[str]:
    """Of these, the departments whose own system has to say that it has an order; the same for every caller."""
    if not departments:
        return frozenset()
    t = delivery_endpoints.c
    # One that failed for days is still where the department looks: the order is not sent until it has it.
    is_working = and_(t.state != "off", t.verified_at.is_not(None))
    statement = select(t.department).where(
        t.department.in_(sorted(departments)), t.needs_receipt, is_working
    )
    return frozenset(row.department for row in await tx.all(statement))

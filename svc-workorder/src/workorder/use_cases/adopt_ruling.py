from uuid import UUID

from chassis.clock import local_date
from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.duties import NoOwnerRuledError, RulingAdoptedError
from workorder.repository.duties import (
    add_duty,
    check_division,
    locked_ruling,
    overlapping,
    store_duty,
)
from workorder.tables import responsibility_rulings


async def adopt_ruling(ruling_id: UUID, reason: str, tx: Transaction, *, basis: str | None) -> UUID:
    """Take a ruling into the list: the row of its category and division names the department from now on.

    Returns the row's id. Raises NotFoundError, OutsideDivisionError, RulingAdoptedError, NoOwnerRuledError.
    """
    ruling = await locked_ruling(tx, ruling_id)
    check_division(tx, ruling.division)
    if ruling.adopted_at is not None:
        raise RulingAdoptedError
    if not ruling.is_owner or not ruling.category:
        raise NoOwnerRuledError
    today = local_date(tx.now)
    values = {
        "category": ruling.category,
        "division": ruling.division,
        "department": ruling.department,
        "co_departments": [],
        "basis": basis or f"裁定 {ruling.number}",
        "valid_from": today,
        "valid_until": None,
    }
    row = await overlapping(tx, values)
    if row is None:
        duty_id = new_id()
        add_duty(tx, duty_id, values, reason=reason)
    else:
        duty_id = row.id
        changed = {
            "department": ruling.department,
            "co_departments": [each for each in row.co_departments if each != ruling.department],
        }
        if basis is not None:
            changed["basis"] = basis
        store_duty(tx, row, changed, step="ruling-adopted", reason=reason)
    tx.update(
        responsibility_rulings,
        match={"id": ruling.id, "row_version": ruling.row_version},
        adopted_into=duty_id,
        adopted_by=tx.principal.subject,
        adopted_at=tx.now,
        row_version=ruling.row_version + 1,
    )
    return UUID(str(duty_id))

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.domain.supervision import (
    SupervisionDepartmentError,
    SupervisionRowsError,
    row_fault,
)
from catalog.repository.supervision import (
    add_supervision_items,
    add_supervision_steps,
    store_supervision_item,
    supervision_lines,
)
from chassis.clock import local_date
from chassis.ids import new_id
from chassis.steps import changed_in_words
from chassis.transaction import Transaction
from contracts.vocabulary import Role


@dataclass(kw_only=True)
class Registered:
    added: int = 0
    corrected: int = 0
    unchanged: int = 0


async def register_supervision_items(
    rows: Sequence[Mapping[str, Any]], tx: Transaction, *, reason: str
) -> Registered:
    """Put items on the list, or correct those with the same code, department and division: all rows or none.

    Raises SupervisionDepartmentError for another department's rows, SupervisionRowsError for a line that stands twice.
    """
    if Role.SYSTEM_ADMIN not in tx.principal.roles and any(
        row["department"] != tx.principal.department for row in rows
    ):
        raise SupervisionDepartmentError
    lines = [(row["code"], row["department"], row["division"]) for row in rows]
    faults = [
        row_fault(place, "code", "row-twice", "此事项在清单中重复", "The item stands twice")
        for place, line in enumerate(lines)
        if line in lines[:place]
    ]
    if faults:
        raise SupervisionRowsError(faults=tuple(faults))
    known = await supervision_lines(tx, set(lines))
    today = local_date(tx.now)
    done = Registered()
    fresh, steps = [], []
    for line, row in zip(lines, rows, strict=True):
        values = {**row, "listed_from": row["listed_from"] or today}
        item = known.get(line)
        if item is None:
            item_id = new_id()
            fresh.append({"id": item_id, **values, "listed_until": None, "version": 1})
            steps.append((item_id, "registered", ""))
            done.added += 1
            continue
        if row["listed_from"] is None:
            values["listed_from"] = item.listed_from
        # Registered again after it was taken off: on the list again, from the day that is named.
        if item.listed_until is not None and row["listed_from"] is not None:
            values["listed_until"] = None
        words = changed_in_words({name: getattr(item, name) for name in values}, values)
        if not words:
            done.unchanged += 1
            continue
        await store_supervision_item(tx, item, **values)
        steps.append((item.id, "corrected", words))
        done.corrected += 1
    await add_supervision_items(tx, fresh)
    await add_supervision_steps(tx, steps, reason=reason)
    return done

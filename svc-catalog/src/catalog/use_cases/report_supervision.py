from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from catalog.domain.supervision import (
    SupervisionReasonError,
    SupervisionRowsError,
    check_month,
    due_on,
    first_day,
    last_day,
    row_fault,
)
from catalog.repository.supervision import (
    add_report,
    close_reminders,
    current_counts,
    supersede_counts,
    supervision_items_named,
)
from chassis.clock import local_date
from chassis.errors import FieldFault
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.catalog import SupervisionReported
from contracts.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class CountSaid:
    item_id: UUID | None
    item_code: str | None
    behaviours: int


@dataclass(frozen=True, kw_only=True)
class ReportSupervision:
    month: str
    rows: Sequence[CountSaid]
    reason: str


async def report_supervision(command: ReportSupervision, tx: Transaction) -> UUID | None:
    """A department's behaviour data of a month: all rows or none; a correction keeps the earlier numbers.

    Returns the report's id, None when everything was reported so already. Raises FutureMonthError,
    SupervisionRowsError naming every faulty row, SupervisionReasonError.
    """
    today = local_date(tx.now)
    check_month(command.month, today=today)
    items = await _items(command, tx)
    known = await current_counts(tx, command.month, [item.id for item in items])
    changed = [
        (item, said.behaviours)
        for item, said in zip(items, command.rows, strict=True)
        if item.id not in known or known[item.id].behaviours != said.behaviours
    ]
    if not changed:
        return None
    corrected = [known[item.id] for item, _ in changed if item.id in known]
    if corrected and not command.reason:
        raise SupervisionReasonError
    report_id = new_id()
    due = due_on(command.month, int(await tx.rule("supervision-report-due-day")))
    await supersede_counts(tx, [row.id for row in corrected], today)
    counts = [
        {
            "id": new_id(),
            "item_id": item.id,
            "month": command.month,
            "number": known[item.id].number + 1 if item.id in known else 1,
            "behaviours": behaviours,
            "report_id": report_id,
            "reported_on": today,
            "superseded_on": None,
            "is_current": True,
        }
        for item, behaviours in changed
    ]
    department, division = items[0].department, items[0].division
    report = {
        "id": report_id,
        "department": department,
        "division": division,
        "month": command.month,
        "items": len(changed),
        "corrected": len(corrected),
        "behaviours": sum(behaviours for _, behaviours in changed),
        "is_late": today > due,
        "due_on": due,
        "reason": command.reason,
    }
    await add_report(tx, report, counts)
    month = command.month
    await close_reminders(tx, month, department, last=last_day(month))
    _tell(tx, report_id, month, len(changed), (division, department))
    return report_id


def _tell(tx: Transaction, report_id: UUID, month: str, items: int, place: tuple[str, str]) -> None:
    tx.tell(
        SupervisionReported(report_id=report_id, month=month, items=items, reported_at=tx.now),
        aggregate_id=report_id,
        sequence=1,
        division=place[0],
        department=place[1],
    )


async def _items(command: ReportSupervision, tx: Transaction) -> list[Row[Any]]:
    """The item of each row; raises SupervisionRowsError naming every row that has none, or not the caller's."""
    is_admin = Role.SYSTEM_ADMIN in tx.principal.roles
    own = "" if is_admin else tx.principal.department
    ids = {row.item_id for row in command.rows if row.item_id is not None}
    codes = {row.item_code for row in command.rows if row.item_code is not None}
    known = await supervision_items_named(tx, ids, codes)
    by_id = {item.id: [item] for item in known}
    by_code: dict[str, list[Row[Any]]] = {}
    for item in known:
        if not own or item.department == own:
            by_code.setdefault(item.code, []).append(item)
    found: list[Row[Any]] = []
    faults: list[FieldFault] = []
    month = (first_day(command.month), last_day(command.month))
    for place, row in enumerate(command.rows):
        hits = by_id.get(row.item_id, []) if row.item_id else by_code.get(row.item_code or "", [])
        fault = _why_not(place, hits, own, month) or _why_not_here(place, hits, found)
        if fault is not None:
            faults.append(fault)
        else:
            found.append(hits[0])
    if faults:
        raise SupervisionRowsError(faults=tuple(faults))
    return found


def _why_not(
    place: int, hits: Sequence[Row[Any]], own: str, month: tuple[date, date]
) -> FieldFault | None:
    if not hits:
        zh, en = "没有这个监管事项，请核对编码或先登记", "No such supervision item; check the code"
        return row_fault(place, "item_code", "item-unknown", zh, en)
    if len(hits) > 1:
        zh, en = "此编码有多个事项，请改用 item_id", "Several items have this code; use item_id"
        return row_fault(place, "item_code", "item-ambiguous", zh, en)
    item = hits[0]
    if own and item.department != own:
        zh = "该监管事项属于其他部门，请由该部门报送"
        en = "The item belongs to another department; let it report"
        return row_fault(place, "item_id", "item-of-another-department", zh, en)
    first, last = month
    if item.listed_from > last or (item.listed_until is not None and item.listed_until <= first):
        zh, en = "该事项当月不在清单中，请核对月份", "The item was not on the list in this month"
        return row_fault(place, "item_id", "item-not-listed-then", zh, en)
    return None


def _why_not_here(
    place: int, hits: Sequence[Row[Any]], found: Sequence[Row[Any]]
) -> FieldFault | None:
    item = hits[0]
    if any(one.id == item.id for one in found):
        zh, en = "此事项在报送中重复，请合并", "The item stands twice in this report; merge them"
        return row_fault(place, "item_id", "row-twice", zh, en)
    if found and found[0].department != item.department:
        zh, en = (
            "一次只报送一个部门的数据，请分开报送",
            "One report is of one department; send apart",
        )
        return row_fault(place, "item_id", "departments-mixed", zh, en)
    return None

"""Returns of parts (协办退单) that nobody ruled on in time, and what such a return rests on. Never commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from chassis.errors import InvalidError
from chassis.transaction import Transaction
from workorder.domain.returns import Return
from workorder.domain.work_order import WorkOrder
from workorder.repository.alarms import OverWait
from workorder.tables import responsibilities, work_order_returns, work_orders


class DutyUnknownError(InvalidError):
    code = "duty-unknown"
    title_zh = "职责清单中没有此条目，请重新查询后引用，或不引用"
    title_en = (
        "There is no such row in the responsibility list; search again and cite that one, or none"
    )


@dataclass(frozen=True, kw_only=True)
class LateRuling:
    """A return of a part that has waited for its ruling as long as it may; `of` says it of the order."""

    return_id: UUID
    co_department: str
    of: OverWait


async def check_duty(tx: Transaction, duty_id: UUID) -> None:
    """Raise DutyUnknownError unless the responsibility list (职责清单) has such a row, whosever it is: every desk may
    read the whole list.
    """
    statement = select(responsibilities.c.id).where(responsibilities.c.id == duty_id)
    async with tx.beyond_reach():
        found = await tx.scalar(statement)
    if found is None:
        raise DutyUnknownError


async def end_unruled(tx: Transaction, order: WorkOrder) -> None:
    """Keep that returns of parts ended with the work on them, whoever ended it: a caller who withdraws the matter, or
    the lead, does not reach another department's return.
    """
    ended = [each for each in order.returns if _is_left(each)]
    if not ended:
        return
    async with tx.beyond_reach():
        for each in ended:
            tx.update(
                work_order_returns,
                match={"id": each.id},
                withdrawn_by=each.withdrawn_by,
                withdrawn_at=each.withdrawn_at,
                alarm_at=None,
            )


def _is_left(each: Return) -> bool:
    return each.task_id is not None and each.is_changed and each.withdrawn_at is not None


async def late_rulings(tx: Transaction, *, limit: int) -> list[LateRuling]:
    """Returns of parts whose ruling is late, locked with their orders until the end; what another process holds is
    left to it. One of each order: an order tells one fact at each of its versions.
    """
    r, o = work_order_returns.c, work_orders.c
    statement = (
        select(
            r.id.label("return_id"),
            r.department.label("co_department"),
            r.waits_for,
            o.id,
            o.number,
            o.kind,
            o.state,
            o.division,
            o.department,
            o.version,
            o.due_on,
            o.round,
            o.process,
            o.process_version,
        )
        .join(work_orders, o.id == r.work_order_id)
        .where(r.alarm_at <= tx.now)
        .order_by(r.alarm_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=[work_order_returns, work_orders])
    )
    found: dict[UUID, LateRuling] = {}
    for row in await tx.all(statement):
        values: dict[str, Any] = dict(row._mapping)
        return_id, co_department = values.pop("return_id"), values.pop("co_department")
        late = LateRuling(
            return_id=return_id, co_department=co_department, of=OverWait(**values, item_code="")
        )
        found.setdefault(late.of.id, late)
    return list(found.values())


async def silence_rulings(tx: Transaction, late: Sequence[LateRuling]) -> None:
    """Each has been told of once, and waits on."""
    t = work_order_returns.c
    told = t.id.in_([each.return_id for each in late])
    await tx.execute(update(work_order_returns).where(told).values(alarm_at=None))
    await tx.execute(_RAISE_VERSIONS, {"ids": [each.of.id for each in late]})


_RAISE_VERSIONS = text(
    "UPDATE work_orders SET version = version + 1 WHERE id = ANY (CAST(:ids AS uuid[]))"
)

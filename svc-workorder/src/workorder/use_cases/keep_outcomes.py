from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text, update

from chassis.transaction import Transaction
from workorder.domain.delivery import pause_after, receipt_of
from workorder.repository.merged import seen_order
from workorder.repository.notices import get_endpoint, hold_or_release, store_endpoint
from workorder.repository.work_orders import add_work_order_step
from workorder.tables import delivery_endpoints, notices

GONE = 410
TROUBLE = "连续投递失败，已停用；消息保留，修复后请重新启用"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one message that was sent."""

    position: int
    endpoint_id: UUID
    tries: int
    status: int
    body: str
    error: str
    above_id: UUID
    department: str
    line: str = ""
    """Whose system it went to, when it was an emergency line's."""

    @property
    def is_taken(self) -> bool:
        return not self.error


async def keep_outcomes(outcomes: Sequence[Outcome], tx: Transaction) -> None:
    """Keep what became of messages: the receipt, or the error and when to try again; a platform that fails for days
    or says that it is gone is disabled, on record, and what it still has to get is held.
    """
    value: Mapping[str, Any] = await tx.rule("notice-delivery")
    rows = [_kept(each, value["pauses"], tx.now) for each in outcomes]
    await tx.execute(_KEEP, rows)
    failed = [_error(each) for each in outcomes if not each.is_taken and not each.line]
    if failed:
        await tx.execute(_ERRORS, failed)
    for outcome, row in zip(outcomes, rows, strict=True):
        if outcome.line and row["state"] != "waiting":
            await _note_end(tx, outcome, row)
    for endpoint_id in sorted({each.endpoint_id for each in outcomes}, key=str):
        of_it = [each for each in outcomes if each.endpoint_id == endpoint_id]
        await _judge(tx, endpoint_id, of_it, days=value["disable_after_days"])


def _kept(outcome: Outcome, pauses: Sequence[int], at: datetime) -> dict[str, Any]:
    row = {"of": outcome.position, "error": outcome.error, "receipt": "", "delivered_at": None}
    if outcome.is_taken:
        receipt = receipt_of(outcome.body)
        return {**row, "state": "delivered", "try_at": None, "delivered_at": at, "receipt": receipt}
    pause = pause_after(outcome.tries, pauses)
    if pause is None:
        return {**row, "state": "failed", "try_at": None}
    return {**row, "state": "waiting", "try_at": at + pause}


async def _note_end(tx: Transaction, outcome: Outcome, row: Mapping[str, Any]) -> None:
    """Whether a line has what it was to be told stands in the order's history: to be telephoned when it has not."""
    order = await seen_order(tx, outcome.above_id)
    assert order is not None
    if outcome.is_taken:
        words = f"{outcome.line} 已接收办理结果，回执 {row['receipt'] or '无编号'}"
        add_work_order_step(tx, order, step="result-told", reason=words)
        return
    words = f"办理结果多次推送 {outcome.line} 未成功（{outcome.error}），请电话告知，或在通知列表中重新推送"
    add_work_order_step(tx, order, step="result-untold", reason=words)


def _error(outcome: Outcome) -> dict[str, Any]:
    return {"order_id": outcome.above_id, "department": outcome.department, "error": outcome.error}


async def _judge(
    tx: Transaction, endpoint_id: UUID, outcomes: Sequence[Outcome], *, days: int
) -> None:
    t = delivery_endpoints.c
    row = await tx.one_or_none(select(t.failing_since, t.state).where(t.id == endpoint_id))
    if row is None or row.state != "active":
        return
    if any(each.is_taken for each in outcomes):
        if row.failing_since is not None:
            await _mark(tx, endpoint_id, failing_since=None, trouble="")
        return
    since = row.failing_since or tx.now
    is_gone = any(each.status == GONE for each in outcomes)
    if is_gone or tx.now - since >= timedelta(days=days):
        endpoint = await get_endpoint(tx, endpoint_id)
        values = {"failing_since": since, "trouble": outcomes[-1].error}
        store_endpoint(tx, endpoint, step="disabled", state="disabled", reason=TROUBLE, **values)
        await hold_or_release(tx, endpoint_id, is_held=True)
        return
    await _mark(tx, endpoint_id, failing_since=since, trouble=outcomes[-1].error)


async def _mark(tx: Transaction, endpoint_id: UUID, **values: Any) -> None:
    # No version: an administrator's change is not kept waiting by what its messages run into.
    statement = update(delivery_endpoints).where(delivery_endpoints.c.id == endpoint_id)
    await tx.execute(statement.values(**values))


_KEEP = (
    update(notices)
    .where(notices.c.position == bindparam("of"))
    .values(
        state=bindparam("state"),
        try_at=bindparam("try_at"),
        delivered_at=bindparam("delivered_at"),
        receipt=bindparam("receipt"),
        error=bindparam("error"),
    )
)
_ERRORS = text(
    "UPDATE work_order_tasks SET delivery_error = :error "
    "WHERE work_order_id = :order_id AND department = :department AND state = 'sent'"
)

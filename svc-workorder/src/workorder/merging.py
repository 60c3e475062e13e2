"""What a step on one order means for another (并单): the voice is counted there, and what happens there is told here.

A merged order stays one of its own: its caller waits for the order that it was merged into, hears its reply, is
visited, and may rate. Nothing is merged into what is closed, merged, or the same; so no circle can come about.
"""

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol
from uuid import UUID

from chassis.errors import ConflictError, InvalidError
from chassis.transaction import Transaction
from contracts.events.workorder import WorkOrderClosed
from workorder.domain.process.engine import Actor, Way
from workorder.domain.work_order import WorkOrder
from workorder.repository.merged import lock_free_order, orders_merged_into, seen_order
from workorder.repository.processes import process_of
from workorder.repository.work_orders import add_work_order_step, store_work_order


class MergeTargetError(ConflictError):
    code = "merge-target"
    title_zh = "不能并入该工单"
    title_en = "It cannot be merged into that order"


class OtherOrderError(InvalidError):
    code = "other-order-unknown"
    title_zh = "没有找到所指的另一工单，请核对其编号后重试"
    title_en = "The other order was not found; look its id up and try again"


class OtherOrderBusyError(ConflictError):
    code = "other-order-busy"
    title_zh = "另一工单正在办理中，请稍后重试"
    title_en = "Somebody is working on the other order at this moment; try again"


class Advance(Protocol):
    """stepping.advance, handed in by itself."""

    def __call__(
        self,
        tx: Transaction,
        order: WorkOrder,
        step_code: str,
        *,
        actor: Actor | None,
        form: Mapping[str, Any],
    ) -> Awaitable[Way]: ...


async def check_other(
    tx: Transaction, order: WorkOrder, step_effects: frozenset[str], form: Mapping[str, Any]
) -> None:
    """Before a step that names another order: whether that is one it may name. Raises what stands above."""
    if "merge" in step_effects:
        _check_target(order, await _other(tx, order, form["into"]))
    if "repeat" in step_effects:
        await _other(tx, order, form["of"])


async def move_voices(
    tx: Transaction, order: WorkOrder, way: Way, left: UUID | None, advance: Advance
) -> None:
    """After a step: voices come and go with a merge; who was merged into what has ended now hears of it.

    `left`: the order that it was merged into before this step.
    """
    if "merge" in way.effects and order.merged_into is not None:
        target = await _locked(tx, order.merged_into)
        _check_target(order, target)
        _count(tx, target, order.voices, step="voice-joined", about=order)
    elif left is not None and order.merged_into is None and way.step.trigger == "person":
        _count(tx, await _locked(tx, left), -order.voices, step="voice-left", about=order)
    if way.to.is_final and order.voices > 1:
        # Others' orders: whoever took this step need not reach them.
        async with tx.beyond_reach():
            for follower in await orders_merged_into(tx, order.id):
                await _follow(tx, follower, order, advance)


async def _follow(tx: Transaction, order: WorkOrder, lead: WorkOrder, advance: Advance) -> None:
    process = await process_of(tx, order.process, order.process_version)
    definition = process.definition
    for step in definition.steps:
        # With `finds`, it is taken when the fact has travelled (use_cases/follow_fact.py).
        is_heard = step.fact == WorkOrderClosed.TYPE and step.finds is None
        if is_heard and order.state in definition.sources(step):
            assert lead.outcome is not None
            form = {
                "department": lead.department,
                "division": lead.division,
                "outcome": lead.outcome.value,
                "text": lead.reply,
                "reason": f"主单 {lead.number} 已办结",
            }
            await advance(tx, order, step.code, actor=None, form=form)
            return


async def _other(tx: Transaction, order: WorkOrder, other_id: str) -> WorkOrder:
    if UUID(other_id) == order.id:
        raise MergeTargetError(
            "不能指向工单自身，请选择另一工单", "It is the same order; name another one"
        )
    found = await seen_order(tx, UUID(other_id))
    if found is None:
        raise OtherOrderError
    return found


async def _locked(tx: Transaction, other_id: UUID) -> WorkOrder:
    found = await lock_free_order(tx, other_id)
    if found is None:
        raise OtherOrderBusyError
    return found


def _check_target(order: WorkOrder, target: WorkOrder) -> None:
    if target.closed_at is not None:
        raise MergeTargetError(
            f"工单 {target.number} 已办结，不能并入；请另选未办结的工单，或标记为重复诉求",
            f"{target.number} is closed; choose an open one, or mark this as raised again",
        )
    if target.merged_into is not None:
        raise MergeTargetError(
            f"工单 {target.number} 已并入其他工单，请并入其主单",
            f"{target.number} was merged itself; merge into the one it went to",
        )
    if target.process != order.process:
        raise MergeTargetError(
            f"工单 {target.number} 属于另一类工作，不能并入",
            f"{target.number} is of another process",
        )


def _count(tx: Transaction, target: WorkOrder, voices: int, *, step: str, about: WorkOrder) -> None:
    target.voices = max(target.voices + voices, 1)
    target.version += 1
    store_work_order(tx, target)
    words = "并入" if voices > 0 else "移出"
    add_work_order_step(tx, target, step=step, reason=f"工单 {about.number} {words}")

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.errors import ForbiddenError, PreconditionError
from chassis.transaction import Transaction
from workorder.domain.work_order import WorkOrder
from workorder.proceeding import actor_of
from workorder.repository.work_orders import get_work_order
from workorder.stepping import advance


class OutsideReachError(ForbiddenError):
    code = "outside-reach"
    title_zh = "只能派往本辖区内的区划；跨辖区请转热线派单"
    title_en = "Dispatch within your own division only; for another one ask the hotline"


@dataclass(frozen=True, kw_only=True)
class TakeStep:
    work_order_id: UUID
    step: str
    form: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None
    """The version that was seen; taken only when it is still that one. At the door, If-Match says it."""


async def take_step(command: TakeStep, tx: Transaction) -> WorkOrder:
    """Take a step of an order's process: whether it may be taken, and what it leads to, its definition says."""
    order = await get_work_order(tx, command.work_order_id)
    if command.version is not None and command.version != order.stored_version:
        raise PreconditionError
    division = command.form.get("division")
    if division and not str(division).startswith(tx.scope.division):
        raise OutsideReachError
    await advance(tx, order, command.step, actor=actor_of(tx), form=command.form)
    return order

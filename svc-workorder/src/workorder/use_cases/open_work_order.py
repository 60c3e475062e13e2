from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.clock import local_date
from chassis.errors import ForbiddenError
from chassis.identity import subtree_prefix
from chassis.ids import new_id, readable_number
from chassis.masking import mask_text
from chassis.transaction import Transaction
from workorder.domain.process.definition import Definition
from workorder.domain.process.engine import check_form
from workorder.domain.process.forms import free_texts_of
from workorder.domain.work_order import WorkOrder
from workorder.repository.fact_keys import keep_fact_keys
from workorder.repository.processes import active_process
from workorder.repository.work_orders import add_work_order, add_work_order_step
from workorder.stepping import taking_of
from workorder.tellings import tell_opened


class NotYoursToOpenError(ForbiddenError):
    code = "not-yours-to-open"
    title_zh = "此类工作不由您的岗位登记，或不在您的辖区、部门；请联系有权登记的人员"
    title_en = "Such work is not yours to begin, or not there; hand it to who may"


@dataclass(frozen=True, kw_only=True)
class OpenWorkOrder:
    process: str
    type: str
    title: str
    content: str
    category: str
    division: str
    department: str
    urgency: str
    place: str
    channel: str
    form: Mapping[str, Any] = field(default_factory=dict)


async def open_work_order(command: OpenWorkOrder, tx: Transaction) -> WorkOrder:
    """Work of any process that people may begin: who may, and what has to be said, its definition says."""
    process = await active_process(tx, command.process)
    definition = process.definition
    _check_opener(definition, command, tx)
    if definition.form:
        check_form(definition.validator, command.form)
    free = free_texts_of(definition.form)
    taking = await taking_of(tx, process, department=command.department)
    order = WorkOrder.open(
        definition,
        version=process.version,
        taking=taking,
        id=new_id(),
        number=readable_number(definition.number_prefix, local_date(tx.now)),
        kind=definition.code,
        type=command.type,
        category=command.category,
        division=command.division,
        department=command.department,
        caller_id=None,
        application_id=None,
        rating_id=None,
        channel=command.channel,
        source="staff",
        title=mask_text(command.title),
        content=mask_text(command.content),
        place=mask_text(command.place),
        urgency=command.urgency,
        dispatched_at=tx.now if command.department else None,
        facts={
            name: mask_text(value) if name in free and isinstance(value, str) else value
            for name, value in command.form.items()
        }
        if definition.form
        else {},
    )
    add_work_order(tx, order, said=f"{command.title}\n{command.content}", phone=None)
    add_work_order_step(tx, order, step="opened", reason=f"{definition.name}登记")
    tell_opened(tx, order)
    await keep_fact_keys(tx, order, definition)
    return order


def _check_opener(definition: Definition, command: OpenWorkOrder, tx: Transaction) -> None:
    principal = tx.principal
    for doer in definition.opens_by:
        if doer.role not in principal.roles:
            continue
        if doer.reach == "department" and command.department != principal.department:
            continue
        if doer.reach == "division" and not command.division.startswith(
            subtree_prefix(principal.division)
        ):
            continue
        return
    raise NotYoursToOpenError

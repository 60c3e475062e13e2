"""Taking a step of a process, whoever takes it: a person at the door, a fact, a timer, or a join."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.ids import new_id
from chassis.masking import mask_text
from chassis.transaction import Transaction
from workorder.domain.order_effects import OPENS_PARTS
from workorder.domain.order_parts import Taking
from workorder.domain.process.definition import Step
from workorder.domain.process.engine import (
    JOINS_IN_A_ROW_MAX,
    Actor,
    JoinsWithoutEndError,
    Way,
    due_join,
    way_of,
)
from workorder.domain.work_order import WorkOrder
from workorder.learning import before_step, learn
from workorder.merging import check_other, move_voices
from workorder.repository.calendar import clock_rules
from workorder.repository.delivery import remote_departments
from workorder.repository.fact_keys import keep_fact_keys
from workorder.repository.notices import note_way
from workorder.repository.part_returns import check_duty, end_unruled
from workorder.repository.processes import Process, process_of, rule_values
from workorder.repository.returns import open_returns_of
from workorder.repository.work_orders import add_work_order_step, store_work_order
from workorder.tellings import tell_way

SYSTEM = "system"
REASON_FIELDS = ("reason", "text", "note")


async def taking_of(
    tx: Transaction,
    process: Process,
    *,
    form: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    by: str = "",
    department: str = "",
    remote: frozenset[str] = frozenset(),
) -> Taking:
    """What is known when a step is taken, with the rules that its process reads."""
    return Taking(
        at=at or tx.now,
        by=by or tx.principal.subject,
        department=department or tx.principal.department,
        form=form or {},
        clock_rules=await clock_rules(tx),
        values=await rule_values(tx, process.definition),
        make_id=new_id,
        remote=remote,
    )


async def advance(
    tx: Transaction,
    order: WorkOrder,
    step_code: str,
    *,
    actor: Actor | None,
    form: Mapping[str, Any],
    at: datetime | None = None,
    reason: str = "",
) -> Way:
    """Take a step: applied, kept, in the history, told. `actor` None: a fact, a timer or a join takes it.

    What is due by itself after it (a join) is taken in the same commit. Raises what domain.process.engine.way_of
    raises, and JoinsWithoutEndError. What people wrote is kept masked.
    """
    process = await process_of(tx, order.process, order.process_version)
    step = process.definition.steps_by_code.get(step_code)
    masked = masked_form(step, form)
    remote = await remote_departments(tx, joint_departments(order, step, masked))
    taking = await taking_of(
        tx, process, form=masked, at=at, by="" if actor else SYSTEM, remote=remote
    )
    way = way_of(
        process.definition,
        step_code,
        readings=order.readings(
            taking.at,
            taking.clock_rules,
            undelivered=len(remote) if masked.get("co_departments") else 0,
            part_of=str(masked.get("co_department") or tx.principal.department),
        ),
        actor=actor,
        form=masked,
        rules=taking.values,
    )
    await check_other(tx, order, frozenset(way.effects), masked)
    left = order.merged_into
    before = await before_step(tx, order, way, actor=actor)
    await _load_returns(tx, order, way, masked)
    words = reason or reason_of(way.step, masked)
    _apply(tx, order, process, way, taking, words)
    ways = [way, *_take_joins(tx, order, process, taking)]
    await keep_fact_keys(tx, order, process.definition)
    store_work_order(tx, order, reason=words)
    await end_unruled(tx, order)
    await learn(tx, order, way, form=masked, before=before)
    for each in ways:
        await note_way(tx, order, each, masked)
        await move_voices(tx, order, each, left, advance)
    return way


async def _load_returns(
    tx: Transaction, order: WorkOrder, way: Way, form: Mapping[str, Any]
) -> None:
    """Open returns, where a step rules on one or may end one, whoever takes it; and that a new one rests on a duty."""
    if not await _load_part_returns(tx, order) and "rule-return" in way.effects:
        order.returns = await open_returns_of(tx, order.id)
    if "ask-part-return" in way.effects and form.get("duty_id"):
        await check_duty(tx, UUID(str(form["duty_id"])))


async def _load_part_returns(tx: Transaction, order: WorkOrder) -> bool:
    """Load open returns where one is of a part: whoever ends the work on it need not reach it."""
    if not any(task.return_asked_at for task in order.tasks):
        return False
    async with tx.beyond_reach():
        order.returns = await open_returns_of(tx, order.id)
    return True


async def go_on(tx: Transaction, order: WorkOrder, *, reason: str = "") -> None:
    """Keep an order of which something else changed (a part was delivered), and take what is due by that."""
    process = await process_of(tx, order.process, order.process_version)
    taking = await taking_of(tx, process, by=SYSTEM)
    await _load_part_returns(tx, order)
    left = order.merged_into
    ways = _take_joins(tx, order, process, taking)
    await keep_fact_keys(tx, order, process.definition)
    store_work_order(tx, order, reason=reason)
    await end_unruled(tx, order)
    for each in ways:
        await note_way(tx, order, each)
        await move_voices(tx, order, each, left, advance)


def _apply(
    tx: Transaction, order: WorkOrder, process: Process, way: Way, taking: Taking, words: str
) -> None:
    order.take(process.definition, way, taking)
    add_work_order_step(tx, order, step=way.step.records or way.step.code, reason=words)
    tell_way(tx, order, way)


def _take_joins(tx: Transaction, order: WorkOrder, process: Process, taking: Taking) -> list[Way]:
    by_itself = replace(taking, by=SYSTEM, form={}, remote=frozenset())
    ways: list[Way] = []
    while True:
        readings = order.readings(taking.at, taking.clock_rules)
        step = due_join(process.definition, readings=readings, rules=taking.values)
        if step is None:
            return ways
        if len(ways) == JOINS_IN_A_ROW_MAX:
            raise JoinsWithoutEndError
        way = way_of(
            process.definition,
            step.code,
            readings=readings,
            actor=None,
            form={},
            rules=taking.values,
        )
        _apply(tx, order, process, way, by_itself, step.name)
        ways.append(way)


def joint_departments(
    order: WorkOrder, step: Step | None, form: Mapping[str, Any]
) -> frozenset[str]:
    """The departments among whom a step shares an order out, anew or again; empty when it does not."""
    named = form.get("co_departments")
    if named:
        return frozenset({*named, str(form.get("department", ""))})
    if form.get("replacement"):
        return frozenset({str(form["replacement"])})
    if step is None or not order.co_departments or OPENS_PARTS.isdisjoint(step.every_effect()):
        return frozenset()
    return frozenset({order.department, *order.co_departments})


def masked_form(step: Step | None, form: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, with what people wrote freely masked."""
    free = step.free_texts if step else frozenset()
    return {
        name: mask_text(value) if name in free and isinstance(value, str) else value
        for name, value in form.items()
    }


def reason_of(step: Step, form: Mapping[str, Any]) -> str:
    """Why, in the words of whoever took it; else the step's name."""
    return next((str(form[name]) for name in REASON_FIELDS if form.get(name)), step.name)

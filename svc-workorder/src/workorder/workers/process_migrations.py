"""Running work moved to another version of its process: a batch in a commit, each with its step; a dry run moves nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.jobs import JobCode, JobFailedError, JobRun, RowVerdict
from chassis.transaction import Transaction
from workorder.domain.process.definition import Definition
from workorder.domain.process.moving import MIGRATION, Obstacle, move, obstacle_of
from workorder.domain.work_order import WorkOrder
from workorder.repository.fact_keys import keep_fact_keys
from workorder.repository.processes import Process, process_of
from workorder.repository.waits import RuleVersions, rule_versions, values_at
from workorder.repository.work_orders import (
    add_work_order_step,
    complete,
    store_work_order,
    work_order_of,
)
from workorder.stepping import taking_of
from workorder.tables import work_orders

BATCH = 50


async def migrate_running(run: JobRun) -> None:
    """Every open order of one version, in the order of their ids; taken up again, it goes on after the last one seen."""
    asked = run.input
    after = await _last_seen(run)
    tx = run.begin()
    try:
        old = await process_of(tx, asked["code"], asked["from_version"])
        new = await process_of(tx, asked["code"], asked["to_version"])
        ids = await _ids(tx, asked, after)
    finally:
        await tx.close()
    total = run.done + len(ids)
    await run.beat(total=total)
    for start in range(0, len(ids), BATCH):
        tx = run.begin()
        try:
            verdicts = await _batch(run, tx, ids[start : start + BATCH], old=old, new=new)
            await run.advance(tx, verdicts, total=total)
        finally:
            await tx.close()


async def _ids(tx: Transaction, asked: Mapping[str, Any], after: UUID | None) -> list[UUID]:
    o = work_orders.c
    statement = select(o.id).where(
        o.process == asked["code"],
        o.process_version == asked["from_version"],
        o.waits_for.is_not(None),
    )
    if after is not None:
        statement = statement.where(o.id > after)
    return [row.id for row in await tx.all(statement.order_by(o.id))]


async def _last_seen(run: JobRun) -> UUID | None:
    if run.done == 0:
        return None
    rows = run.runtime.table("job_rows")
    tx = run.begin()
    try:
        seen = await tx.scalar(
            select(rows.c.made_id).where(rows.c.job_id == run.id, rows.c.number == run.done)
        )
    finally:
        await tx.close()
    if seen is None:
        raise JobFailedError("任务记录不完整，请重新发起迁移 / start the migration anew")
    return UUID(str(seen))


async def _batch(
    run: JobRun, tx: Transaction, ids: Sequence[UUID], *, old: Process, new: Process
) -> list[RowVerdict]:
    statement = select(work_orders).where(work_orders.c.id.in_(ids)).order_by(work_orders.c.id)
    is_dry = run.input["dry_run"]
    found = await tx.all(statement if is_dry else statement.with_for_update())
    rows = {row.id: row for row in found}
    versions = await rule_versions(tx, sorted(new.definition.rules))
    verdicts = []
    for place, order_id in enumerate(ids, 1):
        order = work_order_of(rows[order_id])
        obstacle = _obstacle(order, run.input, old.definition, new.definition)
        if obstacle is None and not is_dry:
            await _move(run, tx, order, old=old, new=new, versions=versions)
        verdicts.append(
            RowVerdict(
                number=run.done + place,
                verdict="refused" if obstacle else "accepted",
                key=order.number,
                made_id=str(order.id),
                faults=[_fault(order, obstacle)] if obstacle else [],
            )
        )
    return verdicts


def _obstacle(
    order: WorkOrder, asked: Mapping[str, Any], old: Definition, new: Definition
) -> Obstacle | None:
    if order.process_version != asked["from_version"] or order.is_closed:
        return Obstacle(
            code="gone-on",
            zh="迁移期间已办结或已迁移，无需再迁",
            en="closed or moved meanwhile; nothing to do",
        )
    return obstacle_of(
        order.state,
        is_clock_started=order.clock_started_on is not None,
        old=old,
        new=new,
        states=asked["states"],
    )


def _fault(order: WorkOrder, obstacle: Obstacle) -> dict[str, Any]:
    return {"pointer": order.state, "code": obstacle.code, "zh": obstacle.zh, "en": obstacle.en}


async def _move(
    run: JobRun,
    tx: Transaction,
    order: WorkOrder,
    *,
    old: Process,
    new: Process,
    versions: RuleVersions,
) -> None:
    await complete(tx, order)
    before = old.definition.states_by_code[order.state].name
    taking = await taking_of(tx, new)
    if order.entered_at is not None:
        # It is counted as if it had been on the new version when it came into its state: as it is counted ever after.
        taking = replace(taking, values=values_at(versions, order.entered_at))
    states = run.input["states"]
    move(order, new=new.definition, version=new.version, states=states, taking=taking)
    after = new.definition.states_by_code[order.state].name
    words = f"{run.input['reason']}（第 {old.version} 版“{before}” → 第 {new.version} 版“{after}”）"
    store_work_order(tx, order)
    await keep_fact_keys(tx, order, new.definition)
    add_work_order_step(tx, order, step="process-moved", reason=words)


JOBS: Mapping[str, JobCode] = {MIGRATION: migrate_running}
BACKGROUND = ()

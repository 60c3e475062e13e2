"""One step for many orders: each in a transaction of its own, within the reach of whoever asked, with a verdict."""

import json
from collections.abc import Mapping
from uuid import UUID

from chassis.errors import ProblemError
from chassis.identity import Scope
from chassis.jobs import JobCode, JobRun, RowVerdict
from chassis.service import BackgroundTask
from chassis.transaction import Transaction
from workorder.domain.staff_day import BULK_FORM_CONTEXT, BULK_STEP
from workorder.use_cases.take_step import TakeStep, take_step


async def take_bulk_steps(run: JobRun) -> None:
    """Take the step for each order after the last one seen; what is refused is told with its reason and goes on."""
    ids: list[str] = run.input["ids"]
    versions: dict[str, int] = run.input.get("versions", {})
    sealed = run.input["form"]
    form = json.loads(run.runtime.keyring.decrypt(sealed, context=BULK_FORM_CONTEXT))
    for place, order_id in enumerate(ids[run.done :], run.done + 1):
        command = TakeStep(
            work_order_id=UUID(order_id),
            step=run.input["step"],
            form=form,
            version=versions.get(order_id),
        )
        await _take_one(run, place, command)


async def _take_one(run: JobRun, place: int, command: TakeStep) -> None:
    # The reach that the door granted to whoever asked, not that of the worker.
    scope = Scope(**run.input["scope"])
    tx: Transaction = run.runtime.begin(run.owner, scope, correlation_id=str(run.id))
    try:
        order = await take_step(command, tx)
        verdict = RowVerdict(number=place, verdict="accepted", key=order.number)
        await run.advance(tx, [verdict])
        return
    except ProblemError as error:
        refusal = _refusal(place, command.work_order_id, error)
    finally:
        await tx.close()
    tx = run.begin()
    try:
        await run.advance(tx, [refusal])
    finally:
        await tx.close()


def _refusal(place: int, order_id: UUID, error: ProblemError) -> RowVerdict:
    fault = {"pointer": "", "code": error.problem_code, "detail": error.zh}
    faults = [
        {"pointer": each.pointer, "code": each.code, "detail": each.zh} for each in error.faults
    ]
    return RowVerdict(number=place, verdict="refused", key=str(order_id), faults=[fault, *faults])


JOBS: Mapping[str, JobCode] = {BULK_STEP: take_bulk_steps}
BACKGROUND: tuple[BackgroundTask, ...] = ()

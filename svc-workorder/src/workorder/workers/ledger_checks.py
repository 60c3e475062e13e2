"""The nightly check of the ledgers: every open due date counted again, what differs named, nothing mended silently."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

import structlog
from sqlalchemy import select

from chassis.jobs import JobCode, JobRun, RowVerdict
from chassis.nightly import Nightly
from chassis.service import BackgroundTask
from chassis.transaction import Transaction
from workorder.domain.application import Application
from workorder.domain.clock import ClockRules
from workorder.domain.ledger import (
    Difference,
    differences_of_application,
    differences_of_order,
)
from workorder.domain.work_order import WorkOrder
from workorder.queries.deadlines import LEDGER_CHECKS, open_clocks
from workorder.repository.applications import lock_applications, promised_applications
from workorder.repository.calendar import clock_rules, forget_calendar, take_night
from workorder.repository.work_orders import lock_work_orders, running_work_orders

BATCH = 500
MEND = "核实后由系统管理员发起重新计算（POST /workorder/v1/due-date-recounts）"

log = structlog.get_logger()

Works = Sequence[Application] | Sequence[WorkOrder]
Reading = Callable[..., Awaitable[Works]]


async def check_ledgers(run: JobRun) -> None:
    """Count every open due date again from its ledger; each that differs is a row of the job, with the reason.

    Taken up again after a fall, it begins anew and names nothing twice.
    """
    check = _Check(run)
    await check.begin()
    for read, lock in (
        (promised_applications, lock_applications),
        (running_work_orders, lock_work_orders),
    ):
        await check.walk(read, lock)


class _Check:
    """How far a check is, and what it has named."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self._seen = 0
        self._named: set[str] = set()

    async def begin(self) -> None:
        rows = self._run.runtime.table("job_rows")
        tx = self._run.begin()
        forget_calendar(tx)
        try:
            named = await tx.all(select(rows.c.key).where(rows.c.job_id == self._run.id))
            total = await tx.scalar(open_clocks())
        finally:
            await tx.close()
        self._named = {row.key for row in named}
        await self._run.beat(done=0, total=int(total or 0))

    async def walk(self, read: Reading, lock: Reading) -> None:
        after: UUID | None = None
        while True:
            tx = self._run.begin()
            try:
                works = await read(tx, after=after, limit=BATCH)
                if not works:
                    return
                await self._look(tx, works, lock)
            finally:
                await tx.close()
            after = works[-1].id
            self._seen += len(works)
            await self._run.beat(done=self._seen)

    async def _look(self, tx: Transaction, works: Works, lock: Reading) -> None:
        rules = await clock_rules(tx)
        doubtful = [work.id for work in works if _differences(work, rules)]
        if not doubtful:
            return
        # Read again with the rows held: a step may have come between the row and its stops.
        held = await lock(tx, doubtful)
        verdicts = []
        for work in held:
            found = _differences(work, rules)
            if found and work.number not in self._named:
                self._named.add(work.number)
                verdicts.append(_verdict(len(self._named), work, found))
        if verdicts:
            await self._run.advance(tx, verdicts)


def _differences(work: Application | WorkOrder, rules: ClockRules) -> list[Difference]:
    if isinstance(work, Application):
        return differences_of_application(work, rules)
    return differences_of_order(work, rules)


def _verdict(number: int, work: Application | WorkOrder, found: Sequence[Difference]) -> RowVerdict:
    return RowVerdict(
        number=number,
        verdict="refused",
        key=work.number,
        made_id=str(work.id),
        faults=[
            {"code": each.code, "column": "due_on", "zh": each.zh, "en": each.en, "mend": MEND}
            for each in found
        ],
    )


NIGHTLY = Nightly(kind=LEDGER_CHECKS, hour_rule="ledger-check-hour", take_night=take_night)

JOBS: Mapping[str, JobCode] = {LEDGER_CHECKS: check_ledgers}
BACKGROUND: tuple[BackgroundTask, ...] = (NIGHTLY.for_ever,)

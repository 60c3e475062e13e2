"""The nightly check of the ledgers: every open due date, every wait in a state and every ruling on a returned part is
counted again, what differs named, nothing mended silently.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select

from chassis.jobs import JobCode, JobRun, RowVerdict
from chassis.nightly import Nightly
from chassis.rules import FRESH_SECONDS
from chassis.service import BackgroundTask
from chassis.transaction import Transaction
from workorder.counting import Count
from workorder.domain.application import Application
from workorder.domain.ledger import (
    Difference,
    differences_of_application,
    differences_of_order,
    ruling_differences,
    wait_differences,
)
from workorder.domain.part_returns import asks_of, counted_ruling
from workorder.domain.process.definition import Budget
from workorder.domain.work_order import Urgency, WorkOrder
from workorder.queries.deadlines import LEDGER_CHECKS, open_works
from workorder.repository.applications import lock_applications, open_applications
from workorder.repository.calendar import forget_calendar, take_night
from workorder.repository.work_orders import lock_work_orders, open_work_orders

BATCH = 500
MEND = "核实后由系统管理员发起重新计算（POST /workorder/v1/due-date-recounts）"

log = structlog.get_logger()

Works = Sequence[Application] | Sequence[WorkOrder]
Reading = Callable[..., Awaitable[Works]]


async def check_ledgers(run: JobRun) -> None:
    """Count everything that open work is due by again; each piece that differs is a row of the job, with the reasons.

    Taken up again after a fall, it begins anew and names nothing twice.
    """
    check = _Check(run)
    await check.begin()
    for read, lock in (
        (open_applications, lock_applications),
        (open_work_orders, lock_work_orders),
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
            total = await tx.scalar(open_works())
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
        count = await Count.of(tx, works)
        doubtful = [work.id for work in works if _differences(work, count)]
        if not doubtful:
            return
        # Read again with the rows held: a step may have come between the row and its stops.
        held = await lock(tx, doubtful)
        count = await Count.of(tx, held)
        verdicts = []
        for work in held:
            found = _differences(work, count)
            if found and work.number not in self._named:
                self._named.add(work.number)
                verdicts.append(_verdict(len(self._named), work, found))
        if verdicts:
            await self._run.advance(tx, verdicts)


def _differences(work: Application | WorkOrder, count: Count) -> list[Difference]:
    waits = _wait_differences(work, count)
    if isinstance(work, Application):
        return differences_of_application(work, count.rules) + waits
    return differences_of_order(work, count.rules) + waits + _ruling_differences(work, count)


def _wait_differences(work: Application | WorkOrder, count: Count) -> list[Difference]:
    state, entered_at = count.state_of(work), count.entered_at(work)
    if state is None or entered_at is None:
        return []
    as_it_was = _as_it_was(work, state.limit) if isinstance(work, WorkOrder) else [work]
    counted = [
        each.counted_wait(
            state, entered_at=entered_at, values=count.values_at(at), rules=count.rules
        )
        for each in as_it_was
        for at in _known_at(entered_at)
    ]
    return wait_differences(work, counted)


def _ruling_differences(order: WorkOrder, count: Count) -> list[Difference]:
    found = []
    for asked in order.returns:
        asks = asks_of(count.definition_of(order), asked)
        if asked.task_id is None or asks is None:
            continue
        counted = [
            counted_ruling(each, asked, asks, values=count.values_at(at), rules=count.rules)
            for each in _as_it_was(order, asks.limit)
            for at in _known_at(asked.asked_at)
        ]
        found += ruling_differences(asked, counted, count.at)
    return found


def _as_it_was(order: WorkOrder, limit: Budget | None) -> list[WorkOrder]:
    """As it is, and where its urgency decides how long: as it may have been, because that changes without a new wait."""
    if limit is None or limit.by != "urgency":
        return [order]
    return [order, *(replace(order, urgency=each.value) for each in Urgency)]


def _known_at(at: datetime) -> tuple[datetime, datetime]:
    """Whoever counted then may have known a rule as it was a moment before it was changed."""
    return at, at - timedelta(seconds=FRESH_SECONDS)


def _verdict(number: int, work: Application | WorkOrder, found: Sequence[Difference]) -> RowVerdict:
    return RowVerdict(
        number=number,
        verdict="refused",
        key=work.number,
        made_id=str(work.id),
        faults=[
            {"code": each.code, "column": each.column, "zh": each.zh, "en": each.en, "mend": MEND}
            for each in found
        ],
    )


NIGHTLY = Nightly(kind=LEDGER_CHECKS, hour_rule="ledger-check-hour", take_night=take_night)

JOBS: Mapping[str, JobCode] = {LEDGER_CHECKS: check_ledgers}
BACKGROUND: tuple[BackgroundTask, ...] = (NIGHTLY.for_ever,)

"""The knowledge base: reviews that fall due, and guides that it was not drawn from yet."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import Row

from chassis.jobs import JobCode, JobRun, RowVerdict
from chassis.runtime import Runtime
from contracts.guide import Guide
from workorder.domain.knowledge import CATCH_UP, PublicGuide
from workorder.repository.undrawn import next_undrawn, undrawn_count
from workorder.use_cases.draw_articles import draw_articles
from workorder.use_cases.remind_reviews import remind_reviews

PAUSE_SECONDS = 60.0
BATCH = 20
"""Guides drawn from in one commit; meanwhile nobody draws by what is told."""

log = structlog.get_logger()


async def watch_reviews(runtime: Runtime) -> None:
    """Remind as review dates come, for as long as the process lives; several processes may do it side by side."""
    while True:
        try:
            while await remind_due_reviews(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("reviews paused", error=repr(error)[:200])
        await asyncio.sleep(PAUSE_SECONDS)


async def remind_due_reviews(runtime: Runtime) -> int:
    """One batch in one commit; returns how many."""
    tx = runtime.begin_system()
    try:
        count = await remind_reviews(tx)
        await tx.commit()
    finally:
        await tx.close()
    return count


async def catch_up(run: JobRun) -> None:
    """Draw from every guide in force that was not drawn from; each is a row of the job.

    What was drawn is not found again: a second run, and one that is taken up again after a fall, goes on with the rest.
    """
    tx = run.begin()
    try:
        total = run.done + await undrawn_count(tx)
    finally:
        await tx.close()
    await run.beat(total=total)
    after: UUID | None = None
    while True:
        tx = run.begin()
        try:
            rows = await next_undrawn(tx, after=after, most=BATCH)
            if not rows:
                return
            guides, verdicts = _read(rows, first=run.done + 1)
            await draw_articles(guides, tx)
            await run.advance(tx, verdicts)
        finally:
            await tx.close()
        after = rows[-1].item_id


def _read(rows: Sequence[Row[Any]], *, first: int) -> tuple[list[PublicGuide], list[RowVerdict]]:
    """The guides that can be read, and a verdict on each row."""
    guides, verdicts = [], []
    for number, row in enumerate(rows, first):
        verdict = RowVerdict(
            number=number, verdict="accepted", key=row.item_code, made_id=str(row.item_id)
        )
        verdicts.append(verdict)
        try:
            guide = Guide.model_validate(row.guide)
        except ValidationError as error:
            verdict.verdict = "refused"
            verdict.faults = [_fault(error)]
            continue
        guides.append(
            PublicGuide(
                item_id=row.item_id,
                version=row.version,
                guide=guide,
                published_at=row.known_at,
            )
        )
    return guides, verdicts


def _fault(error: ValidationError) -> dict[str, str]:
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return {
        "code": "guide-unreadable",
        "column": "/".join(str(part) for part in found["loc"]),
        "zh": "办事指南的内容无法读取",
        "en": f"The guide cannot be read: {found['msg']}",
        "mend": "请事项管理员重新发布该事项的办事指南，发布后自动生成",
    }


JOBS: Mapping[str, JobCode] = {CATCH_UP: catch_up}
BACKGROUND = (watch_reviews,)

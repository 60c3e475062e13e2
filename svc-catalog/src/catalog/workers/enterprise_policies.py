"""Long work: policies held against the profiles of enterprises that want to be told, a batch a commit."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update

from catalog.repository.enterprise_policies import MATCHING, open_policies, profiles_after
from catalog.use_cases.match_profiles import match_profiles
from chassis.clock import local_date
from chassis.identity import NOBODY_ID
from chassis.jobs import JobCancelledError, JobCode, JobRun, enqueue_job
from chassis.runtime import Runtime
from chassis.service import BackgroundTask
from chassis.transaction import Transaction

BATCH_PROFILES = 500
LOOK_SECONDS = 3_600.0


async def match_enterprise_policies(run: JobRun) -> None:
    """All open policies, or one that is named, against all profiles, or one that is named.

    After a stop it begins again: what was told stands in the books and is not told twice.
    """
    policy_id = run.input.get("policy_id")
    owner_id = str(run.input.get("owner_id") or "")
    last: UUID | None = None
    seen = 0
    while True:
        tx = run.begin()
        try:
            today = local_date(tx.now)
            policies = await _policies(tx, today, policy_id)
            profiles = await profiles_after(tx, last, limit=BATCH_PROFILES, owner_id=owner_id)
            await match_profiles(profiles, policies, tx, on=today)
            seen += len(profiles)
            await _advance(run, tx, seen)
        finally:
            await tx.close()
        if len(profiles) < BATCH_PROFILES:
            return
        last = profiles[-1].id


async def _policies(tx: Transaction, today: date, policy_id: Any) -> list[Row[Any]]:
    named = UUID(str(policy_id)) if policy_id else None
    return list(await open_policies(tx, today, policy_id=named))


async def _advance(run: JobRun, tx: Transaction, seen: int) -> None:
    """Progress without rows: who was matched is for the enterprise alone, not for who started the job."""
    jobs = run.runtime.table("jobs")
    statement = (
        update(jobs)
        .where(jobs.c.id == run.id)
        .values(done=seen, accepted=seen, heartbeat_at=tx.now)
        .returning(jobs.c.cancel_asked)
    )
    cancel_asked = (await tx.execute(statement)).scalar_one()
    await tx.commit()
    if cancel_asked:
        raise JobCancelledError


async def match_daily_for_ever(runtime: Runtime) -> None:
    while True:
        await queue_daily_matching(runtime)
        await asyncio.sleep(LOOK_SECONDS)


async def queue_daily_matching(runtime: Runtime) -> bool:
    """Once a day, whatever process looks first: an enterprise grows older, and a policy of its age comes to fit it."""
    tx = runtime.begin_system()
    try:
        jobs = runtime.table("jobs")
        today = local_date(tx.now).isoformat()
        # One process at a time looks, so that two do not both find none.
        await tx.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('match-enterprise-policies'))")
        )
        known = select(jobs.c.id).where(
            jobs.c.kind == MATCHING,
            jobs.c.owner_id == NOBODY_ID,
            jobs.c.input["day"].astext == today,
        )
        if await tx.scalar(known.limit(1)) is not None:
            return False
        enqueue_job(tx, runtime, kind=MATCHING, input={"day": today})
        await tx.commit()
        return True
    finally:
        await tx.close()


JOBS: dict[str, JobCode] = {MATCHING: match_enterprise_policies}
BACKGROUND: tuple[BackgroundTask, ...] = (match_daily_for_ever,)

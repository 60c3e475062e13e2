"""Long work and timers: the audit of all items in force, asked for or nightly."""

from collections.abc import Mapping, Sequence
from datetime import date

import structlog

from catalog.domain.publishing_rules import PublishingRule, RuleKind
from catalog.repository.audit import MENDED, WITHDRAWN, close_findings, rules_in_use
from catalog.repository.auditing import (
    AUDIT,
    begin_audit,
    codes_with_open,
    count_fields,
    count_piece,
    drop_known,
    end_audit,
    gather_broken,
    gather_compared,
    gone,
    look_at_sizes,
    read_standards,
    take_candidates,
    take_night,
)
from catalog.use_cases.open_asking_guides import open_asking_guides
from catalog.use_cases.open_found import open_found
from chassis.clock import local_date
from chassis.jobs import JobCode, JobRun
from chassis.nightly import Nightly
from chassis.service import BackgroundTask
from chassis.working_days import WorkingDays

PIECE = 400

_CALENDAR = WorkingDays()

log = structlog.get_logger()


async def audit_items(run: JobRun) -> None:
    """Close what is so no longer, then open what is new, rule by rule; the job counts rules.

    Each piece is one commit, so that a killed audit goes on where it was, and two at once open nothing twice.
    """
    rules, due_on, mandatory = await _begun(run)
    codes = sorted({*rules, *await _codes_open(run)})
    await _gather(run, list(rules.values()))
    for place, code in enumerate(codes, start=1):
        rule = rules.get(code)
        await _close(run, rule, code)
        if rule is not None:
            await _open(run, rule, due_on)
        await run.beat(done=place, total=len(codes))
    tx = run.begin()
    try:
        await count_fields(tx, run.id, mandatory)
        await end_audit(tx, run.id)
        await tx.commit()
    finally:
        await tx.close()


async def _begun(
    run: JobRun,
) -> tuple[dict[str, PublishingRule], date, Mapping[str, list[str]]]:
    tx = run.begin()
    try:
        await begin_audit(tx, run.id)
        await read_standards(tx, local_date(tx.now))
        rules = {rule.code: rule for rule in await rules_in_use(tx)}
        days = int(await tx.rule("finding-working-days"))
        due_on = _CALENDAR.add(local_date(tx.now), days).on
        mandatory: Mapping[str, list[str]] = await tx.rule("mandatory-guide-fields")
        await tx.commit()
    finally:
        await tx.close()
    return rules, due_on, mandatory


async def _codes_open(run: JobRun) -> list[str]:
    tx = run.begin()
    try:
        return await codes_with_open(tx)
    finally:
        await tx.close()


async def _gather(run: JobRun, rules: Sequence[PublishingRule]) -> None:
    """What all rules find, laid out in a few statements over all items."""
    await run.beat(done=0, total=len(rules))
    compared = [rule for rule in rules if rule.kind is not RuleKind.GUIDE]
    tx = run.begin()
    try:
        guide_rules = [rule for rule in rules if rule.kind is RuleKind.GUIDE]
        await gather_broken(tx, run.id, guide_rules)
        await tx.commit()
    finally:
        await tx.close()
    for rule in compared:
        await run.beat()
        tx = run.begin()
        try:
            await gather_compared(tx, run.id, rule)
            await tx.commit()
        finally:
            await tx.close()
    tx = run.begin()
    try:
        await look_at_sizes(tx)
        await tx.commit()
    finally:
        await tx.close()


async def _close(run: JobRun, rule: PublishingRule | None, code: str) -> None:
    """Close what the audit did not find again; of a rule out of use, everything."""
    while True:
        tx = run.begin()
        try:
            rows = await gone(tx, run.id, code, limit=PIECE)
            await close_findings(tx, rows, outcome=WITHDRAWN if rule is None else MENDED)
            await count_piece(tx, run.id, closed=len(rows))
            if len(rows) < PIECE:
                await drop_known(tx, run.id, code, local_date(tx.now))
            await tx.commit()
        finally:
            await tx.close()
        if len(rows) < PIECE:
            return
        await run.beat()


async def _open(run: JobRun, rule: PublishingRule, due_on: date) -> None:
    while True:
        tx = run.begin()
        try:
            rows = await take_candidates(tx, run.id, rule.code, limit=PIECE)
            opening = open_asking_guides if rule.kind is RuleKind.PROOFS else open_found
            opened = await opening(rule, rows, tx, due_on=due_on) if rows else 0
            await count_piece(tx, run.id, opened=opened)
            await tx.commit()
        finally:
            await tx.close()
        if len(rows) < PIECE:
            return
        await run.beat()


NIGHTLY = Nightly(kind=AUDIT, hour_rule="audit-hour", take_night=take_night)

JOBS: dict[str, JobCode] = {AUDIT: audit_items}
BACKGROUND: tuple[BackgroundTask, ...] = (NIGHTLY.for_ever,)

"""Long work and timers of svc-workorder, a module a topic."""

from chassis.jobs import JobCode
from chassis.service import BackgroundTask
from workorder.workers import (
    bulk_steps,
    deadlines,
    exchange,
    exchange_push,
    kept_facts,
    knowledge,
    ledger_checks,
    notices,
    process_migrations,
    seats,
    sweeping,
    table_files,
    transfers,
    triage,
)

_TOPICS = (
    deadlines,
    ledger_checks,
    bulk_steps,
    seats,
    exchange,
    exchange_push,
    notices,
    triage,
    table_files,
    knowledge,
    process_migrations,
    sweeping,
    transfers,
    kept_facts,
)

JOBS: dict[str, JobCode] = {kind: code for topic in _TOPICS for kind, code in topic.JOBS.items()}
BACKGROUND: tuple[BackgroundTask, ...] = tuple(
    task for topic in _TOPICS for task in topic.BACKGROUND
)

"""Long work and timers of svc-catalog, a module a topic."""

from catalog.workers import (
    audit,
    channel_figures,
    channels,
    enterprise_policies,
    halls,
    history,
    imports,
    life,
    powers,
    proofs,
    supervision,
)
from chassis.jobs import JobCode
from chassis.service import BackgroundTask

_TOPICS = (
    imports,
    life,
    history,
    audit,
    powers,
    proofs,
    halls,
    channels,
    channel_figures,
    enterprise_policies,
    supervision,
)

JOBS: dict[str, JobCode] = {kind: code for topic in _TOPICS for kind, code in topic.JOBS.items()}
BACKGROUND: tuple[BackgroundTask, ...] = tuple(
    task for topic in _TOPICS for task in topic.BACKGROUND
)

"""Long work and timers: powers and responsibilities (权责清单) and their adjustment."""

from chassis.jobs import JobCode
from chassis.service import BackgroundTask

JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = ()

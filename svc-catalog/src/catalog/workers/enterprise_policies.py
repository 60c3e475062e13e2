"""Long work and timers: policies for enterprises (惠企政策)."""

from chassis.jobs import JobCode
from chassis.service import BackgroundTask

JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = ()

"""Long work and timers: supervision items (监管事项) and the behaviour data reported on them."""

from chassis.jobs import JobCode
from chassis.service import BackgroundTask

JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = ()

"""Long work and timers: channels: what is live where, and what they report daily."""

from chassis.jobs import JobCode
from chassis.service import BackgroundTask

JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = ()

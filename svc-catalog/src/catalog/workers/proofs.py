"""Long work and timers: the list of proofs (证明), retained and cancelled."""

from chassis.jobs import JobCode
from chassis.service import BackgroundTask

JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = ()

"""svc-workorder put together: the only place that wires, and the table of contents."""

from pathlib import Path

from chassis.service import Service
from contracts.registry import facts_of
from workorder.consumers import consumers
from workorder.routes import ROUTERS
from workorder.rule_shapes import RULE_SHAPES
from workorder.settings import WorkOrderSettings
from workorder.tables import metadata
from workorder.workers import BACKGROUND, JOBS

SERVICE = Service(
    name="workorder",
    title="办件与工单 Work orders",
    routers=ROUTERS,
    metadata=metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    facts=facts_of("workorder"),
    consumers=consumers,
    rule_shapes=RULE_SHAPES,
    jobs=JOBS,
    background=BACKGROUND,
    settings_class=WorkOrderSettings,
)

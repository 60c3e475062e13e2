"""svc-datashare put together: the only place that wires, and the table of contents."""

from pathlib import Path

from chassis.service import Service
from contracts.registry import facts_of
from datashare.consumers import consumers
from datashare.routes import ROUTERS
from datashare.rule_shapes import RULE_SHAPES
from datashare.tables import metadata

SERVICE = Service(
    name="datashare",
    title="数据共享 Data sharing",
    routers=ROUTERS,
    metadata=metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    facts=facts_of("datashare"),
    consumers=consumers,
    rule_shapes=RULE_SHAPES,
)

"""svc-catalog put together: the only place that wires, and the table of contents."""

from pathlib import Path

from catalog.consumers import consumers
from catalog.routes import ROUTERS
from catalog.rule_shapes import RULE_SHAPES
from catalog.tables import metadata
from catalog.workers import BACKGROUND, JOBS
from chassis.service import Service
from contracts.registry import facts_of

SERVICE = Service(
    name="catalog",
    title="事项目录 Catalog",
    routers=ROUTERS,
    metadata=metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    facts=facts_of("catalog"),
    consumers=consumers,
    rule_shapes=RULE_SHAPES,
    jobs=JOBS,
    background=BACKGROUND,
)

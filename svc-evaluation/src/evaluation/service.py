"""svc-evaluation put together: the only place that wires, and the table of contents."""

from pathlib import Path

from chassis.service import Service
from contracts.registry import facts_of
from evaluation.consumers import consumers
from evaluation.routes import ROUTERS
from evaluation.rule_shapes import RULE_SHAPES
from evaluation.tables import metadata

SERVICE = Service(
    name="evaluation",
    title="好差评 Evaluation",
    routers=ROUTERS,
    metadata=metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    facts=facts_of("evaluation"),
    consumers=consumers,
    rule_shapes=RULE_SHAPES,
)

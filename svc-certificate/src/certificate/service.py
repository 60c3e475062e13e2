"""svc-certificate put together: the only place that wires, and the table of contents."""

from pathlib import Path

from certificate.consumers import consumers
from certificate.documents.pki import ensure_local_keys, read_issuer_keys
from certificate.routes import ROUTERS
from certificate.rule_shapes import RULE_SHAPES
from certificate.settings import CertificateSettings
from certificate.tables import metadata
from certificate.workers import make_documents, take_over_moved
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.registry import facts_of


async def prepare(runtime: Runtime) -> None:
    """The issuer's keys must be there; in local and test they are made on the first start."""
    settings = runtime.settings
    assert isinstance(settings, CertificateSettings)
    if settings.environment != "production":
        ensure_local_keys(settings.pki_dir, runtime.clock.now())
    read_issuer_keys(settings.pki_dir)


SERVICE = Service(
    name="certificate",
    title="电子证照 Certificate",
    routers=ROUTERS,
    metadata=metadata,
    migrations=Path(__file__).parents[2] / "migrations",
    facts=facts_of("certificate"),
    consumers=consumers,
    rule_shapes=RULE_SHAPES,
    settings_class=CertificateSettings,
    background=(make_documents, take_over_moved),
    prepare=prepare,
)

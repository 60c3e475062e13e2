"""The services as the house tests look at them."""

from pathlib import Path

from catalog.service import SERVICE as CATALOG
from certificate.service import SERVICE as CERTIFICATE
from chassis.service import Service
from datashare.service import SERVICE as DATASHARE
from evaluation.service import SERVICE as EVALUATION
from workorder.service import SERVICE as WORKORDER

ROOT = Path(__file__).parents[2]
ALL: tuple[Service, ...] = (CATALOG, WORKORDER, CERTIFICATE, EVALUATION, DATASHARE)


def sources(folder: str, under: str = "src") -> list[Path]:
    return sorted((ROOT / folder / under).rglob("*.py"))


def all_sources() -> list[Path]:
    folders = ("chassis", "contracts", "gateway", "deploy/local", *(f"svc-{s.name}" for s in ALL))
    return [path for folder in folders for path in sources(folder)]

"""The tables of svc-catalog, a module a topic. Migrations make them; a test holds the two together."""

from catalog.tables import (
    audit,
    bundles,
    channels,
    enterprise_policies,
    halls,
    history,
    items,
    powers,
    proofs,
    search,
    standards,
    supervision,
    themes,
)
from catalog.tables.base import metadata

__all__ = [
    "audit",
    "bundles",
    "channels",
    "enterprise_policies",
    "halls",
    "history",
    "items",
    "metadata",
    "powers",
    "proofs",
    "search",
    "standards",
    "supervision",
    "themes",
]

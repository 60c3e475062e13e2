"""The figures that svc-catalog answers for, a module a topic; each opens down to its records."""

from catalog.figures import (
    audit,
    bundles,
    channels,
    enterprise_policies,
    halls,
    items,
    powers,
    proofs,
    supervision,
)

INDICATORS = tuple(
    indicator
    for topic in (
        items,
        audit,
        powers,
        proofs,
        halls,
        channels,
        bundles,
        enterprise_policies,
        supervision,
    )
    for indicator in topic.INDICATORS
)

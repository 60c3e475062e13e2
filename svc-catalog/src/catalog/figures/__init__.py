"""The figures that svc-catalog answers for, a module a topic; each opens down to its records."""

from catalog.figures import (
    audit,
    bundles,
    channels,
    enterprise_policies,
    halls,
    history,
    items,
    powers,
    proofs,
    standards,
    supervision,
)

INDICATORS = tuple(
    indicator
    for topic in (
        items,
        standards,
        history,
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

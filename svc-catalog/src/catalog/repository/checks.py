"""What stands in the way of publishing a guide, from every topic that has a say."""

from collections.abc import Sequence

from catalog.repository.audit import rule_faults
from catalog.repository.cross_region import cross_region_faults
from catalog.repository.moving import moved_faults
from catalog.repository.proofs import proof_faults
from chassis.errors import FieldFault
from chassis.transaction import Transaction
from contracts.guide import Guide

_CHECKS = (rule_faults, proof_faults, cross_region_faults, moved_faults)


async def publishing_faults(
    tx: Transaction, guides: Sequence[Guide]
) -> list[tuple[FieldFault, ...]]:
    """For each guide, in order, why it cannot be published; empty: it can."""
    found = [await check(tx, guides) for check in _CHECKS]
    return [
        tuple(fault for faults in found for fault in faults[place]) for place in range(len(guides))
    ]

"""Faults of guides by publishing rules."""

from collections.abc import Sequence

from chassis.errors import FieldFault
from chassis.transaction import Transaction
from contracts.guide import Guide


async def rule_faults(tx: Transaction, guides: Sequence[Guide]) -> list[tuple[FieldFault, ...]]:  # noqa: ARG001
    """For each guide, in order, what publishing rules forbid."""
    return [() for _ in guides]

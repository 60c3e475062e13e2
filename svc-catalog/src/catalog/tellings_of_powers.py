"""Facts of powers: announced when an adjustment is published, told again when it has happened."""

from collections.abc import Sequence

from catalog.domain.adjustments import Adjustment
from catalog.domain.powers import Power
from chassis.transaction import Transaction
from contracts.events.catalog import MovedItem, PowerMoveAnnounced, PowerMoved


def tell_announced(
    tx: Transaction, adjustment: Adjustment, items: Sequence[MovedItem], *, called_off: bool = False
) -> None:
    """Nothing is announced of an adjustment that moves no item."""
    if not items:
        return
    tx.tell(
        PowerMoveAnnounced(
            adjustment_id=adjustment.id,
            power_code=adjustment.power_code,
            items=tuple(items),
            effective_at=adjustment.effective_at,
            is_called_off=called_off,
            kind=adjustment.kind,
        ),
        aggregate_id=adjustment.id,
        sequence=adjustment.version,
        division=adjustment.division,
        department=adjustment.department,
    )


def tell_moved(
    tx: Transaction, adjustment: Adjustment, power: Power, items: Sequence[MovedItem]
) -> None:
    tx.tell(
        PowerMoved(
            adjustment_id=adjustment.id,
            power_id=power.id,
            power_code=adjustment.power_code,
            kind=adjustment.kind,
            from_division=adjustment.division,
            from_department=adjustment.department,
            items=tuple(items),
            effective_at=adjustment.effective_at,
        ),
        aggregate_id=adjustment.id,
        sequence=adjustment.version,
        division=adjustment.division,
        department=adjustment.department,
    )

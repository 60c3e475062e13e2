"""Facts that more than one use case tells, in one place each."""

from uuid import UUID

from certificate.domain.presentation import RefusalReason
from chassis.transaction import Transaction
from contracts.events.certificate import PresentationRefused


def tell_refused(
    tx: Transaction,
    *,
    presentation_id: UUID | None,
    application_id: UUID,
    item_code: str,
    material_codes: tuple[str, ...],
    reason: RefusalReason,
    division: str,
    department: str,
) -> None:
    """Told about the application, not the presentation: that may be unknown or somebody else's."""
    tx.tell(
        PresentationRefused(
            presentation_id=presentation_id,
            application_id=application_id,
            item_code=item_code,
            material_codes=material_codes,
            reason=reason,
            refused_at=tx.now,
        ),
        aggregate_id=application_id,
        sequence=1,
        division=division,
        department=department,
    )

from uuid import UUID

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.proposals import ACTIVE, RETIRED, ModelStateError, SamePersonError
from workorder.repository.triage_models import active_model, locked_model, set_model_state


async def activate_triage_model(model_id: UUID, reason: str, tx: Transaction) -> None:
    """Put a model in force, by a second person; the one before is retired and can be gone back to.

    Raises NotFoundError, ModelStateError and SamePersonError.
    """
    row = await locked_model(tx, model_id)
    if row is None:
        raise NotFoundError
    tx.expect(row.row_version)
    if row.state == ACTIVE:
        raise ModelStateError
    if row.made_by == tx.principal.subject:
        raise SamePersonError
    before = await active_model(tx)
    if before is not None:
        await set_model_state(tx, before, RETIRED, step="retired", reason=reason)
    await set_model_state(
        tx,
        row,
        ACTIVE,
        step="activated",
        reason=reason,
        activated_by=tx.principal.subject,
        activated_at=tx.now,
        replaces=before.id if before is not None else None,
    )

from uuid import UUID

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.proposals import ACTIVE, RETIRED, ModelStateError, NothingBeforeError
from workorder.repository.triage_models import locked_model, set_model_state


async def go_back_to_model(model_id: UUID, reason: str, tx: Transaction) -> UUID:
    """Take the model in force out of it and put the one before in its place; returns that one's id.

    By anybody who keeps the models: it was in force before, by two persons. Raises NotFoundError, ModelStateError
    and NothingBeforeError.
    """
    row = await locked_model(tx, model_id)
    if row is None:
        raise NotFoundError
    tx.expect(row.row_version)
    if row.state != ACTIVE:
        raise ModelStateError
    before = await locked_model(tx, row.replaces) if row.replaces else None
    if before is None:
        raise NothingBeforeError
    await set_model_state(tx, row, RETIRED, step="taken-back", reason=reason)
    await set_model_state(
        tx,
        before,
        ACTIVE,
        step="restored",
        reason=reason,
        activated_by=tx.principal.subject,
        activated_at=tx.now,
    )
    return UUID(str(before.id))

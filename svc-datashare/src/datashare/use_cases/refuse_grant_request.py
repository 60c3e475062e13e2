from chassis.transaction import Transaction
from datashare.domain.grant_request import Decision, GrantRequest
from datashare.repository import add_step, store_grant_request


async def refuse_grant_request(request: GrantRequest, decision: Decision, tx: Transaction) -> None:
    """The provider says no (不予共享), with reason and law."""
    request.refuse(decision, at=tx.now)
    store_grant_request(tx, request)
    add_step(
        tx, "grant-request", request.id, step="refused", state=request.state, reason=decision.reason
    )

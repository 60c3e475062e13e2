from datetime import timedelta

from chassis.ids import new_id
from chassis.transaction import Transaction
from datashare.domain.grant import Grant
from datashare.domain.grant_request import Decision, GrantRequest
from datashare.repository import add_step, store_grant_request
from datashare.tellings import give_grant


async def approve_grant_request(
    request: GrantRequest, decision: Decision, tx: Transaction
) -> Grant:
    """The provider agrees (同意共享), wholly or in part: a grant is given."""
    until = tx.now + timedelta(days=await tx.rule("grant-valid-days"))
    grant = request.approve(decision, grant_id=new_id(), at=tx.now, until=until)
    store_grant_request(tx, request)
    add_step(
        tx,
        "grant-request",
        request.id,
        step="approved",
        state=request.state,
        reason=decision.reason,
    )
    give_grant(tx, grant, reason=decision.reason)
    return grant

from dataclasses import dataclass
from datetime import timedelta

from chassis.clock import local_date
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction
from chassis.working_days import WorkingDays
from datashare.domain.grant_request import GrantRequest, decision_of_rule
from datashare.domain.resource import ShareType
from datashare.repository import add_grant_request, add_step, get_resource
from datashare.tellings import give_grant

NUMBER_PREFIX = "GX"


@dataclass(frozen=True, kw_only=True)
class SubmitGrantRequest:
    resource_code: str
    requester_department: str
    division: str
    item_code: str | None
    fields: tuple[str, ...]
    purpose: str
    legal_basis: str


async def submit_grant_request(command: SubmitGrantRequest, tx: Transaction) -> GrantRequest:
    """Ask to share a resource (共享申请); the share type may decide at once."""
    resource = await get_resource(tx, command.resource_code)
    today = local_date(tx.now)
    conditional = resource.share_type is ShareType.CONDITIONAL
    limit = "grant-answer-days-" + ("conditional" if conditional else "unconditional")
    request = GrantRequest.submit(
        resource,
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, today),
        requester_department=command.requester_department,
        requested_by=tx.principal.subject,
        division=command.division,
        item_code=command.item_code,
        fields=command.fields,
        purpose=command.purpose,
        legal_basis=command.legal_basis,
        at=tx.now,
        due_on=WorkingDays().add(today, await tx.rule(limit)).on,
    )
    add_step(
        tx, "grant-request", request.id, step="submitted", state="submitted", reason=request.purpose
    )
    decision = decision_of_rule(resource)
    grant = None
    if decision is not None and resource.share_type is ShareType.UNCONDITIONAL:
        until = tx.now + timedelta(days=await tx.rule("grant-valid-days"))
        grant = request.approve(decision, grant_id=new_id(), at=tx.now, until=until)
    elif decision is not None:
        request.refuse(decision, at=tx.now)
    add_grant_request(tx, request)
    if decision is not None:
        add_step(
            tx,
            "grant-request",
            request.id,
            step=request.state,
            state=request.state,
            reason=decision.reason,
        )
    if grant is not None:
        give_grant(tx, grant, reason=request.decision_reason)
    return request

from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.evaluation import InvitationCreated
from evaluation.domain.invitation import Invitation, RatedService
from evaluation.repository import add_invitation, is_invited


async def create_invitation(
    rated: RatedService, tx: Transaction, *, is_first: bool = True
) -> Invitation | None:
    """Invite whoever was served to rate it, once (一事一评): None when they were, before it was done again.

    `is_first`: it was never done before, so that nothing has to be read.
    """
    if not is_first and await is_invited(tx, rated):
        return None
    invitation = Invitation.create(
        id=new_id(), rated=rated, at=tx.now, open_days=await tx.rule("invitation-open-days")
    )
    add_invitation(tx, invitation)
    tx.tell(
        InvitationCreated(
            invitation_id=invitation.id,
            rated_kind=rated.kind,
            rated_id=rated.id,
            applicant_id=rated.applicant_id,
            channel=rated.channel,
            expires_at=invitation.expires_at,
        ),
        aggregate_id=invitation.id,
        sequence=invitation.version,
        division=rated.division,
        department=rated.department,
    )
    return invitation

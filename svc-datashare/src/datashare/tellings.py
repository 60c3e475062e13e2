"""Facts and rows that more than one use case writes, in one place each."""

from dataclasses import dataclass
from uuid import UUID

from chassis.ids import new_id
from chassis.masking import mask_text
from chassis.transaction import Transaction
from contracts.events.datashare import GrantGiven, RecordLookedUp
from datashare.domain.grant import Grant
from datashare.repository import add_grant, add_step
from datashare.tables import look_ups


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """A reading of somebody's record, under a grant, for a purpose."""

    grant_id: UUID
    resource_code: str
    resource_name: str
    provider_department: str
    requester_department: str
    division: str
    subject_id: UUID
    application_id: UUID | None
    purpose: str
    fields: tuple[str, ...]


def record_look_up(tx: Transaction, look_up: LookUp) -> UUID:
    """Write the reading down for its subject to see (谁查了我), and tell it. The purpose is kept masked."""
    look_up_id, purpose = new_id(), mask_text(look_up.purpose)
    tx.insert(
        look_ups,
        id=look_up_id,
        grant_id=look_up.grant_id,
        resource_code=look_up.resource_code,
        resource_name=look_up.resource_name,
        provider_department=look_up.provider_department,
        requester_department=look_up.requester_department,
        division=look_up.division,
        subject_id=look_up.subject_id,
        application_id=look_up.application_id,
        purpose=purpose,
        fields=list(look_up.fields),
        count=1,
        actor_kind=tx.principal.kind,
        actor_id=tx.principal.subject,
        looked_up_at=tx.now,
    )
    tx.tell(
        RecordLookedUp(
            look_up_id=look_up_id,
            grant_id=look_up.grant_id,
            resource_code=look_up.resource_code,
            provider_department=look_up.provider_department,
            requester_department=look_up.requester_department,
            subject_id=look_up.subject_id,
            application_id=look_up.application_id,
            purpose=purpose,
            fields=look_up.fields,
            count=1,
            looked_up_at=tx.now,
        ),
        aggregate_id=look_up_id,
        sequence=1,
        division=look_up.division,
        department=look_up.requester_department,
    )
    return look_up_id


def give_grant(tx: Transaction, grant: Grant, *, reason: str) -> None:
    """Keep a new grant, with its first step, and tell it."""
    add_grant(tx, grant)
    add_step(tx, "grant", grant.id, step="given", state=grant.state, reason=reason)
    tx.tell(
        GrantGiven(
            grant_id=grant.id,
            resource_code=grant.resource_code,
            requester_department=grant.requester_department,
            item_code=grant.item_code,
            fields=grant.fields,
            given_at=grant.given_at,
            valid_until=grant.valid_until,
        ),
        aggregate_id=grant.id,
        sequence=grant.version,
        division=grant.division,
        department=grant.requester_department,
    )

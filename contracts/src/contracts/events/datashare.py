"""Facts that svc-datashare tells."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from chassis.envelope import Fact


class DataRequestAnswered(Fact):
    """A request for what another department holds on the applicant was answered: found, or why not."""

    TYPE: ClassVar[str] = "datashare.data-request.answered.v1"

    data_request_id: UUID
    application_id: UUID
    material_code: str
    resource_code: str
    outcome: Literal["found", "no-grant", "no-record", "unknown-resource"]
    fields: tuple[str, ...] = ()
    answered_at: datetime


class RecordLookedUp(Fact):
    """A department read a record under a grant; its subject may see that (谁查了我)."""

    TYPE: ClassVar[str] = "datashare.record.looked-up.v1"

    look_up_id: UUID
    grant_id: UUID
    resource_code: str
    provider_department: str
    requester_department: str
    subject_id: UUID
    application_id: UUID | None = None
    purpose: str
    fields: tuple[str, ...]
    count: int
    looked_up_at: datetime


class GrantGiven(Fact):
    """授权: a department may read a resource for an item, until a day, on a legal basis."""

    TYPE: ClassVar[str] = "datashare.grant.given.v1"

    grant_id: UUID
    resource_code: str
    requester_department: str
    item_code: str | None = None
    fields: tuple[str, ...]
    given_at: datetime
    valid_until: datetime

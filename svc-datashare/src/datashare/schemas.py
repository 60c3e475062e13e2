"""What comes in and goes out through the HTTP door of svc-datashare."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints

from chassis.schemas import In, Out
from contracts.guide import Code
from contracts.vocabulary import DepartmentCode, DivisionCode
from datashare.domain.grant import GrantState
from datashare.domain.grant_request import GrantRequestState
from datashare.domain.partner import PartnerState
from datashare.domain.resource import (
    FIELDS_MAX,
    ROWS_MAX,
    FieldLevel,
    ResourceState,
    ShareType,
)

Words = Annotated[str, StringConstraints(min_length=2, max_length=500)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
FieldNames = Annotated[tuple[FieldName, ...], Field(min_length=1, max_length=FIELDS_MAX)]
ItemCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
FactType = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z-]+\.[a-z-]+\.v[0-9]+$")]
FactTypes = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.,-]{1,2000}$")]
"""One or more types with commas between, as they stand in a query."""
DivisionPrefix = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,12}$")]


class FieldIn(In):
    name: FieldName
    label: Words
    level: FieldLevel


class ResourceIn(In):
    """One line of the catalogue. Without `provider_department`, the caller's own."""

    code: Code
    name: Words
    provider_department: DepartmentCode | None = None
    division: DivisionCode | None = None
    fields: Annotated[tuple[FieldIn, ...], Field(min_length=1, max_length=FIELDS_MAX)]
    share_type: ShareType
    conditions: Annotated[str, StringConstraints(max_length=2000)] = ""
    law: Annotated[str, StringConstraints(max_length=2000)] = ""
    update_cycle: Literal[
        "realtime", "daily", "weekly", "monthly", "quarterly", "half-yearly", "yearly", "irregular"
    ] = "irregular"
    state: ResourceState = ResourceState.OPEN


class ResourcesIn(In):
    rows: Annotated[tuple[ResourceIn, ...], Field(min_length=1, max_length=200)]


class RegisteredOut(Out):
    created: int
    changed: int
    unchanged: int


class FieldOut(Out):
    name: str
    label: str
    level: FieldLevel


class ResourceOut(Out):
    code: str
    name: str
    provider_department: str
    division: str
    fields: list[FieldOut]
    share_type: ShareType
    conditions: str
    law: str
    update_cycle: str
    state: ResourceState
    changed_at: datetime


class RecordIn(In):
    subject_id: UUID
    values: dict[FieldName, str | int | float | bool | None]


class RecordsIn(In):
    rows: Annotated[tuple[RecordIn, ...], Field(min_length=1, max_length=ROWS_MAX)]


class RecordsOut(Out):
    kept: int


class GrantRequestIn(In):
    resource_code: Code
    item_code: ItemCode | None = None
    fields: FieldNames
    purpose: Words
    legal_basis: Words


class GrantRequestOut(Out):
    id: UUID
    number: str
    resource_code: str
    provider_department: str
    requester_department: str
    division: str
    item_code: str | None
    fields: list[str]
    purpose: str
    legal_basis: str
    share_type: ShareType
    state: GrantRequestState
    submitted_at: datetime
    due_on: date
    decided_at: datetime | None
    decision_reason: str
    decision_basis: str


class ApprovalIn(In):
    """Agree, wholly or in part: `fields` narrows what was asked, `valid_until` sets the last moment."""

    reason: Words
    legal_basis: Words
    fields: FieldNames | None = None
    valid_until: AwareDatetime | None = None


class RefusalIn(In):
    reason: Words
    legal_basis: Words


class GrantOut(Out):
    id: UUID
    request_id: UUID
    resource_code: str
    requester_department: str
    provider_department: str
    item_code: str | None
    fields: list[str]
    purpose: str
    legal_basis: str
    state: GrantState
    given_at: datetime
    valid_until: datetime


class ReasonIn(In):
    reason: Words


class LookUpOut(Out):
    """Who read what about somebody, and for what purpose; values never show here."""

    id: UUID
    grant_id: UUID
    resource_code: str
    resource_name: str
    provider_department: str
    requester_department: str
    subject_id: UUID
    application_id: UUID | None
    purpose: str
    fields: list[str]
    count: int
    looked_up_at: datetime


class DeliveredFieldOut(Out):
    name: str
    label: str
    level: FieldLevel
    value: JsonValue


class DeliveryOut(Out):
    id: UUID
    application_id: UUID
    material_code: str
    resource_code: str
    resource_name: str
    provider_department: str
    grant_id: UUID
    masked: bool
    fields: list[DeliveredFieldOut]
    delivered_at: datetime


PartnerScope = Annotated[str, StringConstraints(pattern=r"^(feed:read|channel:[a-z0-9-]{2,40})$")]
"""What a partner may do: read its feed; report for a channel that it runs (svc-catalog)."""


class PartnerIn(In):
    name: Words
    scopes: Annotated[tuple[PartnerScope, ...], Field(min_length=1, max_length=20)] = ("feed:read",)
    types: Annotated[tuple[FactType, ...], Field(min_length=1, max_length=100)]
    divisions: Annotated[tuple[DivisionPrefix, ...], Field(max_length=100)] = ()
    departments: Annotated[tuple[DepartmentCode, ...], Field(max_length=200)] = ()
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime
    legal_basis: Words


class PartnerOut(Out):
    id: UUID
    client_id: str
    name: str
    scopes: list[str]
    types: list[str]
    divisions: list[str]
    departments: list[str]
    valid_from: datetime
    valid_until: datetime
    legal_basis: str
    state: PartnerState


class PartnerSecretOut(PartnerOut):
    """With the secret, which is shown this once and kept only as a hash."""

    client_secret: str


class PartnerAuthenticationIn(In):
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    client_secret: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class PartnerAuthenticationOut(Out):
    client_id: str
    partner_id: UUID
    scopes: list[str]


class FeedOut(Out):
    """CloudEvents 1.0 in the order of the feed; go on with `next_cursor`, also when nothing came."""

    results: list[dict[str, Any]]
    next_cursor: str

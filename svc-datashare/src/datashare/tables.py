"""The tables of svc-datashare. Migrations make them; a test holds the two together."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.database import chassis_tables
from chassis.steps import mixed_steps_table

metadata = MetaData()
chassis_tables(metadata)

data_resources = Table(
    "data_resources",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("provider_department", Text, nullable=False),
    Column("division", Text, nullable=False),
    # [{name, label, level}], in the catalogue's order.
    Column("fields", JSONB, nullable=False),
    Column("share_type", Text, nullable=False),
    Column("conditions", Text, nullable=False),
    Column("law", Text, nullable=False),
    Column("update_cycle", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Index("data_resources_provider", "provider_department", "code"),
)

records = Table(
    "records",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("resource_code", Text, ForeignKey("data_resources.code"), nullable=False),
    Column("provider_department", Text, nullable=False),
    # Found by a blind index: the database alone does not say whose record this is.
    Column("subject_key", LargeBinary, nullable=False),
    Column("payload_encrypted", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("resource_code", "subject_key", name="records_subject"),
)

grant_requests = Table(
    "grant_requests",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("resource_code", Text, ForeignKey("data_resources.code"), nullable=False),
    Column("provider_department", Text, nullable=False),
    Column("requester_department", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("item_code", Text),
    Column("fields", ARRAY(Text), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("share_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("decision_reason", Text, nullable=False),
    Column("decision_basis", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index("grant_requests_submitted", "submitted_at", "id"),
    Index("grant_requests_provider", "provider_department", "state", "id"),
    Index("grant_requests_requester", "requester_department", "id"),
)

grants = Table(
    "grants",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("request_id", UUID(as_uuid=True), ForeignKey("grant_requests.id"), nullable=False),
    Column("resource_code", Text, ForeignKey("data_resources.code"), nullable=False),
    Column("requester_department", Text, nullable=False),
    Column("provider_department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("item_code", Text),
    Column("fields", ARRAY(Text), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("request_id", name="grants_request"),
    Index("grants_requester_resource", "requester_department", "resource_code"),
    Index("grants_provider", "provider_department", "id"),
)

data_requests = Table(
    "data_requests",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("application_id", UUID(as_uuid=True), nullable=False),
    Column("material_code", Text, nullable=False),
    Column("resource_code", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("grant_id", UUID(as_uuid=True)),
    Column("answered_at", DateTime(timezone=True), nullable=False),
    # An application is told once more under another event id: each material is still fetched once.
    UniqueConstraint("application_id", "material_code", name="data_requests_material"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("data_request_id", UUID(as_uuid=True), ForeignKey("data_requests.id"), nullable=False),
    Column("application_id", UUID(as_uuid=True), nullable=False),
    Column("material_code", Text, nullable=False),
    Column("resource_code", Text, nullable=False),
    Column("grant_id", UUID(as_uuid=True), nullable=False),
    Column("subject_id", UUID(as_uuid=True), nullable=False),
    Column("provider_department", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("payload_encrypted", Text, nullable=False),
    Column("delivered_at", DateTime(timezone=True), nullable=False),
    Index("deliveries_application", "application_id", "id"),
)

look_ups = Table(
    "look_ups",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("grant_id", UUID(as_uuid=True), nullable=False),
    Column("resource_code", Text, nullable=False),
    Column("resource_name", Text, nullable=False),
    Column("provider_department", Text, nullable=False),
    Column("requester_department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("subject_id", UUID(as_uuid=True), nullable=False),
    Column("application_id", UUID(as_uuid=True)),
    Column("purpose", Text, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    Column("count", Integer, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("looked_up_at", DateTime(timezone=True), nullable=False),
    Index("look_ups_subject", "subject_id", "id"),
    Index("look_ups_requester", "requester_department", "id"),
    Index("look_ups_provider", "provider_department", "id"),
    Index("look_ups_at", "looked_up_at"),
)

partners = Table(
    "partners",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("client_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    Column("divisions", ARRAY(Text), nullable=False),
    Column("departments", ARRAY(Text), nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
)

feed_events = Table(
    "feed_events",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", UUID(as_uuid=True), nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("aggregate_id", Text, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("message", JSONB, nullable=False),
)

# Of a resource, grant-request, grant or partner; read only after that one was read within reach.
steps = mixed_steps_table(metadata, "steps")

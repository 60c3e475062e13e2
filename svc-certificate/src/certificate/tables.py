"""The tables of svc-certificate. Migrations make them; a test holds the two together."""

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.database import chassis_tables
from chassis.steps import steps_table

metadata = MetaData()
chassis_tables(metadata)

certificate_types = Table(
    "certificate_types",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # 21 signs: who defined the type (18) and its number there (3), GB/T 36904.
    Column("type_identifier", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("department_name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("holder_kind", Text, nullable=False),
    Column("validity_years", Integer),
    Column("item_codes", ARRAY(Text), nullable=False),
    Column("fields", JSONB, nullable=False),
    Column("template", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("type_identifier", name="certificate_types_identifier"),
)

certificates = Table(
    "certificates",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("identifier", Text, nullable=False, unique=True),
    Column("number", Text, nullable=False, unique=True),
    Column("type_code", Text, ForeignKey("certificate_types.code"), nullable=False),
    Column("holder_id", UUID(as_uuid=True), nullable=False),
    Column("holder_name_encrypted", Text),
    Column("holder_number_encrypted", Text),
    Column("holder_number_index", LargeBinary),
    Column("fields_encrypted", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("department_name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("status", Text, nullable=False),
    # Its place in the status lists, given by the database, never given twice.
    Column("status_index", Integer, Identity(always=False, start=0, minvalue=0), nullable=False),
    Column("verify_code_index", LargeBinary, nullable=False, unique=True),
    Column("verify_code_encrypted", Text, nullable=False),
    Column("application_id", UUID(as_uuid=True)),
    Column("pdf_sha256", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("issued_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("valid_from", Date),
    Column("valid_until", Date),
    # The document's making: not before, how often tried, and what went wrong the last time.
    Column("make_after", DateTime(timezone=True), nullable=False),
    Column("make_attempts", Integer, nullable=False, server_default="0"),
    Column("make_fault", Text),
    Column("version", Integer, nullable=False),
    # Who changes and ends it: the issuer, until the power moves. `department` is in whose name it stands, for ever.
    Column("keeper", Text, nullable=False, server_default=""),
    Column("keeper_name", Text, nullable=False, server_default=""),
    # All who came to keep it by a move of powers, in order: each goes on reading it.
    Column("keepers", ARRAY(Text), nullable=False, server_default="{}"),
    UniqueConstraint("application_id", "type_code", name="certificates_application"),
    UniqueConstraint("status_index", name="certificates_status_index"),
    Index("certificates_holder", "holder_id", "id"),
    Index("certificates_department", "department", "id"),
    Index("certificates_holder_number", "holder_number_index"),
    Index("certificates_pdf", "pdf_sha256"),
    Index(
        "certificates_kept",
        "keeper",
        "type_code",
        "id",
        postgresql_where=text("status IN ('valid', 'suspended')"),
    ),
    Index("certificates_to_make", "make_after", postgresql_where=text("status = 'draft'")),
    Index(
        "certificates_ended",
        "status_index",
        postgresql_where=text("status NOT IN ('valid', 'draft', 'needs-holder')"),
    ),
)

certificate_steps = steps_table(
    metadata, "certificate_steps", of=certificates, column="certificate_id"
)

presentations = Table(
    "presentations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    # The code is a bearer's right: found by its hash, shown once and kept nowhere.
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("holder_id", UUID(as_uuid=True), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("item_code", Text, nullable=False),
    Column("certificate_ids", ARRAY(UUID(as_uuid=True)), nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("application_id", UUID(as_uuid=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Index("presentations_holder", "holder_id", "id"),
    Index("presentations_settled", "state", "settled_at"),
)

certificate_uses = Table(
    "certificate_uses",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    # Empty for a look-up of data: the holder sees that as well.
    Column("certificate_id", UUID(as_uuid=True), ForeignKey("certificates.id")),
    Column("certificate_name", Text, nullable=False),
    Column("holder_id", UUID(as_uuid=True), nullable=False),
    Column("department", Text),
    Column("way", Text, nullable=False),
    Column("used_by_department", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("item_code", Text),
    Column("item_name", Text),
    Column("application_id", UUID(as_uuid=True)),
    Column("fields", ARRAY(Text), nullable=False),
    Column("used_at", DateTime(timezone=True), nullable=False),
    # As of its certificate: who keeps it since a power moved sees who looked, too.
    Column("keepers", ARRAY(Text), nullable=False, server_default="{}"),
    Index("certificate_uses_holder", "holder_id", "id"),
    Index("certificate_uses_certificate", "certificate_id", "id"),
)

revocations = Table(
    "revocations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("certificate_id", UUID(as_uuid=True), ForeignKey("certificates.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    # One at a time: a second proposal waits until the first is decided.
    Index(
        "revocations_pending",
        "certificate_id",
        unique=True,
        postgresql_where=text("state = 'pending'"),
    ),
    Index("revocations_certificate", "certificate_id", "id"),
)

moved_issuers = Table(
    "moved_issuers",
    metadata,
    Column("adjustment_id", UUID(as_uuid=True), nullable=False),
    Column("item_code", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("department_name", Text, nullable=False),
    Column("power_code", Text, nullable=False),
    Column("from_department", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("adjustment_id", "item_code", "department", name="moved_issuers_pkey"),
    Index("moved_issuers_item", "item_code", "department", "since"),
    Index("moved_issuers_power", "power_code", "department", "since"),
)
"""By which moves of powers (职权调整) a department decides on an item, and so issues its results, since when. Public."""

keeper_moves = Table(
    "keeper_moves",
    metadata,
    Column("adjustment_id", UUID(as_uuid=True), nullable=False),
    Column("power_code", Text, nullable=False),
    Column("from_department", Text, nullable=False),
    Column("to_department", Text, nullable=False),
    Column("to_department_name", Text, nullable=False),
    Column("to_division", Text, nullable=False),
    # The receiver's items: a later taking back names them.
    Column("item_ids", ARRAY(UUID(as_uuid=True)), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    # When everything in force at that time had been taken over; null: it is being done, or its minute has not come.
    Column("swept_at", DateTime(timezone=True)),
    PrimaryKeyConstraint(
        "adjustment_id", "from_department", "to_department", name="keeper_moves_pkey"
    ),
    Index("keeper_moves_from", "from_department", "power_code", "since"),
    Index("keeper_moves_to", "to_department", "power_code", "since"),
    Index("keeper_moves_due", "since", postgresql_where=text("swept_at IS NULL")),
)
"""From whom to whom what is in force passes when a power moves (职权调整), since when. Public."""

seals = Table(
    "seals",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("department", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

seal_uses = Table(
    "seal_uses",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("seal_id", UUID(as_uuid=True), ForeignKey("seals.id"), nullable=False),
    Column("certificate_id", UUID(as_uuid=True), ForeignKey("certificates.id"), nullable=False),
    Column("document_sha256", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("used_at", DateTime(timezone=True), nullable=False),
    Index("seal_uses_seal", "seal_id", "id"),
)

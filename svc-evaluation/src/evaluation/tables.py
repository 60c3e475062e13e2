"""The tables of svc-evaluation. Migrations make them; a test holds the two together."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.database import chassis_tables
from chassis.steps import steps_table

metadata = MetaData()
chassis_tables(metadata)

invitations = Table(
    "invitations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    # The code is a bearer's right: found by its hash, shown only to its owner.
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("code_encrypted", Text, nullable=False),
    Column("rated_kind", Text, nullable=False),
    Column("rated_id", UUID(as_uuid=True), nullable=False),
    Column("rated_name", Text, nullable=False),
    Column("item_code", Text, nullable=False),
    Column("applicant_id", UUID(as_uuid=True), nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    # 一事一评: one invitation for one service, however often the fact is told.
    UniqueConstraint("rated_kind", "rated_id", name="invitations_rated"),
    Index("invitations_applicant", "applicant_id", "id"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column(
        "invitation_id",
        UUID(as_uuid=True),
        ForeignKey("invitations.id"),
        nullable=False,
        unique=True,
    ),
    Column("rated_kind", Text, nullable=False),
    Column("rated_id", UUID(as_uuid=True), nullable=False),
    Column("rated_name", Text, nullable=False),
    Column("item_code", Text, nullable=False),
    Column("applicant_id", UUID(as_uuid=True), nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("is_bad", Boolean, nullable=False),
    Column("reason_codes", ARRAY(Text), nullable=False),
    # Kept twice: as said, encrypted; and with personal data masked, which is what lists show.
    Column("comment_encrypted", Text),
    Column("comment_masked", Text),
    Column("state", Text, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    Column("work_order_id", UUID(as_uuid=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Index("ratings_department_given", "department", "given_at", "id"),
    Index("ratings_given", "given_at", "id"),
    Index("ratings_applicant", "applicant_id", "id"),
)

rating_steps = steps_table(metadata, "rating_steps", of=ratings, column="rating_id")

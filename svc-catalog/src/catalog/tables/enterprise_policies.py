"""Tables: policies for enterprises (惠企政策), their versions, the profiles that enterprises keep, and what fits them."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from catalog.tables.base import metadata
from chassis.steps import mixed_steps_table

enterprise_policies = Table(
    "enterprise_policies",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("published_number", Integer),
    Column("latest_number", Integer, nullable=False),
    Column("is_exhausted", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("code", name="enterprise_policies_code"),
)
"""The aggregate, as its department's publishers reach it. What everybody reads is `policy_spans`."""

enterprise_policy_versions = Table(
    "enterprise_policy_versions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("policy_id", UUID(as_uuid=True), ForeignKey("enterprise_policies.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("department", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("drafters", ARRAY(Text), nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False),
    Column("published_by", Text),
    Column("published_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    UniqueConstraint("policy_id", "number", name="enterprise_policy_versions_number"),
)

policy_spans = Table(
    "policy_spans",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("policy_id", UUID(as_uuid=True), ForeignKey("enterprise_policies.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("department_name", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),
    Column("is_exhausted", Boolean, nullable=False),
    Column("exhausted_on", Date),
    Column("published_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("closed_on >= opened_on", name="policy_spans_forward"),
    Index(
        "policy_spans_open", "policy_id", unique=True, postgresql_where=text("closed_on IS NULL")
    ),
    Index("policy_spans_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
)
"""A version as it was public from `opened_on` until the day before `closed_on`. It may be applied for from `starts_on`
to `ends_on`, the last day. Public."""

enterprise_policy_steps = mixed_steps_table(metadata, "enterprise_policy_steps")

enterprise_profiles = Table(
    "enterprise_profiles",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("wants_to_be_told", Boolean, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("owner_id", name="enterprise_profiles_owner"),
    Index("enterprise_profiles_told", "id", postgresql_where=text("wants_to_be_told")),
)
"""An enterprise's own description of itself, sealed; only the enterprise sees it."""

enterprise_matches = Table(
    "enterprise_matches",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("policy_id", UUID(as_uuid=True), ForeignKey("enterprise_policies.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("policy_code", Text, nullable=False),
    Column("matched_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("owner_id", "policy_id", name="enterprise_matches_once"),
)
"""A policy that came to fit an enterprise that wants to be told: once each, whatever the version."""

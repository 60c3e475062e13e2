"""Tables: publishing rules, the facts they ask of guides in force, findings, channel copies and audits."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from catalog.domain.guide_facts import FACTS, FactKind
from catalog.tables.base import metadata
from chassis.steps import steps_table

publishing_rules = Table(
    "publishing_rules",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("expression", JSONB, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("pointers", ARRAY(Text), nullable=False),
    Column("message_zh", Text, nullable=False),
    Column("message_en", Text, nullable=False),
    Column("how_to_mend_zh", Text, nullable=False),
    Column("how_to_mend_en", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("severity", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("is_retired", Boolean, nullable=False, server_default=false()),
    Column("applies_to", ARRAY(Text), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

publishing_rule_versions = Table(
    "publishing_rule_versions",
    metadata,
    Column("code", Text, ForeignKey("publishing_rules.code"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("code", "version", name="publishing_rule_versions_pkey"),
)
"""Every version that a rule ever had, with who made it and why."""

_TYPES: dict[FactKind, object] = {
    "number": Integer(),
    "text": Text(),
    "texts": ARRAY(Text),
    "flag": Boolean(),
}

item_facts = Table(
    "item_facts",
    metadata,
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("group_key", Text),
    Column("basic_code", Text),
    Column("materials_digest", Text, nullable=False),
    Column("conditions_digest", Text, nullable=False),
    Column("filled_mask", BigInteger, nullable=False),
    *(
        Column(name, _TYPES[kind], nullable=name == "statutory_days")  # type: ignore[arg-type]
        for name, (kind, _) in FACTS.items()
    ),
    Index(
        "item_facts_group", "group_key", "item_id", postgresql_where=text("group_key IS NOT NULL")
    ),
)
"""One row an item in force: what publishing rules ask of its guide. Public."""

standard_digests = Table(
    "standard_digests",
    metadata,
    Column("group_key", Text, primary_key=True),
    Column("materials_digest", Text),
    Column("conditions_digest", Text),
)
"""What basic items say of all implementations, as the last audit read them; null: nothing is said."""

findings = Table(
    "findings",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), nullable=False),
    Column("item_code", Text, nullable=False),
    Column("item_name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    # Which place within the rule: the channel's code, or nothing.
    Column("place", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("how_to_mend", Text, nullable=False),
    Column("differences", JSONB, nullable=False),
    Column("reference_item_id", UUID(as_uuid=True)),
    Column("due_on", Date),
    Column("state", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_on", Date),
    Column("outcome", Text),
    Column("accepted_until", Date),
    Column("basis", Text, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="findings_outcome"),
    Index(
        "findings_open",
        "rule",
        "item_id",
        "place",
        unique=True,
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(
        "findings_accepted",
        "rule",
        "item_id",
        "place",
        postgresql_where=text("outcome = 'accepted'"),
    ),
    Index("findings_department", "department", "id"),
    Index("findings_item", "item_id", "id"),
    Index("findings_days", "rule", "opened_on", "closed_on"),
)
"""One open finding for a rule, an item and a place in it. What was accepted is closed, and quiet until its last day."""

finding_steps = steps_table(metadata, "finding_steps", of=findings, column="finding_id")

audit_candidates = Table(
    "audit_candidates",
    metadata,
    Column("audit_id", UUID(as_uuid=True), nullable=False),
    Column("rule", Text, nullable=False),
    Column("item_id", UUID(as_uuid=True), nullable=False),
    Column("place", Text, nullable=False),
    Column("reference_item_id", UUID(as_uuid=True)),
    Index("audit_candidates_audit", "audit_id", "rule", "item_id"),
)
"""What a running audit found and has not opened yet; empty when it is done."""

audits = Table(
    "audits",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("finished_on", Date),
    Column("items", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("closed", Integer, nullable=False),
    Column("open_findings", Integer, nullable=False),
    Index("audits_finished", "finished_on", "id"),
)

audit_nights = Table(
    "audit_nights",
    metadata,
    Column("night", Date, primary_key=True),
    Column("audit_id", UUID(as_uuid=True), nullable=False),
)
"""Whoever adds the night's row starts its audit; the other processes do not."""

audit_tallies = Table(
    "audit_tallies",
    metadata,
    Column("audit_id", UUID(as_uuid=True), ForeignKey("audits.id"), nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("mandatory", BigInteger, nullable=False),
    PrimaryKeyConstraint("audit_id", "department", "division", name="audit_tallies_pkey"),
)
"""Mandatory fields and how many of them are filled, as an audit counted them."""

channel_copies = Table(
    "channel_copies",
    metadata,
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("shown_version", Integer),
    Column("materials_digest", Text, nullable=False),
    Column("conditions_digest", Text, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("reporter_kind", Text, nullable=False),
    Column("first_reported_on", Date, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("item_id", "channel", name="channel_copies_pkey"),
)
"""What a channel really shows of an item, as it was last reported. A channel without a row is unknown. A channel that
names the version of the guide that it shows (`shown_version`) has no `content` of its own: it is that version's."""

"""The knowledge base (知识库): articles with their versions, what is to be done for them, where they were used."""

from sqlalchemy import (
    Boolean,
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

from chassis.steps import steps_table
from workorder.tables.base import metadata

kb_articles = Table(
    "kb_articles",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("state", Text, nullable=False),
    # guide or department.
    Column("origin", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("policy_refs", JSONB, nullable=False),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("review_due", Date),
    # For which review date somebody was reminded.
    Column("reminded_for", Date),
    Column("is_stale", Boolean, nullable=False),
    Column("stale_reason", Text, nullable=False),
    # Taken out of use by a person: a guide's next version does not bring it back.
    Column("is_kept_out", Boolean, nullable=False, server_default=text("false")),
    # A change that waits for a second person; the columns above are what is published.
    Column("pending", JSONB(none_as_null=True)),
    Column("pending_by", Text),
    # Drawn from this part of this guide.
    Column("item_id", UUID(as_uuid=True)),
    Column("item_code", Text, nullable=False),
    Column("item_version", Integer),
    Column("part", Text, nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    # Of the content: counts up with each publication.
    Column("version", Integer, nullable=False),
    Column("row_version", Integer, nullable=False),
    UniqueConstraint("item_id", "part"),
    Index("kb_articles_department", "department", "id"),
    Index("kb_articles_review", "review_due", "id", postgresql_where=text("state = 'published'")),
    Index("kb_articles_stale", "id", postgresql_where=text("is_stale AND state = 'published'")),
)

kb_article_steps = steps_table(
    metadata,
    "kb_article_steps",
    of=kb_articles,
    column="kb_article_id",
    # The content that a publication brought, by version; null for other steps.
    extra=[Column("version", Integer, nullable=False), Column("content", JSONB(none_as_null=True))],
)

kb_article_words = Table(
    "kb_article_words",
    metadata,
    Column("kb_article_id", UUID(as_uuid=True), ForeignKey("kb_articles.id"), primary_key=True),
    Column("words", ARRAY(Text), nullable=False),
    Index("kb_article_words_words", "words", postgresql_using="gin"),
)
"""Search words of what is published; beside the articles, because row security lets no array index be used."""

kb_tasks = Table(
    "kb_tasks",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    # review, redraw or answer.
    Column("kind", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("kb_article_id", UUID(as_uuid=True), ForeignKey("kb_articles.id")),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id")),
    Column("number", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("outcome", Text, nullable=False),
    Column("row_version", Integer, nullable=False),
    Index(
        "kb_tasks_open", "department", "due_on", "id", postgresql_where=text("closed_at IS NULL")
    ),
    Index("kb_tasks_article", "kb_article_id", postgresql_where=text("closed_at IS NULL")),
    UniqueConstraint("work_order_id"),
)
"""What a department has to do for the knowledge base: review, look at a guide's new version, write an answer down."""

kb_task_steps = steps_table(metadata, "kb_task_steps", of=kb_tasks, column="kb_task_id")

work_order_citations = Table(
    "work_order_citations",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("kb_article_id", UUID(as_uuid=True), ForeignKey("kb_articles.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("cited_at", DateTime(timezone=True), nullable=False),
    Index("work_order_citations_order", "work_order_id", "id"),
    Index("work_order_citations_article", "kb_article_id", "cited_at"),
)
"""Articles by which a call was answered, with the version that was read."""

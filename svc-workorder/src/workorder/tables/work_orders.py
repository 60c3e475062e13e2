"""Work orders (工单): their parts, stops, history, search words, callers."""

from sqlalchemy import (
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

work_orders = Table(
    "work_orders",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("caller_id", UUID(as_uuid=True)),
    Column("application_id", UUID(as_uuid=True)),
    Column("rating_id", UUID(as_uuid=True)),
    Column("finding_id", UUID(as_uuid=True)),
    Column("channel", Text, nullable=False),
    # Kept twice: as said, encrypted; and masked, which is what screens and the search know.
    Column("said_encrypted", Text),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("is_confidential", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("clock_started_on", Date),
    Column("clock_days", Integer, nullable=False),
    Column("due_on", Date),
    Column("due_is_provisional", Boolean, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("dispatched_at", DateTime(timezone=True)),
    Column("replied_at", DateTime(timezone=True)),
    Column("reply", Text, nullable=False),
    Column("outcome", Text),
    Column("satisfied", Boolean),
    Column("on_time", Boolean, nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("alarm_level", Text),
    Column("alarm_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    # What it runs on: the version it began with, until somebody moves it on record.
    Column("process", Text, nullable=False, server_default="hotline"),
    Column("process_version", Integer, nullable=False, server_default="1"),
    # Who has to act now, and which of them took it; null when nobody has to.
    Column("waits_for", Text),
    Column("assignee", Text),
    # Since when it is in its present state.
    Column("entered_at", DateTime(timezone=True)),
    # How long the present state may wait, apart from the promised clock.
    Column("wait_until", DateTime(timezone=True)),
    # By when they have to act: the earlier of the state's limit and the promised clock.
    Column("act_by", DateTime(timezone=True)),
    Column("wait_limit_told", Boolean, nullable=False, server_default="false"),
    Column("clock_unit", Text, nullable=False, server_default="working-days"),
    Column("clock_started_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("is_clock_running", Boolean, nullable=False, server_default="false"),
    Column("extended_days", Integer, nullable=False, server_default="0"),
    # Others that work on it beside the department that leads: they see it too.
    Column("co_departments", ARRAY(Text), nullable=False, server_default="{}"),
    # Counters of limited steps by name, and what forms said that the process reads again: no personal data.
    Column("counts", JSONB, nullable=False, server_default="{}"),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("source", Text, nullable=False, server_default="phone"),
    Column("urgency", Text, nullable=False, server_default="normal"),
    Column("confidentiality", Text, nullable=False, server_default="normal"),
    Column("place", Text, nullable=False, server_default=""),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("is_enterprise", Boolean, nullable=False, server_default="false"),
    Column("signed_at", DateTime(timezone=True)),
    # When signing the last dispatch is late: kept, because the limit of a state goes with the state.
    Column("sign_by", DateTime(timezone=True)),
    Column("reviewed_at", DateTime(timezone=True)),
    Column("visited_at", DateTime(timezone=True)),
    Column("is_return_denied", Boolean, nullable=False, server_default="false"),
    Column("is_supervised", Boolean, nullable=False, server_default="false"),
    # For lists that show emergencies first.
    Column(
        "urgency_rank",
        SmallInteger,
        Computed(
            "CASE urgency WHEN 'emergency' THEN 2 WHEN 'urgent' THEN 1 ELSE 0 END", persisted=True
        ),
    ),
    # What the caller said when asked: not what the department thinks.
    Column("solved", Boolean),
    Column("satisfaction", SmallInteger),
    # Merged into another, or raised again after it; the voices are all who raised it.
    Column("merged_into", UUID(as_uuid=True)),
    Column("repeat_of", UUID(as_uuid=True)),
    Column("voices", Integer, nullable=False, server_default="1"),
    # Mediation and law enforcement: left out of satisfaction figures and of redoing (domain.md 3.5).
    Column("exclude_from_satisfaction", Boolean, nullable=False, server_default="false"),
    Index("work_orders_department", "department", "id"),
    # What a desk has to do: everything open, by who waits and when it is due.
    Index(
        "work_orders_waiting",
        "department",
        "waits_for",
        "act_by",
        "id",
        postgresql_where=text("waits_for IS NOT NULL"),
    ),
    Index(
        "work_orders_queue",
        "waits_for",
        "act_by",
        "id",
        postgresql_where=text("waits_for IS NOT NULL"),
    ),
    Index(
        "work_orders_assignee",
        "assignee",
        "act_by",
        "id",
        postgresql_where=text("assignee IS NOT NULL AND waits_for IS NOT NULL"),
    ),
    Index(
        "work_orders_wait",
        "wait_until",
        postgresql_where=text("wait_until IS NOT NULL AND NOT wait_limit_told"),
    ),
    Index(
        "work_orders_urgency",
        "urgency_rank",
        "id",
        postgresql_where=text("waits_for IS NOT NULL"),
    ),
    Index("work_orders_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    # Where open work of a version stands, and since when: its picture, and its move to a newer version.
    Index(
        "work_orders_standing",
        "process",
        "process_version",
        "state",
        "entered_at",
        postgresql_where=text("waits_for IS NOT NULL"),
    ),
    # One rectification for one rating, and one correction for one finding, however often they are told. Most
    # orders are about neither, and need no entry.
    Index(
        "work_orders_of_rating",
        "rating_id",
        unique=True,
        postgresql_where=text("rating_id IS NOT NULL"),
    ),
    Index(
        "work_orders_of_finding",
        "finding_id",
        unique=True,
        postgresql_where=text("finding_id IS NOT NULL"),
    ),
    # What a fact about an application moves on; few orders are about one.
    Index(
        "work_orders_application",
        "application_id",
        postgresql_where=text("application_id IS NOT NULL"),
    ),
    Index("work_orders_caller", "caller_id", "id"),
    Index("work_orders_running", "due_on", "id", postgresql_where=text("is_clock_running")),
    Index("work_orders_provisional", "id", postgresql_where=text("due_is_provisional")),
    Index("work_orders_alarm", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
)

for _day in ("opened_at", "dispatched_at", "due_on", "visited_at", "closed_at"):
    # Monthly sheets and the lists that figures open down to: orders lie in the table as time passed, so a summary of
    # its blocks finds a month, and costs a write next to nothing.
    Index(
        f"work_orders_by_{_day.split('_')[0]}",
        work_orders.c[_day],
        postgresql_using="brin",
        postgresql_ops={
            _day: "date_minmax_multi_ops" if _day == "due_on" else "timestamptz_minmax_multi_ops"
        },
        postgresql_with={"autosummarize": "on", "pages_per_range": "32"},
    )

work_order_tasks = Table(
    "work_order_tasks",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("is_lead", Boolean, nullable=False),
    # sent: told; delivered: its system has it; done, returned, cancelled: nothing more to do.
    Column("state", Text, nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("delivered_at", DateTime(timezone=True)),
    Column("delivery_error", Text, nullable=False, server_default=""),
    Column("signed_at", DateTime(timezone=True)),
    Column("done_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("reply", Text, nullable=False, server_default=""),
    Column("assignee", Text),
    Column("due_on", Date),
    Column("row_version", Integer, nullable=False, server_default="1"),
    # Since when its department asks to return it; null: it does not, or it was ruled on.
    Column("return_asked_at", DateTime(timezone=True)),
    Column("is_return_denied", Boolean, nullable=False, server_default="false"),
    # Not unique: who was let go may be asked again in the same round.
    Index("work_order_tasks_order", "work_order_id", "round", "department"),
    Index(
        "work_order_tasks_waiting",
        "department",
        "due_on",
        "id",
        postgresql_where=text("done_at IS NULL"),
    ),
    # Parts that a department's own system has not said it has.
    Index("work_order_tasks_sent", "sent_at", postgresql_where=text("state = 'sent'")),
)
"""The part of each department when several work on one order side by side (协办): the lead replies when all are done."""

work_order_stops = Table(
    "work_order_stops",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("planned_until", Date),
    Column("ended_on", Date),
    Column("ended_at", DateTime(timezone=True)),
    Index("work_order_stops_order", "work_order_id", "id"),
)
"""The ledger of a work order's clock: who stopped it, why, from when until when."""

settled_findings = Table(
    "settled_findings",
    metadata,
    Column("finding_id", UUID(as_uuid=True), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("closed_at", DateTime(timezone=True), nullable=False),
)
"""Findings whose end was told before they were: they open no order any more."""

work_order_words = Table(
    "work_order_words",
    metadata,
    # Beside the orders and without row security: PostgreSQL uses no array index under it, because the operator
    # is not leakproof. It holds pairs of masked characters only, and is only ever joined to orders within reach.
    Column("work_order_id", UUID(as_uuid=True), primary_key=True),
    Column("words", ARRAY(Text), nullable=False),
    Index("work_order_words_words", "words", postgresql_using="gin"),
)

work_order_callers = Table(
    "work_order_callers",
    metadata,
    # How to reach the caller, apart from the order: no department's query can meet it.
    Column("work_order_id", UUID(as_uuid=True), primary_key=True),
    Column("caller_id", UUID(as_uuid=True)),
    Column("contact_encrypted", Text, nullable=False),
    # Blind: the same for the same telephone, so that who calls again is known.
    Column("contact_index", LargeBinary),
    Index("work_order_callers_contact", "contact_index", "work_order_id"),
)

work_order_steps = steps_table(
    metadata,
    "work_order_steps",
    of=work_orders,
    column="work_order_id",
    extra=[
        Column("round", Integer, nullable=False),
        Column("due_on", Date),
        Column("department", Text, nullable=False),
    ],
)

"""Tables: what was in force when, for figures at any past date.

`item_spans` is the truth. `item_measures` is the same told in additions: so much more or less of a measure from a day
on, in a division, at a department; a figure at a date is their sum. New ones are appended to `item_measure_changes`
and folded into `item_measures` by a timer; readers add the two up.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from catalog.tables.base import metadata

item_spans = Table(
    "item_spans",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("managing_area", Text),
    Column("task_type", Text, nullable=False),
    Column("audience", ARRAY(Text), nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("themes", ARRAY(Text), nullable=False),
    Column("life_events", ARRAY(Text), nullable=False),
    Column("online_depth", Integer, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("promised_days", Integer, nullable=False),
    Column("statutory_days", Integer),
    Column("is_on_application", Boolean, nullable=False),
    Column("is_four_exempt", Boolean, nullable=False),
    Column("is_show_code", Boolean, nullable=False),
    Column("is_one_window", Boolean, nullable=False),
    Column("is_cross_region", Boolean, nullable=False),
    Column("basic_code", Text),
    Column("use_level", Text),
    Column("handling_forms", ARRAY(Text), nullable=False, server_default="{}"),
    Column("is_exempt_throughout", Boolean, nullable=False, server_default="false"),
    Column("spared_certificates", Integer, nullable=False, server_default="0"),
    Column("spared_seals", Integer, nullable=False, server_default="0"),
    Column("spared_signatures", Integer, nullable=False, server_default="0"),
    Column("spared_forms", Integer, nullable=False, server_default="0"),
    CheckConstraint("valid_to >= valid_from", name="item_spans_forward"),
    Index("item_spans_item", "item_id", "valid_from"),
    Index("item_spans_open", "item_id", unique=True, postgresql_where=text("valid_to IS NULL")),
    Index("item_spans_department", "department", "item_id"),
    Index("item_spans_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
)
"""A version in force from the end of `valid_from` until the end of the day before `valid_to`, days of
Asia/Shanghai. One that enters and leaves on one day counts at the end of none. Public, like `published_items`."""

item_measures = Table(
    "item_measures",
    metadata,
    Column("measure", Text, nullable=False),
    Column("grain", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint(
        "measure",
        "grain",
        "day",
        "division",
        "department",
        name="item_measures_pkey",
        postgresql_include=["amount"],
    ),
)
"""Each addition four times (`grain`): by day and by month (its first day), for the department and, with an empty
department, for its division. A figure takes whole months and the days of the last one: few rows at any date."""

item_measure_changes = Table(
    "item_measure_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("measure", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
)

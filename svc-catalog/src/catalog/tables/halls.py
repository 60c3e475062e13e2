"""Tables: halls in depth, windows and what they take in, kiosks and helper points, appointments."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from catalog.tables.base import metadata
from chassis.steps import mixed_steps_table, steps_table

hall_details = Table(
    "hall_details",
    metadata,
    Column("code", Text, ForeignKey("halls.code"), primary_key=True),
    Column("id", UUID(as_uuid=True), nullable=False, unique=True),
    Column("level", Text, nullable=False),
    Column("stated_longitude", Double),
    Column("stated_latitude", Double),
    Column("coordinates", Text, nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("access", ARRAY(Text), nullable=False),
    Column("unities", JSONB, nullable=False),
    Column("opening", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Index("hall_details_where", "latitude", "longitude"),
)
"""What a hall's line in `halls` leaves out. `coordinates` says in which system they were stated; `longitude` and
`latitude` are WGS-84. Public."""

hall_exceptions = Table(
    "hall_exceptions",
    metadata,
    Column("hall", Text, ForeignKey("halls.code"), nullable=False),
    Column("day", Date, nullable=False),
    Column("hours", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("stated_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("hall", "day", name="hall_exceptions_pkey"),
)
"""A single day's hours instead of the usual ones; none: closed. Public."""

hall_steps = mixed_steps_table(metadata, "hall_steps")
"""History of halls, windows and service points: `kind` says which."""

hall_windows = Table(
    "hall_windows",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("hall", Text, ForeignKey("halls.code"), nullable=False),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("closed_on >= opened_on", name="hall_windows_forward"),
    Index(
        "hall_windows_open",
        "hall",
        "number",
        unique=True,
        postgresql_where=text("closed_on IS NULL"),
    ),
)
"""A window from `opened_on` until the day before `closed_on`. Public."""

service_points = Table(
    "service_points",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("hall", Text, ForeignKey("halls.code")),
    Column("address", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("stated_longitude", Double),
    Column("stated_latitude", Double),
    Column("coordinates", Text, nullable=False),
    Column("longitude", Double),
    Column("latitude", Double),
    Column("access", ARRAY(Text), nullable=False),
    Column("opening", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("staff_numbers", ARRAY(Text), nullable=False),
    Column("payer", Text, nullable=False),
    Column("couriers", ARRAY(Text), nullable=False),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("code", name="service_points_code"),
    CheckConstraint("until_day >= from_day", name="service_points_forward"),
    Index("service_points_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
    Index("service_points_where", "latitude", "longitude"),
)
"""Kiosks (自助终端), helper points (帮办代办点) and mail desks: there from `from_day` until the day before `until_day`.
Helpers are known by staff number only. Public."""

intakes = Table(
    "intakes",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("place_kind", Text, nullable=False),
    Column("place_id", UUID(as_uuid=True), nullable=False),
    Column("division", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id")),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date),
    CheckConstraint("until_day >= from_day", name="intakes_forward"),
    CheckConstraint("(what = 'item') = (item_id IS NOT NULL)", name="intakes_item_named"),
    Index(
        "intakes_open",
        "place_id",
        "what",
        "value",
        unique=True,
        postgresql_where=text("until_day IS NULL"),
    ),
    Index("intakes_what", "what", "value"),
    Index("intakes_item", "item_id"),
)
"""The book of who takes in what: an item, a department's items everywhere, or a basic code's or a theme's items of
`division` (that of the place) and all below it. From `from_day` until the day before `until_day`. Public."""

appointment_plans = Table(
    "appointment_plans",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("hall", Text, ForeignKey("halls.code"), nullable=False),
    Column("name", Text, nullable=False),
    Column("window_id", UUID(as_uuid=True), ForeignKey("hall_windows.id")),
    Column("item_ids", ARRAY(UUID(as_uuid=True)), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("capacity >= 0 AND minutes > 0", name="appointment_plans_sound"),
    Index("appointment_plans_hall", "hall", "id"),
)
"""What can be booked; without items: whatever the hall does. Public."""

appointment_slots = Table(
    "appointment_slots",
    metadata,
    Column("plan_id", UUID(as_uuid=True), ForeignKey("appointment_plans.id"), nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("taken", Integer, nullable=False),
    CheckConstraint("taken >= 0", name="appointment_slots_taken"),
    PrimaryKeyConstraint("plan_id", "starts_at", name="appointment_slots_pkey"),
)
"""Places taken, a row a slot that anybody ever booked. Public: it names nobody."""

appointments = Table(
    "appointments",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("plan_id", UUID(as_uuid=True), ForeignKey("appointment_plans.id"), nullable=False),
    Column("hall", Text, nullable=False),
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id")),
    Column("applicant_id", Text, nullable=False),
    Column("is_by_proxy", Boolean, nullable=False),
    Column("subject", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("booked_at", DateTime(timezone=True), nullable=False),
    Column("checked_in_at", DateTime(timezone=True)),
    Column("missed_at", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("cancelled_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index(
        "appointments_one_open",
        "applicant_id",
        "subject",
        "day",
        unique=True,
        postgresql_where=text("state = 'booked'"),
    ),
    Index("appointments_hall", "hall", "day", "id"),
    Index("appointments_applicant", "applicant_id", "id"),
    Index("appointments_waiting", "ends_at", postgresql_where=text("state = 'booked'")),
)
"""`subject` is the item, or the plan when none is named: one open appointment of a person for it on a day. Name and
phone are encrypted."""

appointment_steps = steps_table(
    metadata, "appointment_steps", of=appointments, column="appointment_id"
)

"""Tables: channels, what is live where, what they report daily; how items are handled elsewhere, and agreements."""

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
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from catalog.tables.base import metadata
from chassis.steps import mixed_steps_table

channels = Table(
    "channels",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("since", Date),
    Column("until", Date),
    Column("figures_from", Date),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""`until`: the first day on which it is no longer there. `figures_from`: from this day on its figures are due daily;
None: it reports none. `since` is None where nobody has stated it."""

channel_steps = mixed_steps_table(metadata, "channel_steps")
"""History of channels, of what is live on them, and of agreements: `kind` says which."""

live_items = Table(
    "live_items",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("channel", Text, ForeignKey("channels.code"), nullable=False),
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), nullable=False),
    Column("division", Text, nullable=False),
    Column("place_prefix", Text, nullable=False),
    Column("item_prefix", Text, nullable=False),
    Column("live_from", Date, nullable=False),
    Column("live_until", Date),
    Column("reporter_kind", Text, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("live_until >= live_from", name="live_items_forward"),
    Index(
        "live_items_open",
        "channel",
        "item_id",
        "division",
        unique=True,
        postgresql_where=text("live_until IS NULL"),
    ),
    Index("live_items_channel", "channel", "live_from"),
    Index("live_items_item", "item_id"),
)
"""The book: an item is live on a channel, in a division and all below it, from the beginning of `live_from` until the
end of the day before `live_until`. The prefixes are what codes of the place, and of the item's own division, begin with."""

channel_figures = Table(
    "channel_figures",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("channel", Text, ForeignKey("channels.code"), nullable=False),
    Column("day", Date, nullable=False),
    Column("division", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("users", BigInteger),
    Column("visits", BigInteger),
    Column("cases", BigInteger),
    Column("is_current", Boolean, nullable=False),
    Column("reporter_kind", Text, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("channel", "day", "division", "number", name="channel_figures_number"),
    Index(
        "channel_figures_current",
        "channel",
        "day",
        "division",
        unique=True,
        postgresql_where=text("is_current"),
    ),
)
"""What a channel said of a day; `division` is empty for the channel as a whole. A correction is a row with the next
`number`; the earlier ones stay. A measure is null when the channel did not say it: never 0."""

channel_alarms = Table(
    "channel_alarms",
    metadata,
    Column("channel", Text, ForeignKey("channels.code"), nullable=False),
    Column("day", Date, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("channel", "day", name="channel_alarms_pkey"),
    Index("channel_alarms_open", "day", postgresql_where=text("closed_at IS NULL")),
)
"""A day whose figures did not come in time; closed when they come."""

agreements = Table(
    "agreements",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("partner_city", Text, nullable=False),
    Column("partner_division", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("code", name="agreements_code"),
    CheckConstraint("valid_until >= valid_from", name="agreements_forward"),
)
"""Agreements with other cities (such as 深潮) on handling items for each other. `valid_until` is its last day."""

cross_region_places = Table(
    "cross_region_places",
    metadata,
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("division", Text, nullable=False),
    Column("place_prefix", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("agreement", Text, nullable=False),
    PrimaryKeyConstraint(
        "item_id", "number", "position", "division", name="cross_region_places_pkey"
    ),
    Index("cross_region_places_place", "place_prefix", "item_id"),
    Index("cross_region_places_scope", "scope", "mode", "item_id"),
)
"""Where a version's modes let an applicant hand in: `position` is the mode's in the guide. When the version was in
force, `item_spans` says. Public."""

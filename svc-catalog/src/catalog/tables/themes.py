"""Tables: the lists of themes (主题分类) that guides are filed under."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text

from catalog.tables.base import metadata
from chassis.steps import mixed_steps_table

themes = Table(
    "themes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("in_use", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Index("themes_audience", "audience", "code"),
)
"""One theme of persons or of enterprises (`audience`); out of use it stays, and guides that carry it are found. Public."""

theme_steps = mixed_steps_table(metadata, "theme_steps")
"""History of themes: `kind` is `theme`, `of_id` the code."""

"""Tables: the words by which items are found, and what was asked for in vain."""

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from catalog.tables.base import metadata
from chassis.steps import mixed_steps_table

search_texts = Table(
    "search_texts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("plain_name", Text, nullable=False),
    Column("main_item", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("grams", ARRAY(Text), nullable=False),
    Index("search_texts_grams", "grams", postgresql_using="gin"),
)
"""Each text that items are known by, once, however many divisions offer the item. The id is made from the text."""

search_misses = Table(
    "search_misses",
    metadata,
    Column("day", Date, nullable=False),
    Column("query", Text, nullable=False),
    Column("times", Integer, nullable=False),
    PrimaryKeyConstraint("day", "query"),
)
"""What was looked for and not found, counted by day; who asked is not kept."""

word_steps = mixed_steps_table(metadata, "everyday_word_steps")

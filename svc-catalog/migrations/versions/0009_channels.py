"""Channels: what is live where, and what they report daily."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass

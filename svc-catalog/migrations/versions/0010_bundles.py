"""Bundles (一件事)."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    pass

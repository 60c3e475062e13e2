"""Basic items (基本目录): what every implementation of an item has in common."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass

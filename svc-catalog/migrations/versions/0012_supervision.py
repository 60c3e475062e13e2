"""Supervision items (监管事项) and the behaviour data reported on them."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    pass

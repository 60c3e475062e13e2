"""Policies for enterprises (惠企政策)."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    pass

"""What was in force when, for figures at any past date."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass

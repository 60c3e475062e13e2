"""Powers and responsibilities (权责清单) and their adjustment."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    pass

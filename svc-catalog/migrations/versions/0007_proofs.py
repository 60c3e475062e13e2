"""The list of proofs (证明), retained and cancelled."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass

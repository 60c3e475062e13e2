"""What is in force passes to who received the power (职权调整): who keeps a certificate, and by which moves."""

from alembic import op

from certificate import tables
from chassis.migrations import add_missing, protect, unprotect

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for table in (tables.certificates, tables.certificate_uses):
        add_missing(table)
    tables.keeper_moves.create(op.get_bind())
    op.execute("SELECT set_config('yiwang.everything', 'yes', true)")
    op.execute("UPDATE certificates SET keeper = department, keeper_name = department_name")
    # Moves that are known already: told before it was kept which items they moved, and within which division.
    op.execute(
        "INSERT INTO keeper_moves (adjustment_id, power_code, from_department, to_department, "
        "to_department_name, to_division, item_ids, since) "
        "SELECT adjustment_id, max(power_code), from_department, department, max(department_name), "
        "'', '{}', min(since) FROM moved_issuers GROUP BY adjustment_id, from_department, department"
    )
    unprotect("certificates")
    protect("certificates", own="holder_id", department="department", departments="keepers")
    unprotect("certificate_uses")
    protect("certificate_uses", own="holder_id", department="department", departments="keepers")

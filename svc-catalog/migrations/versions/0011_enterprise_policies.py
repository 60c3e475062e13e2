"""Policies for enterprises (惠企政策)."""

from alembic import op

from catalog.tables import enterprise_policies as tables
from chassis.migrations import protect

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.enterprise_policies,
        tables.enterprise_policy_versions,
        tables.policy_spans,
        tables.enterprise_policy_steps,
        tables.enterprise_profiles,
        tables.enterprise_matches,
    ):
        table.create(bind)
    protect("enterprise_policies", department="department")
    protect("enterprise_policy_versions", department="department")
    protect("enterprise_profiles", own="owner_id")
    protect("enterprise_matches", own="owner_id")

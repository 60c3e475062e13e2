"""Facts that move work on: running work is found by what it keeps, and by its application, from an index.

And 110's own door: its number on a transfer, and by when the other side has to say that it has it.
"""

from alembic import op

from chassis.migrations import add_missing, protect_below, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    tables.work_order_fact_keys.create(op.get_bind())
    protect_below("work_order_fact_keys", parent="work_orders", column="work_order_id")
    add_missing(tables.work_orders)
    add_missing(tables.case_transfers)
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="transfer-answer-minutes",
        value=10,
        unit="minutes",
        meaning="转往 110 等紧急热线后，对方应在多少分钟内回执；逾期预警",
        source="[D] 12345 与 110 对接联动机制要求紧急事项即时转办，回执时限由本市约定",
        verified=False,
    ),
)

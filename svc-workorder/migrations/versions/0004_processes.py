"""One engine: process definitions, tasks side by side, the ledger of stops, and what an order knows of them."""

from alembic import op

from chassis.migrations import add_missing, protect, protect_below, unprotect
from workorder import tables

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.process_definitions,
        tables.process_definition_steps,
        tables.work_order_tasks,
        tables.work_order_stops,
    ):
        table.create(bind)
    add_missing(tables.work_orders)
    # Row security binds the tables' owner too.
    op.execute("SELECT set_config('yiwang.everything', 'yes', true)")
    # Rectifications and corrections that ran before there were definitions run on the first of theirs.
    op.execute("UPDATE work_orders SET process = kind WHERE process <> kind")
    op.execute(_WAITING)
    op.execute("DROP INDEX IF EXISTS work_orders_open")
    unprotect("work_orders")
    protect(
        "work_orders",
        own="caller_id",
        department="department",
        departments="co_departments",
        division="division",
    )
    protect_below("work_order_tasks", parent="work_orders", column="work_order_id")
    protect_below("work_order_stops", parent="work_orders", column="work_order_id")


_WAITING = """
UPDATE work_orders SET
    clock_started_at = coalesce(dispatched_at, opened_at),
    is_clock_running = state IN ('dispatched', 'reopened'),
    act_by = CASE state WHEN 'closed' THEN NULL ELSE (due_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' END,
    due_at = (due_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai',
    waits_for = CASE state
        WHEN 'opened' THEN 'hotline'
        WHEN 'replied' THEN CASE kind WHEN 'correction' THEN 'system' ELSE 'hotline' END
        WHEN 'closed' THEN NULL
        ELSE 'department'
    END
"""

"""To-dos that mirror what waits: one statement compares all open work with all open to-dos and writes the difference.

What waits is read from the work itself and from nothing else, so that no path by which an order can change needs to
think of it: whatever happened in between, a to-do is open exactly while its work waits for its recipient.
"""

from datetime import datetime

from sqlalchemy import text

from chassis.transaction import Transaction
from workorder.domain.notices import INTERNAL, TOLD_OWNERS

_LOCK = text("SELECT pg_try_advisory_xact_lock(5929110)")
_IS_NEEDED = text(
    "SELECT EXISTS (SELECT 1 FROM delivery_endpoints WHERE verified_at IS NOT NULL AND 'todos' = ANY(wants)) "
    "OR EXISTS (SELECT 1 FROM todos WHERE done_at IS NULL)"
)
_MIRROR = text(
    """
WITH holding AS MATERIALIZED (
    SELECT id, department FROM delivery_endpoints
    WHERE state <> 'off' AND verified_at IS NOT NULL AND 'todos' = ANY(wants)
), waits AS (
    SELECT 'work-order' AS work_kind, o.id AS work_id, o.id AS above_id, o.number, o.kind AS process, o.title,
        o.department, o.division, o.waits_for AS recipient, coalesce(o.assignee, '') AS assignee, o.round,
        o.act_by AS due_at, o.urgency
    FROM work_orders o WHERE o.waits_for = ANY (CAST(:owners AS text[]))
    UNION ALL
    SELECT CASE WHEN t.is_lead THEN 'work-order' ELSE 'part' END, CASE WHEN t.is_lead THEN o.id ELSE t.id END, o.id,
        o.number, o.kind, o.title, t.department, t.division, 'department', coalesce(t.assignee, ''), t.round,
        CASE WHEN o.is_clock_running THEN o.due_at END, o.urgency
    FROM work_order_tasks t JOIN work_orders o ON o.id = t.work_order_id
    WHERE t.done_at IS NULL AND t.state <> 'cancelled' AND (NOT t.is_lead OR t.state = 'sent')
        AND t.round = o.round AND o.waits_for IS NOT NULL
        AND NOT (t.is_lead AND o.waits_for = 'department')
    UNION ALL
    SELECT 'part-return', r.id, o.id, o.number, o.kind, o.title, r.department, r.division, r.waits_for, '', r.round,
        r.rule_by, o.urgency
    FROM work_order_returns r JOIN work_orders o ON o.id = r.work_order_id
    WHERE r.task_id IS NOT NULL AND r.ruled_at IS NULL AND r.withdrawn_at IS NULL AND o.waits_for IS NOT NULL
        AND r.waits_for = ANY (CAST(:owners AS text[]))
    UNION ALL
    SELECT 'application', a.id, a.id, a.number, a.process, a.item_name, a.department, a.division, a.waits_for, '', 1,
        a.wait_until, 'normal'
    FROM applications a WHERE a.waits_for = ANY (CAST(:owners AS text[]))
), desired AS MATERIALIZED (
    SELECT w.*, coalesce(own.id, city.id) AS endpoint_id
    FROM waits w
    LEFT JOIN holding own ON own.department = w.department AND w.department <> ''
        AND w.recipient = ANY (CAST(:internal AS text[]))
    LEFT JOIN holding city ON city.department = ''
    WHERE coalesce(own.id, city.id) IS NOT NULL
), gone AS (
    UPDATE todos t SET done_at = CAST(:now AS timestamptz), version = t.version + 1
    WHERE t.done_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM desired d WHERE d.work_id = t.work_id AND d.work_kind = t.work_kind
            AND d.endpoint_id = t.endpoint_id AND d.round = t.round AND d.recipient = t.recipient
            AND d.department = t.department)
    RETURNING t.*
), changed AS (
    UPDATE todos t SET due_at = d.due_at, assignee = d.assignee, urgency = d.urgency, title = d.title,
        version = t.version + 1
    FROM desired d
    WHERE t.done_at IS NULL AND d.work_id = t.work_id AND d.work_kind = t.work_kind
        AND d.endpoint_id = t.endpoint_id AND d.round = t.round AND d.recipient = t.recipient
        AND d.department = t.department
        AND (d.due_at, d.assignee, d.urgency, d.title)
            IS DISTINCT FROM (t.due_at, t.assignee, t.urgency, t.title)
    RETURNING t.*
), opened AS (
    INSERT INTO todos (id, endpoint_id, work_kind, work_id, above_id, number, process, title, department, division,
        recipient, assignee, round, due_at, urgency, opened_at, version)
    SELECT uuidv7(), d.endpoint_id, d.work_kind, d.work_id, d.above_id, d.number, d.process, d.title, d.department,
        d.division, d.recipient, d.assignee, d.round, d.due_at, d.urgency, CAST(:now AS timestamptz), 1
    FROM desired d
    WHERE NOT EXISTS (
        SELECT 1 FROM todos t WHERE t.done_at IS NULL AND d.work_id = t.work_id AND d.work_kind = t.work_kind
            AND d.endpoint_id = t.endpoint_id AND d.round = t.round AND d.recipient = t.recipient
            AND d.department = t.department)
    RETURNING *
), moved AS (
    SELECT 1 AS place, 'todo-done' AS kind, * FROM gone
    UNION ALL SELECT 2, 'todo-changed', * FROM changed
    UNION ALL SELECT 3, 'todo-opened', * FROM opened
)
INSERT INTO notices (id, kind, todo_id, sequence, work_kind, above_id, number, process, title, department, division,
    recipient, assignee, due_at, urgency, detail, created_at, state, endpoint_id, try_at, tries, receipt, error)
SELECT uuidv7(), m.kind, m.id, m.version, m.work_kind, m.above_id, m.number, m.process, m.title, m.department,
    m.division, m.recipient, m.assignee, m.due_at, m.urgency, '', CAST(:now AS timestamptz),
    CASE WHEN e.url = '' THEN 'feed' WHEN e.state = 'active' THEN 'waiting' ELSE 'held' END, e.id,
    CASE WHEN m.urgency = 'emergency' THEN CAST(:now AS timestamptz) ELSE CAST(:rings_at AS timestamptz) END, 0, '', ''
FROM moved m JOIN delivery_endpoints e ON e.id = m.endpoint_id ORDER BY m.place, m.due_at
"""
)


async def mirror_what_waits(tx: Transaction, *, rings_at: datetime) -> int | None:
    """Bring the to-dos to what waits now; returns how many changes were told, None when there is nobody to tell.

    Only one process at a time does it, until its commit: so the feed's positions become visible in their order.
    """
    if not await tx.scalar(_IS_NEEDED) or not await tx.scalar(_LOCK):
        return None
    values = {
        "owners": list(TOLD_OWNERS),
        "internal": list(INTERNAL),
        "now": tx.now,
        "rings_at": rings_at,
    }
    return (await tx.execute(_MIRROR, values)).rowcount

"""Parts of joint orders (协办) that departments' own systems have."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.transaction import Transaction

_DELIVERED = text(
    """
SELECT t.work_order_id, t.department, coalesce(max(n.delivered_at), CAST(:now AS timestamptz)) AS delivered_at
FROM work_order_tasks t
JOIN work_orders o ON o.id = t.work_order_id AND o.round = t.round
LEFT JOIN delivery_endpoints e
    ON e.department = t.department AND e.needs_receipt AND e.state <> 'off' AND e.verified_at IS NOT NULL
LEFT JOIN todos d ON d.work_id = CASE WHEN t.is_lead THEN o.id ELSE t.id END AND d.endpoint_id = e.id
    AND d.round = t.round AND d.department = t.department AND (d.done_at IS NULL OR d.opened_at >= t.sent_at)
LEFT JOIN notices n ON n.todo_id = d.id AND n.state = 'delivered' AND n.kind <> 'todo-done'
WHERE t.state = 'sent' AND t.done_at IS NULL AND o.waits_for IS NOT NULL
GROUP BY t.work_order_id, t.department, e.id
HAVING e.id IS NULL OR count(n.position) > 0
ORDER BY t.work_order_id LIMIT :most
"""
)


async def delivered_parts(tx: Transaction, *, most: int) -> dict[UUID, dict[str, datetime]]:
    """Parts that their department's system has by now, or that need no such word any more because it was switched off:
    since when, by order and department.
    """
    found: dict[UUID, dict[str, datetime]] = {}
    for row in await tx.all(_DELIVERED.bindparams(now=tx.now, most=most)):
        found.setdefault(UUID(str(row.work_order_id)), {})[row.department] = row.delivered_at
    return found

from typing import Any

from sqlalchemy import Table, select

from chassis.transaction import Transaction
from workorder.repository.applications import (
    add_application_step,
    application_of,
    store_application,
)
from workorder.repository.calendar import clock_rules
from workorder.repository.work_orders import (
    add_work_order_step,
    store_work_order,
    work_order_of,
)
from workorder.tables import applications, work_orders
from workorder.tellings import alarm_fact, tell_of_application, tell_of_work_order

BATCH = 50
WORDS = {"yellow": "黄色预警：即将到期", "red": "红色预警：今日到期", "missed": "已超期"}


async def sound_alarms(tx: Transaction) -> int:
    """Give the alarms (预警) that are due, at most BATCH of each kind; returns how many. Each is given exactly once:
    the alarm stands on the row it belongs to, and moves on in the commit that tells of it."""
    rules = await clock_rules(tx)
    due_applications = [application_of(row) for row in await tx.all(_due(applications, tx))]
    due_orders = [work_order_of(row) for row in await tx.all(_due(work_orders, tx))]
    for application in due_applications:
        level = application.sound_alarm(rules)
        store_application(tx, application)
        add_application_step(tx, application, step=f"alarm-{level}", reason=WORDS[level])
        tell_of_application(tx, application, alarm_fact(tx, application, level))
    for order in due_orders:
        level = order.sound_alarm(rules)
        store_work_order(tx, order)
        add_work_order_step(tx, order, step=f"alarm-{level}", reason=WORDS[level])
        tell_of_work_order(tx, order, alarm_fact(tx, order, level))
    return len(due_applications) + len(due_orders)


def _due(table: Table, tx: Transaction) -> Any:
    return (
        select(table)
        .where(table.c.alarm_at <= tx.now)
        .order_by(table.c.alarm_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )

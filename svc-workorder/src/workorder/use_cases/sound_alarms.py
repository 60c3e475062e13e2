from chassis.transaction import Transaction
from workorder.repository.applications import (
    add_application_step,
    due_applications,
    store_application,
)
from workorder.repository.calendar import clock_rules
from workorder.repository.work_orders import (
    add_work_order_step,
    due_work_orders,
    store_work_order,
)
from workorder.tellings import alarm_fact, tell_of_application, tell_of_work_order

BATCH = 50
WORDS = {"yellow": "黄色预警：即将到期", "red": "红色预警：今日到期", "missed": "已超期"}


async def sound_alarms(tx: Transaction) -> int:
    """Give the alarms (预警) that are due, at most BATCH of each kind; returns how many.

    Each is given exactly once: it stands on the row it belongs to, and moves on in the commit that tells of it.
    """
    rules = await clock_rules(tx)
    applications = await due_applications(tx, limit=BATCH)
    orders = await due_work_orders(tx, limit=BATCH)
    for application in applications:
        level = application.sound_alarm(rules)
        store_application(tx, application)
        add_application_step(tx, application, step=f"alarm-{level}", reason=WORDS[level])
        tell_of_application(tx, application, alarm_fact(tx, application, level))
    for order in orders:
        level = order.sound_alarm(rules)
        store_work_order(tx, order)
        add_work_order_step(tx, order, step=f"alarm-{level}", reason=WORDS[level])
        tell_of_work_order(tx, order, alarm_fact(tx, order, level))
    return len(applications) + len(orders)

"""The HTTP door of svc-workorder: path, policy, schema in and out, one call to a use case. One file for each resource."""

from chassis.indicators import indicator_router
from chassis.job_routes import job_router
from chassis.rule_routes import rule_router
from workorder.figures import INDICATORS
from workorder.routes import (
    applications,
    attachments,
    calendar,
    chats,
    confidential,
    duties,
    exchange,
    hot_topics,
    hotline,
    knowledge,
    ledger_checks,
    ledgers,
    notices,
    open311,
    open311_clients,
    order_attachments,
    process_life,
    process_trials,
    processes,
    seats,
    staff_day,
    triage,
    work_order_steps,
    work_orders,
)
from workorder.routes.policies import ADMINISTRATORS, JOB_STARTERS

ROUTERS = (
    # Looked through in this order: what is asked most comes first.
    work_orders.router,
    work_order_steps.router,
    attachments.router,
    applications.router,
    calendar.router,
    ledger_checks.router,
    hotline.router,
    confidential.router,
    seats.router,
    chats.router,
    order_attachments.router,
    processes.router,
    process_trials.router,
    process_life.router,
    triage.router,
    duties.router,
    knowledge.router,
    staff_day.router,
    notices.router,
    ledgers.router,
    hot_topics.router,
    open311.router,
    exchange.router,
    open311_clients.router,
    job_router("workorder", JOB_STARTERS),
    indicator_router("workorder", INDICATORS),
    rule_router("workorder", ADMINISTRATORS),
)

"""The HTTP door of svc-workorder: path, policy, schema in and out, one call to a use case. One file for each resource."""

from chassis.indicators import indicator_router
from chassis.job_routes import job_router
from chassis.rule_routes import rule_router
from workorder.queries import INDICATORS
from workorder.routes import applications, attachments, calendar, work_orders
from workorder.routes.policies import ADMINISTRATORS

ROUTERS = (
    attachments.router,
    applications.router,
    work_orders.router,
    calendar.router,
    job_router("workorder", ADMINISTRATORS),
    indicator_router("workorder", INDICATORS),
    rule_router("workorder", ADMINISTRATORS),
)

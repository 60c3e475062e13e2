"""The figures that svc-workorder answers for, a module a topic; each opens down to its records."""

from workorder.figures import applications, calls, hotline, tasks, triage, work_orders

INDICATORS = tuple(
    indicator
    for topic in (applications, calls, work_orders, hotline, triage, tasks)
    for indicator in topic.INDICATORS
)

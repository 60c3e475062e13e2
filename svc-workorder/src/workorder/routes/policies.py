"""Who may do what at the doors of svc-workorder, and how far they reach (roles.md)."""

from chassis.identity import Reach
from contracts.vocabulary import Role

APPLICANTS = {Role.CITIZEN: Reach.OWN, Role.ENTERPRISE_AGENT: Reach.OWN}
CLERKS = {Role.CLERK: Reach.DIVISION}
REVIEWERS = {Role.REVIEWER: Reach.DEPARTMENT}
ASKERS = {**CLERKS, **REVIEWERS}
APPLICATION_READERS = {
    **APPLICANTS,
    **CLERKS,
    **REVIEWERS,
    Role.DEPARTMENT_HEAD: Reach.DEPARTMENT,
    Role.COORDINATOR: Reach.DIVISION,
    Role.AUDITOR: Reach.ALL,
}
FORM_READERS = {**APPLICANTS, **CLERKS, **REVIEWERS}

HOTLINE = {Role.HOTLINE_AGENT: Reach.ALL, Role.HOTLINE_LEAD: Reach.ALL}
HOTLINE_READERS = {**HOTLINE, Role.AUDITOR: Reach.ALL}
TELEPHONY = {Role.PARTNER: Reach.ALL}
"""The telephone system: a partner whose grant says so (scope telephony)."""
EMERGENCY_LINE = {Role.PARTNER: Reach.ALL}
"""110's own system: a partner whose grant says so (scope line-110)."""
CHATTERS = {**APPLICANTS, **HOTLINE}
RECORD_READERS = {Role.HOTLINE_LEAD: Reach.ALL, Role.AUDITOR: Reach.ALL}
CALLERS = {**APPLICANTS, **HOTLINE}
DISPATCHERS = {**HOTLINE, Role.COORDINATOR: Reach.DIVISION}
DEPARTMENTS = {
    Role.DEPARTMENT_OFFICER: Reach.DEPARTMENT,
    Role.DEPARTMENT_HEAD: Reach.DEPARTMENT,
}
HEADS = {Role.DEPARTMENT_HEAD: Reach.DEPARTMENT}
LEADS = {Role.HOTLINE_LEAD: Reach.ALL}
COORDINATORS = {Role.COORDINATOR: Reach.DIVISION}
VISITORS = {**APPLICANTS, **HOTLINE}
URGERS = {**VISITORS, **COORDINATORS}
SUPERVISORS = {**LEADS, **COORDINATORS}
WORK_ORDER_READERS = {
    **APPLICANTS,
    **HOTLINE,
    **DEPARTMENTS,
    Role.COORDINATOR: Reach.DIVISION,
    Role.AUDITOR: Reach.ALL,
}
RETURN_READERS = {**DISPATCHERS, **DEPARTMENTS, Role.AUDITOR: Reach.ALL}
STEP_TAKERS = {**VISITORS, **COORDINATORS, **DEPARTMENTS}
"""Who may take any step at all; which of them, its definition says."""
DESKS = {**HOTLINE, **DEPARTMENTS, **COORDINATORS}
"""Staff for whom work orders wait."""
LEDGER_READERS = {
    **HOTLINE,
    **DEPARTMENTS,
    Role.COORDINATOR: Reach.DIVISION,
    Role.AUDITOR: Reach.ALL,
}
ADMINISTRATORS: dict[str, Reach] = {Role.SYSTEM_ADMIN: Reach.ALL}
JOB_STARTERS: dict[str, Reach] = dict(DESKS.items()) | ADMINISTRATORS
"""Who may start long work; each sees the jobs they started."""
KEPT_FACT_READERS: dict[str, Reach] = {**ADMINISTRATORS, Role.AUDITOR: Reach.ALL}
"""What waits for work of a process that is not open yet: for who keeps the processes."""
OPEN311_READERS = {Role.SYSTEM_ADMIN: Reach.ALL, Role.AUDITOR: Reach.ALL}
EXCHANGE_DESK = LEADS
EXCHANGE_READERS = {**LEADS, Role.AUDITOR: Reach.ALL}
EXCHANGE_KEEPERS = {**LEADS, Role.OPS: Reach.ALL}
EXCHANGE_WATCHERS = {**EXCHANGE_READERS, Role.OPS: Reach.ALL}
"""Who runs the exchange sees counts, sums and order numbers, and no content of an order."""
TRIAGE_KEEPERS = {**LEADS, Role.SYSTEM_ADMIN: Reach.ALL}
"""Who hands in, trains and puts in force what triage proposes by; two of them for each."""
TRIAGE_READERS = {**TRIAGE_KEEPERS, Role.AUDITOR: Reach.ALL}
EVERY_DESK: dict[str, Reach] = dict.fromkeys(
    (*DESKS, Role.CLERK, Role.AUDITOR, Role.SYSTEM_ADMIN), Reach.ALL
)
"""What all who answer citizens may read: the responsibility list, and published answers."""
RULING_READERS = {**HOTLINE, **DEPARTMENTS, **COORDINATORS, Role.AUDITOR: Reach.ALL}
ARTICLE_KEEPERS = {**DEPARTMENTS, **LEADS}
ARTICLE_READERS = {**ARTICLE_KEEPERS, Role.AUDITOR: Reach.ALL}
CATCH_UP_STARTERS: dict[str, Reach] = dict(LEADS.items()) | ADMINISTRATORS
CATCH_UP_READERS: dict[str, Reach] = {**CATCH_UP_STARTERS, Role.AUDITOR: Reach.ALL}
NOTICE_READERS = {**DESKS, Role.SYSTEM_ADMIN: Reach.ALL, Role.AUDITOR: Reach.ALL}
REDELIVERERS = {**HEADS, **LEADS, Role.SYSTEM_ADMIN: Reach.ALL}
TASK_COUNTERS = {**DESKS, **ASKERS}
FEED_READERS = {**DESKS, Role.PARTNER: Reach.DEPARTMENT}
"""A department's own system reads as a partner whose token names the department."""
OFFICE = {
    **DESKS,
    Role.CLERK: Reach.DIVISION,
    Role.REVIEWER: Reach.DEPARTMENT,
    Role.AUDITOR: Reach.ALL,
    Role.SYSTEM_ADMIN: Reach.ALL,
}
"""Who reads definitions: they hold no business data, and the reach binds what a picture counts."""
OPENERS: dict[str, Reach] = dict.fromkeys(DESKS, Reach.NOTHING)
"""Who may begin work by hand; of which process, its definition says."""

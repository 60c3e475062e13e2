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

CALLERS = {
    Role.CITIZEN: Reach.NOTHING,
    Role.ENTERPRISE_AGENT: Reach.NOTHING,
    Role.HOTLINE_AGENT: Reach.NOTHING,
    Role.HOTLINE_LEAD: Reach.NOTHING,
}
HOTLINE = {Role.HOTLINE_AGENT: Reach.ALL, Role.HOTLINE_LEAD: Reach.ALL}
DISPATCHERS = {**HOTLINE, Role.COORDINATOR: Reach.DIVISION}
DEPARTMENTS = {
    Role.DEPARTMENT_OFFICER: Reach.DEPARTMENT,
    Role.DEPARTMENT_HEAD: Reach.DEPARTMENT,
}
VISITORS = {**APPLICANTS, **HOTLINE}
WORK_ORDER_READERS = {
    **APPLICANTS,
    **HOTLINE,
    **DEPARTMENTS,
    Role.COORDINATOR: Reach.DIVISION,
    Role.AUDITOR: Reach.ALL,
}
ADMINISTRATORS: dict[str, Reach] = {Role.SYSTEM_ADMIN: Reach.ALL}

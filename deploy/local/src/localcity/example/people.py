"""Who signs in to the example city: one principal for every role, and second ones where two are needed."""

from typing import Any

CITY = "445100"
DIVISION = "445102"
APPROVALS = "11445102MB2X00020M"
"""湘桥区的行政审批部门 (example)."""
OTHER_DEPARTMENT = "11445100MB2X00012X"
HALL = "hall-xiangqiao"


def _subject(number: int) -> str:
    return f"019a0000-0000-7000-8000-{number:012d}"


def _person(number: int, role: str, kind: str = "person") -> dict[str, Any]:
    return {
        "sub": _subject(number),
        "kind": kind,
        "roles": [role],
        "assurance": 3,
        "division": DIVISION,
        "channel": "app",
    }


def _staff(number: int, role: str, **reach: str) -> dict[str, Any]:
    return {
        "sub": _subject(number),
        "kind": "staff",
        "roles": [role],
        "assurance": 3,
        "division": DIVISION,
        "department": APPROVALS,
        "channel": "counter",
        **reach,
    }


def principals() -> dict[str, dict[str, Any]]:
    """Claims by role (roles.md); `citizen_2`, `publisher_2`, `department_officer_2` are others of their role."""
    return {
        "citizen": _person(1, "citizen"),
        "citizen_2": _person(2, "citizen"),
        "enterprise_agent": _person(3, "enterprise_agent", "enterprise"),
        "proxy": _person(4, "proxy"),
        "clerk": _staff(101, "clerk", place=HALL),
        "reviewer": _staff(102, "reviewer"),
        "reviewer_2": _staff(103, "reviewer", department=OTHER_DEPARTMENT),
        "publisher": _staff(104, "publisher"),
        "publisher_2": _staff(105, "publisher"),
        "legal_reviewer": _staff(106, "legal_reviewer", division=CITY),
        "hotline_agent": _staff(107, "hotline_agent", division=CITY, channel="hotline"),
        "hotline_lead": _staff(108, "hotline_lead", division=CITY, channel="hotline"),
        "department_officer": _staff(109, "department_officer"),
        "department_officer_2": _staff(110, "department_officer", department=OTHER_DEPARTMENT),
        "department_head": _staff(111, "department_head"),
        "coordinator": _staff(112, "coordinator", division=CITY),
        "inspector": _staff(113, "inspector", division=CITY),
        "hall_manager": _staff(114, "hall_manager", place=HALL),
        "observer": _staff(115, "observer", place=HALL),
        "evaluator": _staff(116, "evaluator", division=CITY, department=OTHER_DEPARTMENT),
        "seal_keeper": _staff(117, "seal_keeper"),
        "issuer": _staff(118, "issuer"),
        "data_steward": _staff(119, "data_steward"),
        "data_approver": _staff(120, "data_approver"),
        "system_admin": _staff(121, "system_admin", division=CITY),
        "security_admin": _staff(122, "security_admin", division=CITY),
        "auditor": _staff(123, "auditor", division=CITY),
        "ops": _staff(124, "ops", division=CITY),
        "partner": _person(201, "partner", "partner"),
        "device": _person(202, "device", "device"),
    }

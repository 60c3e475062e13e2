"""Whose work waits for whom: roles answer for owners of states (domain/process)."""

from collections.abc import Collection

from chassis.errors import InvalidError
from contracts.vocabulary import Role
from workorder.domain.process.definition import Owner

OWNERS_OF_ROLE: dict[str, frozenset[Owner]] = {
    Role.HOTLINE_AGENT: frozenset({Owner.HOTLINE}),
    Role.HOTLINE_LEAD: frozenset({Owner.HOTLINE}),
    Role.DEPARTMENT_OFFICER: frozenset({Owner.DEPARTMENT}),
    Role.DEPARTMENT_HEAD: frozenset({Owner.DEPARTMENT, Owner.HEAD}),
    Role.COORDINATOR: frozenset({Owner.COORDINATOR}),
    Role.CLERK: frozenset({Owner.CLERK}),
    Role.REVIEWER: frozenset({Owner.REVIEWER}),
}
BULK_STEP = "bulk-steps"
"""The kind of the job that takes one step for many orders."""
BULK_FORM_CONTEXT = "jobs.bulk-form"
FILTERS_MAX = 50
"""Saved filters of one person."""
BULK_MAX = 500
"""Orders in one bulk step."""


class TooManyFiltersError(InvalidError):
    code = "too-many-filters"
    title_zh = f"最多保存 {FILTERS_MAX} 个筛选条件，请先删除不用的"
    title_en = f"At most {FILTERS_MAX} saved filters; remove one that is no longer used"


def owners_of(roles: Collection[str]) -> list[str]:
    """The owners of states that these roles act for, in a fixed order."""
    owners = {owner.value for role in roles for owner in OWNERS_OF_ROLE.get(role, ())}
    return sorted(owners)

"""Who may call which of the doors here, and the refusals that several of them share."""

from typing import Annotated

from fastapi import Path, Query

from chassis.errors import ForbiddenError, InvalidError
from chassis.identity import Principal, Reach
from contracts.vocabulary import Role

ResourceCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
CodeFilter = Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")]


REQUESTERS = {Role.DATA_STEWARD: Reach.DEPARTMENT, Role.DEPARTMENT_HEAD: Reach.DEPARTMENT}
APPROVERS = {Role.DATA_APPROVER: Reach.DEPARTMENT}
SIDES = {**REQUESTERS, **APPROVERS, Role.AUDITOR: Reach.ALL}
LOOK_UP_READERS = {
    **SIDES,
    Role.CITIZEN: Reach.OWN,
    Role.ENTERPRISE_AGENT: Reach.OWN,
}
REVIEWERS = {Role.REVIEWER: Reach.DEPARTMENT, Role.DEPARTMENT_HEAD: Reach.DEPARTMENT}


class DepartmentMissingError(ForbiddenError):
    code = "department-missing"
    title_zh = "您的账号未关联部门，请联系系统管理员设置后再办理"
    title_en = "Your account names no department; ask your administrator to set it"


class NotTheProviderError(ForbiddenError):
    code = "not-the-provider"
    title_zh = "只有数据提供部门可以办理此步骤"
    title_en = "Only the provider of the data takes this step"


class ClearNeedsPurposeError(InvalidError):
    code = "clear-needs-purpose"
    title_zh = "查看明文须写明用途（purpose），本次查看将告知数据主体"
    title_en = "Name a purpose to see values in clear; the person will see this look-up"


def department_of(principal: Principal) -> str:
    if not principal.department:
        raise DepartmentMissingError
    return principal.department

"""A policy for enterprises (惠企政策) and its versions; drafts.py has the life that they share with other things.

What a version's rules say of an enterprise is in policy_rules.py.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from catalog.domain.drafts import Draft, Drafted, VersionState
from catalog.domain.policy_rules import rule_faults
from chassis.clock import local_date
from chassis.errors import ConflictError, ForbiddenError, InvalidError

Content = dict[str, Any]
"""What a policy says, as `PolicyContent` of the schemas writes it in JSON."""


class PolicyState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"
    """Never published, and nobody drafts it any more."""


class PolicyRulesError(InvalidError):
    code = "policy-rules-faulty"
    title_zh = "政策条件有误，未发布；请按 errors 逐项修改"
    title_en = "The policy's rules are faulty; see errors and mend them"


class PolicyNotPublishedError(ConflictError):
    code = "policy-not-published"
    title_zh = "该政策不在发布状态，不能办理此步骤；请先发布"
    title_en = "The policy is not published; publish it first"


class PolicyDepartmentError(ForbiddenError):
    code = "department-not-yours"
    title_zh = "只能编写本部门的惠企政策，请核对 department"
    title_en = "Only policies of your own department can be written; check `department`"


class PolicyExpiredError(ConflictError):
    code = "policy-expired"
    title_zh = "申报截止日期已过，不能发布；请更正 valid_until 后再发布"
    title_en = "Its last day has passed; correct `valid_until` and publish then"


class PolicyIdentityError(InvalidError):
    code = "policy-identity-changed"
    title_zh = "政策编码、部门和区划确定后不能更改；如需更改请另建政策"
    title_en = "Code, department and division of a policy stay; create another policy instead"


@dataclass(kw_only=True)
class PolicyVersion(Draft):
    policy_id: UUID
    content: Content

    def change(self, content: Content, *, by: str) -> None:
        """Replace a draft; raises DraftPublishedError, DraftDiscardedError, PolicyIdentityError."""
        self.need(VersionState.DRAFT)
        if _identity(content) != _identity(self.content):
            raise PolicyIdentityError
        self.content = content
        self.be_written(by)


@dataclass(kw_only=True)
class Policy(Drafted[PolicyState]):
    code: str
    is_exhausted: bool = False
    """Its budget is used up (资金用完)."""

    @classmethod
    def create(cls, content: Content, *, id: UUID, at: datetime) -> Self:
        """A policy without any version yet."""
        return cls(
            id=id,
            code=content["code"],
            division=content["division"],
            department=content["department"],
            state=PolicyState.DRAFT,
            created_at=at,
        )

    def draft(self, content: Content, *, id: UUID, by: str, at: datetime) -> PolicyVersion:
        """The next version; raises PolicyIdentityError."""
        if _identity(content) != (self.code, self.department, self.division):
            raise PolicyIdentityError
        return PolicyVersion(
            id=id,
            policy_id=self.id,
            number=self.next_number(),
            state=VersionState.DRAFT,
            content=content,
            drafters=(by,),
            drafted_at=at,
        )

    def publish(self, draft: PolicyVersion, *, by: str, at: datetime) -> None:
        """By a second person, when its rules are sound and its last day has not passed.

        Raises DraftPublishedError, DraftDiscardedError, SecondPersonNeededError, PolicyExpiredError, PolicyRulesError.
        """
        draft.need(VersionState.DRAFT)
        draft.need_second(by)
        ends = draft.content["valid_until"]
        if ends and date.fromisoformat(ends) < local_date(at):
            raise PolicyExpiredError
        faults = rule_faults(draft.content["rules"], at="/policy/rules")
        if faults:
            raise PolicyRulesError(faults=tuple(faults))
        self.put_in_force(draft, by=by, at=at)
        draft.version += 1
        self.version += 1

    def withdraw(self) -> None:
        """废止; raises PolicyNotPublishedError."""
        self._need_published()
        self.state = PolicyState.WITHDRAWN
        self.version += 1

    def mark_budget(self, *, is_exhausted: bool) -> None:
        """Its budget is used up, or is not; raises PolicyNotPublishedError."""
        self._need_published()
        self.is_exhausted = is_exhausted
        self.version += 1

    def _need_published(self) -> None:
        if self.state is not PolicyState.PUBLISHED:
            raise PolicyNotPublishedError


def _identity(content: Content) -> tuple[str, str, str]:
    return content["code"], content["department"], content["division"]

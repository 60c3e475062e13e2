"""A request for a grant (共享申请) and its decision.

submitted ── unconditional resource, or the provider approves ──▶ approved  (a grant is given)
    └─────── resource not shared by law, or the provider refuses ──▶ refused
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError, InvalidError
from datashare.domain.grant import Grant, GrantState
from datashare.domain.resource import Resource, ResourceState, ShareType

RULE = "rule"
"""Who decided, when the share type did."""


class GrantRequestState(StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"


class GrantRequestDecidedError(ConflictError):
    code = "grant-request-decided"
    title_zh = "该共享申请已有决定，如需变更请重新申请"
    title_en = "This request was decided already; make a new one to change it"


class OwnRequestError(ForbiddenError):
    code = "own-request"
    title_zh = "申请人不能审批自己的申请，请由提供部门的其他审批人办理"
    title_en = "Nobody decides their own request; ask another approver of the provider"


class FieldsBeyondRequestError(InvalidError):
    code = "fields-beyond-request"
    title_zh = "批准的信息项超出了申请范围，请只在申请的信息项中选择"
    title_en = "An approved field was not asked for; choose among the requested ones"


class ResourceClosedError(ConflictError):
    code = "resource-closed"
    title_zh = "该数据资源已停止共享，请联系提供部门"
    title_en = "This resource is closed; ask its provider"


class ValidUntilPassedError(InvalidError):
    code = "valid-until-passed"
    title_zh = "授权截止时间须晚于现在"
    title_en = "valid_until must lie ahead"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the provider said: why, on which law, and how far it goes."""

    reason: str
    legal_basis: str
    decided_by: str
    fields: tuple[str, ...] | None = None
    valid_until: datetime | None = None


@dataclass(kw_only=True)
class GrantRequest:
    id: UUID
    number: str
    resource_code: str
    provider_department: str
    requester_department: str
    requested_by: str
    division: str
    item_code: str | None
    fields: tuple[str, ...]
    purpose: str
    legal_basis: str
    state: GrantRequestState
    share_type: ShareType
    submitted_at: datetime
    due_on: date
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str
    decision_basis: str
    version: int

    @classmethod
    def submit(
        cls,
        resource: Resource,
        *,
        id: UUID,
        number: str,
        requester_department: str,
        requested_by: str,
        division: str,
        item_code: str | None,
        fields: tuple[str, ...],
        purpose: str,
        legal_basis: str,
        at: datetime,
        due_on: date,
    ) -> Self:
        """Ask for some of a resource's fields; raises FieldUnknownError, ResourceClosedError."""
        if resource.state is ResourceState.CLOSED:
            raise ResourceClosedError
        return cls(
            id=id,
            number=number,
            resource_code=resource.code,
            provider_department=resource.provider_department,
            requester_department=requester_department,
            requested_by=requested_by,
            division=division,
            item_code=item_code,
            fields=resource.chosen(fields),
            purpose=purpose,
            legal_basis=legal_basis,
            state=GrantRequestState.SUBMITTED,
            share_type=resource.share_type,
            submitted_at=at,
            due_on=due_on,
            decided_by=None,
            decided_at=None,
            decision_reason="",
            decision_basis="",
            version=1,
        )

    def approve(
        self, decision: Decision, *, grant_id: UUID, at: datetime, until: datetime
    ) -> Grant:
        """Give what was asked, or part of it; `until` holds unless the decision sets a day of its own."""
        fields = self.fields if decision.fields is None else decision.fields
        if not set(fields) <= set(self.fields):
            raise FieldsBeyondRequestError
        valid_until = decision.valid_until or until
        if valid_until <= at:
            raise ValidUntilPassedError
        self._decide(decision, GrantRequestState.APPROVED, at=at)
        return Grant(
            id=grant_id,
            request_id=self.id,
            resource_code=self.resource_code,
            requester_department=self.requester_department,
            provider_department=self.provider_department,
            division=self.division,
            item_code=self.item_code,
            fields=tuple(name for name in self.fields if name in fields),
            purpose=self.purpose,
            legal_basis=decision.legal_basis or self.legal_basis,
            state=GrantState.ACTIVE,
            given_at=at,
            valid_until=valid_until,
            version=1,
        )

    def refuse(self, decision: Decision, *, at: datetime) -> None:
        """Say no, with the reason and the law."""
        self._decide(decision, GrantRequestState.REFUSED, at=at)

    def _decide(self, decision: Decision, state: GrantRequestState, *, at: datetime) -> None:
        if self.state is not GrantRequestState.SUBMITTED:
            raise GrantRequestDecidedError
        if decision.decided_by == self.requested_by:
            raise OwnRequestError
        self.state = state
        self.decided_by = decision.decided_by
        self.decided_at = at
        self.decision_reason = decision.reason
        self.decision_basis = decision.legal_basis
        self.version += 1


def decision_of_rule(resource: Resource) -> Decision | None:
    """The decision that the share type makes by itself; None: the provider decides."""
    decisions = {
        ShareType.UNCONDITIONAL: Decision(
            reason="该资源为无条件共享，按规定即时授权", legal_basis="", decided_by=RULE
        ),
        ShareType.NONE: Decision(reason="该资源列入不予共享清单", legal_basis="", decided_by=RULE),
    }
    decision = decisions.get(resource.share_type)
    return replace(decision, legal_basis=resource.law) if decision is not None else None

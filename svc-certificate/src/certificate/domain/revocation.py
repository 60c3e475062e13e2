"""A revocation (吊销/撤销 or 注销): proposed by one person, approved by another.

pending ── approve ──▶ approved
   └── decline ──▶ declined
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError, InvalidError

RevocationKind = Literal["revoked", "cancelled"]


class RevocationState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


class SamePersonError(ForbiddenError):
    code = "same-person"
    title_zh = "提出人与批准人不能是同一人，请由本单位另一名印章保管人批准"
    title_en = "Who proposed it may not decide it; ask another seal keeper of the department"


class RevocationDecidedError(ConflictError):
    code = "revocation-decided"
    title_zh = "该吊销申请已有结论"
    title_en = "This revocation has been decided"


class RevocationPendingError(ConflictError):
    code = "revocation-pending"
    title_zh = "该证照已有待批准的吊销申请，请先办结"
    title_en = "A revocation of this certificate is waiting already; decide that one first"


class ReasonUnknownError(InvalidError):
    code = "revocation-reason-unknown"
    title_zh = "吊销原因代码不在规则表 revocation-reasons 之内"
    title_en = "The reason code is not in the rule revocation-reasons"


@dataclass(kw_only=True)
class Revocation:
    """One proposal to end a certificate."""

    id: UUID
    certificate_id: UUID
    kind: RevocationKind
    reason_code: str
    reason: str
    legal_basis: str
    proposed_by: str
    proposed_at: datetime
    state: RevocationState
    decided_by: str | None
    decided_at: datetime | None
    version: int

    @classmethod
    def propose(
        cls,
        *,
        id: UUID,
        certificate_id: UUID,
        kind: RevocationKind,
        reason_code: str,
        known_reasons: frozenset[str],
        reason: str,
        legal_basis: str,
        by: str,
        at: datetime,
    ) -> Self:
        """Propose; raises ReasonUnknownError."""
        if reason_code not in known_reasons:
            raise ReasonUnknownError
        return cls(
            id=id,
            certificate_id=certificate_id,
            kind=kind,
            reason_code=reason_code,
            reason=reason,
            legal_basis=legal_basis,
            proposed_by=by,
            proposed_at=at,
            state=RevocationState.PENDING,
            decided_by=None,
            decided_at=None,
            version=1,
        )

    def decide(self, *, approve: bool, by: str, at: datetime) -> None:
        """Approve or decline; raises SamePersonError or RevocationDecidedError."""
        if self.state is not RevocationState.PENDING:
            raise RevocationDecidedError
        if by == self.proposed_by:
            raise SamePersonError
        self.state = RevocationState.APPROVED if approve else RevocationState.DECLINED
        self.decided_by = by
        self.decided_at = at
        self.version += 1

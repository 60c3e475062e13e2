"""A grant (授权): a department may read a resource, these fields, until a day.

active ── revoke ──▶ revoked
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.errors import ConflictError


class GrantState(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


class GrantRevokedError(ConflictError):
    code = "grant-revoked"
    title_zh = "该授权已撤销，无需再次撤销；如需使用请重新申请"
    title_en = "This grant was revoked already; ask for a new one if it is needed"


@dataclass(kw_only=True)
class Grant:
    id: UUID
    request_id: UUID
    resource_code: str
    requester_department: str
    provider_department: str
    division: str
    item_code: str | None
    fields: tuple[str, ...]
    purpose: str
    legal_basis: str
    state: GrantState
    given_at: datetime
    valid_until: datetime
    version: int

    def covers(self, *, item_code: str, at: datetime) -> bool:
        """Whether it may be used now, for this item."""
        in_force = self.state is GrantState.ACTIVE and self.given_at <= at < self.valid_until
        return in_force and self.item_code in {None, item_code}

    def revoke(self) -> None:
        """End it from this moment on; raises GrantRevokedError when it had ended."""
        if self.state is GrantState.REVOKED:
            raise GrantRevokedError
        self.state = GrantState.REVOKED
        self.version += 1


def best_grant(grants: tuple[Grant, ...], *, item_code: str, at: datetime) -> Grant | None:
    """The grant that a look-up is made under: one for this very item before one for any."""
    usable = [grant for grant in grants if grant.covers(item_code=item_code, at=at)]
    return min(usable, key=lambda grant: (grant.item_code is None, grant.given_at), default=None)

"""A presentation (亮证): the holder consents to one purpose, for one item, once, for a short time.

consented ── claim ──▶ claimed
    ├── nothing to claim ──▶ refused
    ├── withdraw ──▶ withdrawn
    └── time ──▶ expired
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from chassis.errors import ConflictError, GoneError, InvalidError, NotFoundError

CERTIFICATES_MAX = 20

RefusalReason = Literal[
    "no-presentation",
    "unknown",
    "expired",
    "used",
    "other-holder",
    "other-item",
    "no-certificate",
]


class PresentationState(StrEnum):
    CONSENTED = "consented"
    CLAIMED = "claimed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PresentationUnknownError(NotFoundError):
    code = "presentation-unknown"
    title_zh = "没有这个亮证码，请让持有人重新亮码"
    title_en = "There is no such code; ask the holder to show a fresh one"


class PresentationUsedError(GoneError):
    code = "presentation-used"
    title_zh = "亮证码已使用或已撤回，每个码只用一次，请重新亮码"
    title_en = "The code was used or withdrawn; each code works once, show a fresh one"


class PresentationExpiredError(GoneError):
    code = "presentation-expired"
    title_zh = "亮证码已过期，请重新亮码"
    title_en = "The code has expired; show a fresh one"


class NothingToShowError(InvalidError):
    code = "nothing-to-show"
    title_zh = "请选择要出示的证照"
    title_en = "Choose the certificates to show"


class CertificateNotHeldError(ConflictError):
    code = "certificate-not-held"
    title_zh = "您名下没有所选的有效证照，请核对后重新选择"
    title_en = "You hold no valid certificate of this kind; check and choose again"


@dataclass(kw_only=True)
class Presentation:
    """What the holder consented to show."""

    id: UUID
    holder_id: UUID
    purpose: str
    item_code: str
    certificate_ids: tuple[UUID, ...]
    state: PresentationState
    created_at: datetime
    expires_at: datetime
    application_id: UUID | None
    version: int

    @classmethod
    def consent(
        cls,
        *,
        id: UUID,
        holder_id: UUID,
        purpose: str,
        item_code: str,
        certificate_ids: tuple[UUID, ...],
        at: datetime,
        seconds: int,
    ) -> Self:
        """Consent; raises NothingToShowError without a certificate."""
        if not certificate_ids:
            raise NothingToShowError
        return cls(
            id=id,
            holder_id=holder_id,
            purpose=purpose,
            item_code=item_code,
            certificate_ids=certificate_ids,
            state=PresentationState.CONSENTED,
            created_at=at,
            expires_at=at + timedelta(seconds=seconds),
            application_id=None,
            version=1,
        )

    def state_at(self, at: datetime) -> PresentationState:
        """The state as a reader should see it: an open one past its time is expired."""
        if self.state is PresentationState.CONSENTED and at >= self.expires_at:
            return PresentationState.EXPIRED
        return self.state

    def refusal(self, *, holder_id: UUID, item_code: str, at: datetime) -> RefusalReason | None:
        """Why an application handed in at `at` cannot use it, or None when it can."""
        if self.holder_id != holder_id:
            return "other-holder"
        if self.item_code != item_code:
            return "other-item"
        if self.state is not PresentationState.CONSENTED:
            return "used"
        return "expired" if at >= self.expires_at else None

    def claim(self, *, application_id: UUID | None) -> None:
        """Use it up, for an application or at a window."""
        self._require_open()
        self.state = PresentationState.CLAIMED
        self.application_id = application_id
        self.version += 1

    def refuse(self, *, application_id: UUID) -> None:
        """It was good, but nothing shown could stand in; it is used up all the same."""
        self._require_open()
        self.state = PresentationState.REFUSED
        self.application_id = application_id
        self.version += 1

    def scan(self, *, at: datetime) -> None:
        """Shown at a window and read there, once."""
        self._require_fresh(at)
        self.claim(application_id=None)

    def withdraw(self, *, at: datetime) -> None:
        """The holder takes the consent back before anybody used it."""
        self._require_fresh(at)
        self.state = PresentationState.WITHDRAWN
        self.version += 1

    def _require_fresh(self, at: datetime) -> None:
        if self.state_at(at) is PresentationState.EXPIRED:
            raise PresentationExpiredError
        self._require_open()

    def _require_open(self) -> None:
        if self.state is not PresentationState.CONSENTED:
            raise PresentationUsedError

"""Facts that svc-catalog tells."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.envelope import Fact
from contracts.guide import Guide
from contracts.vocabulary import DepartmentCode, DivisionCode


class ItemVersionPublished(Fact):
    """A version of an item's guide is public from now on; the whole guide rides along (public state)."""

    TYPE: ClassVar[str] = "catalog.item-version.published.v1"

    item_id: UUID
    item_version_id: UUID
    version: int
    guide: Guide
    published_at: datetime


class ItemVersionWithdrawn(Fact):
    """An item takes no new applications; those in flight finish on the version they began with."""

    TYPE: ClassVar[str] = "catalog.item-version.withdrawn.v1"

    item_id: UUID
    item_version_id: UUID
    version: int
    withdrawn_at: datetime


class DraftSubmitted(Fact):
    """A draft waits for its check by a second person."""

    TYPE: ClassVar[str] = "catalog.draft.submitted.v1"

    item_id: UUID
    item_version_id: UUID
    number: int
    submitted_at: datetime


class DraftReturned(Fact):
    """A draft went back to who wrote it; the reason stands in the item's history."""

    TYPE: ClassVar[str] = "catalog.draft.returned.v1"

    item_id: UUID
    item_version_id: UUID
    number: int
    returned_at: datetime


class DraftChecked(Fact):
    """A draft passed its check by a second person and may be published."""

    TYPE: ClassVar[str] = "catalog.draft.checked.v1"

    item_id: UUID
    item_version_id: UUID
    number: int
    checked_at: datetime


class DraftDiscarded(Fact):
    """A draft is ended unpublished; who wrote it reads the reason in the item's history."""

    TYPE: ClassVar[str] = "catalog.draft.discarded.v1"

    item_id: UUID
    item_version_id: UUID
    number: int
    discarded_at: datetime


class FindingOpened(Fact):
    """The audit found something in a published guide; its owner mends it by the due day."""

    TYPE: ClassVar[str] = "catalog.finding.opened.v1"

    finding_id: UUID
    rule: str
    """The rule's code; its words are at `/catalog/v1/publishing-rules/{code}`."""
    item_id: UUID
    item_code: str
    item_name: str
    division: DivisionCode
    department: DepartmentCode
    fields: tuple[str, ...]
    """Where, as JSON Pointers into the guide."""
    what: str
    how_to_mend: str
    due_on: date | None
    opened_at: datetime


class FindingClosed(Fact):
    """What was found is mended, or was judged to be right as it is."""

    TYPE: ClassVar[str] = "catalog.finding.closed.v1"

    finding_id: UUID
    rule: str
    item_id: UUID
    outcome: Literal["mended", "accepted", "withdrawn"]
    closed_at: datetime


class MovedItem(BaseModel):
    """One item whose power moved: the old one refuses new applications, the new one takes them."""

    model_config = ConfigDict(frozen=True)

    from_item_id: UUID | None
    to_item_id: UUID | None
    to_division: str
    to_department: str
    to_item_code: str | None = None
    to_department_name: str = ""


class PowerMoved(Fact):
    """An adjustment of powers (职权调整) took effect."""

    TYPE: ClassVar[str] = "catalog.power.moved.v1"

    adjustment_id: UUID
    power_id: UUID
    power_code: str
    kind: Literal[
        "add",
        "cancel",
        "change",
        "move-down",
        "take-over",
        "take-back",
        "carry-out-for",
        "entrust",
        "merge",
        "split",
    ]
    """新增, 取消, 变更, 下放, 承接, 收回, 代实施, 委托, 合并, 拆分."""
    from_division: str
    from_department: str
    items: tuple[MovedItem, ...]
    effective_at: datetime


class PowerMoveAnnounced(Fact):
    """An adjustment of powers was published: at this instant, and not before, it takes effect.

    Told ahead, so that who takes applications refuses them to the second, however long news travels. With `is_called_off`
    the announcement holds no longer.
    """

    TYPE: ClassVar[str] = "catalog.power.announced.v1"

    adjustment_id: UUID
    power_code: str
    items: tuple[MovedItem, ...]
    effective_at: datetime
    is_called_off: bool = False
    kind: str = ""
    """As in PowerMoved; empty: told before announcements named it."""


class ProofCancelled(Fact):
    """A proof is asked for no more (取消证明)."""

    TYPE: ClassVar[str] = "catalog.proof.cancelled.v1"

    proof_id: UUID
    proof_code: str
    stands_in: Literal["nothing", "certificate", "data", "commitment", "department-check"]
    effective_from: date


class HallChanged(Fact):
    """A hall's public data changed: windows, hours, what it takes in."""

    TYPE: ClassVar[str] = "catalog.hall.changed.v1"

    hall_id: UUID
    hall_code: str
    changed_at: datetime


class AppointmentBooked(Fact):
    """A place at a hall is taken; whose it is, its owner reads with their own rights."""

    TYPE: ClassVar[str] = "catalog.appointment.booked.v1"

    appointment_id: UUID
    hall_code: str
    item_id: UUID | None
    starts_at: datetime


class AppointmentCancelled(Fact):
    """A place at a hall is free again; when the hall cancelled it, it says why, and the owner may book another."""

    TYPE: ClassVar[str] = "catalog.appointment.cancelled.v1"

    appointment_id: UUID
    hall_code: str
    cancelled_at: datetime
    by: Literal["owner", "hall"] = "owner"
    reason: str = ""
    """The hall's public reason; what an owner wrote is not told."""
    starts_at: datetime | None = None


class ChannelFiguresReported(Fact):
    """A channel reported its figures of a day."""

    TYPE: ClassVar[str] = "catalog.channel-figures.reported.v1"

    channel: str
    day: date
    users: int | None
    visits: int | None
    cases: int | None
    reported_at: datetime


class BundlePublished(Fact):
    """A bundle (一件事) is open to applications in this version."""

    TYPE: ClassVar[str] = "catalog.bundle.published.v1"

    bundle_id: UUID
    bundle_code: str
    version: int
    item_ids: tuple[UUID, ...]
    published_at: datetime


class EnterprisePolicyPublished(Fact):
    """A policy for enterprises (惠企政策) is in force."""

    TYPE: ClassVar[str] = "catalog.enterprise-policy.published.v1"

    policy_id: UUID
    policy_code: str
    version: int
    published_at: datetime


class EnterprisePolicyMatched(Fact):
    """A policy fits an enterprise that asked to be told; which one, it reads itself under this id."""

    TYPE: ClassVar[str] = "catalog.enterprise-policy.matched.v1"

    match_id: UUID
    policy_id: UUID
    policy_code: str
    matched_at: datetime


class SupervisionReported(Fact):
    """A department reported behaviour data on supervision items (监管行为数据)."""

    TYPE: ClassVar[str] = "catalog.supervision.reported.v1"

    report_id: UUID
    month: str
    """As 2026-11."""
    items: int
    reported_at: datetime

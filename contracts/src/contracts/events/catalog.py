"""Facts that svc-catalog tells."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from chassis.envelope import Fact
from contracts.guide import Guide


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

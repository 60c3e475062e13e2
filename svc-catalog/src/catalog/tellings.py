"""Facts that more than one use case tells, in one place each."""

from catalog.domain.item import Item, ItemVersion
from chassis.transaction import Transaction
from contracts.events.catalog import (
    DraftChecked,
    DraftDiscarded,
    DraftReturned,
    DraftSubmitted,
    ItemVersionPublished,
    ItemVersionWithdrawn,
)


def tell_published(
    tx: Transaction, item: Item, version: ItemVersion, *, sequence: int | None = None
) -> None:
    """The whole guide rides along, so that readers need not call back.

    `sequence`: the item's version when this one came in force, when more followed before it is told.
    """
    tx.tell(
        ItemVersionPublished(
            item_id=item.id,
            item_version_id=version.id,
            version=version.number,
            guide=version.guide,
            published_at=tx.now,
        ),
        aggregate_id=item.id,
        sequence=sequence or item.version,
        division=item.division,
        department=item.department,
    )


def tell_withdrawn(tx: Transaction, item: Item, version: ItemVersion) -> None:
    tx.tell(
        ItemVersionWithdrawn(
            item_id=item.id,
            item_version_id=version.id,
            version=version.number,
            withdrawn_at=tx.now,
        ),
        aggregate_id=item.id,
        sequence=item.version,
        division=item.division,
        department=item.department,
    )


def tell_draft_submitted(tx: Transaction, item: Item, draft: ItemVersion) -> None:
    tx.tell(
        DraftSubmitted(
            item_id=item.id,
            item_version_id=draft.id,
            number=draft.number,
            submitted_at=tx.now,
        ),
        aggregate_id=item.id,
        sequence=item.version,
        division=item.division,
        department=item.department,
    )


def tell_draft_returned(tx: Transaction, item: Item, draft: ItemVersion) -> None:
    tx.tell(
        DraftReturned(
            item_id=item.id,
            item_version_id=draft.id,
            number=draft.number,
            returned_at=tx.now,
        ),
        aggregate_id=item.id,
        sequence=item.version,
        division=item.division,
        department=item.department,
    )


def tell_draft_checked(tx: Transaction, item: Item, draft: ItemVersion) -> None:
    tx.tell(
        DraftChecked(
            item_id=item.id,
            item_version_id=draft.id,
            number=draft.number,
            checked_at=tx.now,
        ),
        aggregate_id=item.id,
        sequence=item.version,
        division=item.division,
        department=item.department,
    )


def tell_draft_discarded(tx: Transaction, item: Item, draft: ItemVersion) -> None:
    tx.tell(
        DraftDiscarded(
            item_id=item.id,
            item_version_id=draft.id,
            number=draft.number,
            discarded_at=tx.now,
        ),
        aggregate_id=item.id,
        sequence=item.version,
        division=item.division,
        department=item.department,
    )

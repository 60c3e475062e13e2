from uuid import UUID

from catalog.domain.bundles import Bundle, BundleVersion
from catalog.repository.bundles import (
    add_bundle_step,
    get_bundle,
    get_bundle_version,
    merged_of,
    open_bundle,
    shown_columns,
    store_bundle,
    store_bundle_version,
)
from chassis.transaction import Transaction
from contracts.events.catalog import BundlePublished


async def publish_bundle(
    bundle_id: UUID, number: int, tx: Transaction
) -> tuple[Bundle, BundleVersion]:
    """Put a draft in force (发布), by a second person, with its members' guides as they are today."""
    bundle = await get_bundle(tx, bundle_id)
    draft = await get_bundle_version(tx, bundle_id, number)
    merged = await merged_of(tx, draft.content)
    bundle.publish(draft, merged, by=tx.principal.subject, at=tx.now)
    store_bundle(tx, bundle, **shown_columns(draft.content))
    store_bundle_version(tx, draft)
    await open_bundle(tx, bundle, draft)
    add_bundle_step(tx, bundle, step="published", reason="第二人复核后发布")
    tx.tell(
        BundlePublished(
            bundle_id=bundle.id,
            bundle_code=bundle.code,
            version=draft.number,
            item_ids=draft.content.item_ids(),
            published_at=tx.now,
        ),
        aggregate_id=bundle.id,
        sequence=bundle.version,
        division=bundle.division,
        department=bundle.department,
    )
    return bundle, draft

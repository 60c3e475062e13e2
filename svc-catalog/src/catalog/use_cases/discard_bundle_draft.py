from uuid import UUID

from catalog.domain.bundles import BundleVersion
from catalog.repository.bundles import (
    add_bundle_step,
    get_bundle,
    get_bundle_version,
    has_other_bundle_drafts,
    store_bundle,
    store_bundle_version,
)
from chassis.transaction import Transaction


async def discard_bundle_draft(
    bundle_id: UUID, number: int, reason: str, tx: Transaction
) -> BundleVersion:
    """End a draft that nobody will publish (作废), by any publisher of the lead department."""
    bundle = await get_bundle(tx, bundle_id)
    draft = await get_bundle_version(tx, bundle_id, number)
    bundle.discard(draft, is_last=not await has_other_bundle_drafts(tx, draft))
    store_bundle(tx, bundle)
    store_bundle_version(tx, draft)
    add_bundle_step(tx, bundle, step="draft-discarded", reason=f"作废第 {number} 版草稿：{reason}")
    return draft

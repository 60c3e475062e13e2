from uuid import UUID

from catalog.domain.bundles import BundleContent, BundleVersion
from catalog.repository.bundles import (
    add_bundle_step,
    get_bundle,
    get_bundle_version,
    merged_of,
    store_bundle_version,
)
from chassis.transaction import Transaction


async def change_bundle_draft(
    bundle_id: UUID, number: int, content: BundleContent, tx: Transaction
) -> BundleVersion:
    """Replace a draft's content; whoever changes it is one of its drafters. Two editors at once: PreconditionError."""
    bundle = await get_bundle(tx, bundle_id)
    draft = await get_bundle_version(tx, bundle_id, number)
    draft.change(content, await merged_of(tx, content), by=tx.principal.subject)
    store_bundle_version(tx, draft)
    add_bundle_step(tx, bundle, step="draft-changed", reason="修改草稿")
    return draft

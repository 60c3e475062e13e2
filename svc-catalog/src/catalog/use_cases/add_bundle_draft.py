from uuid import UUID

from catalog.domain.bundles import Bundle, BundleContent, BundleVersion
from catalog.repository.bundles import (
    add_bundle_step,
    add_bundle_version,
    get_bundle,
    merged_of,
    store_bundle,
)
from chassis.ids import new_id
from chassis.transaction import Transaction


async def add_bundle_draft(
    bundle_id: UUID, content: BundleContent, tx: Transaction
) -> tuple[Bundle, BundleVersion]:
    """Draft the next version of a bundle (起草); the one in force stays in force."""
    bundle = await get_bundle(tx, bundle_id)
    merged = await merged_of(tx, content)
    draft = bundle.draft(content, merged, id=new_id(), by=tx.principal.subject, at=tx.now)
    store_bundle(tx, bundle)
    add_bundle_version(tx, draft)
    add_bundle_step(tx, bundle, step="drafted", reason="起草新版本")
    return bundle, draft

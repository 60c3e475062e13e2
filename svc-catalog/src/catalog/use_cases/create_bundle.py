from catalog.domain.bundles import Bundle, BundleContent, BundleVersion
from catalog.repository.bundles import (
    add_bundle,
    add_bundle_step,
    add_bundle_version,
    check_yours,
    merged_of,
)
from chassis.ids import new_id
from chassis.transaction import Transaction


async def create_bundle(content: BundleContent, tx: Transaction) -> tuple[Bundle, BundleVersion]:
    """Write a new bundle (一件事) with its first draft; raises BundleNotYoursError, BundleFaultyError."""
    check_yours(tx, content.department)
    merged = await merged_of(tx, content)
    bundle = Bundle.create(content, id=new_id(), at=tx.now)
    draft = bundle.draft(content, merged, id=new_id(), by=tx.principal.subject, at=tx.now)
    add_bundle(tx, bundle, content)
    await tx.flush()
    add_bundle_version(tx, draft)
    add_bundle_step(tx, bundle, step="created", reason="新建一件事")
    return bundle, draft

from uuid import UUID

from catalog.domain.bundles import Bundle
from catalog.repository.bundles import add_bundle_step, close_bundle, get_bundle, store_bundle
from chassis.transaction import Transaction


async def withdraw_bundle(bundle_id: UUID, reason: str, tx: Transaction) -> Bundle:
    """Take no new applications for a bundle (停办); its members are applied for one by one as before."""
    bundle = await get_bundle(tx, bundle_id)
    tx.expect(bundle.version)
    bundle.withdraw()
    store_bundle(tx, bundle)
    await close_bundle(tx, bundle)
    add_bundle_step(tx, bundle, step="withdrawn", reason=reason)
    return bundle

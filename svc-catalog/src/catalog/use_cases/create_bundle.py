from catalog.domain.bundles import Bundle, BundleContent, BundleVersion
from catalog.repository.bundles import (
    add_bundle,
    add_bundle_step,
    add_bundle_version,
    check_yours,
    discarded_bundle,
    merged_of,
    shown_columns,
    store_bundle,
)
from chassis.ids import new_id
from chassis.transaction import Transaction


async def create_bundle(content: BundleContent, tx: Transaction) -> tuple[Bundle, BundleVersion]:
    """Write a new bundle (一件事) with its first draft; raises BundleNotYoursError, BundleFaultyError.

    One whose drafts were all discarded is taken up again.
    """
    check_yours(tx, content.department)
    merged = await merged_of(tx, content)
    given_up = await discarded_bundle(tx, content)
    bundle = given_up or Bundle.create(content, id=new_id(), at=tx.now)
    draft = bundle.draft(content, merged, id=new_id(), by=tx.principal.subject, at=tx.now)
    if given_up is None:
        add_bundle(tx, bundle, content)
        await tx.flush()
    else:
        store_bundle(tx, bundle, **shown_columns(content))
    add_bundle_version(tx, draft)
    add_bundle_step(tx, bundle, step="created", reason="新建一件事")
    return bundle, draft

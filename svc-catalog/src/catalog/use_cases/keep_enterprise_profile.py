from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.repository.enterprise_policies import keep_profile, own_profile
from chassis.encryption import mask_phone
from chassis.errors import PreconditionRequiredError
from chassis.transaction import Transaction


async def keep_enterprise_profile(
    said: Mapping[str, Any], tx: Transaction, *, wants: bool, has_seen: bool
) -> UUID:
    """Keep the caller's own profile, sealed; a change names the version that was read (PreconditionRequiredError)."""
    before = await own_profile(tx, lock=True)
    if before is not None:
        if not has_seen:
            raise PreconditionRequiredError
        tx.expect(before.version)
        said = _with_phone_unmasked(said, before.said)
    profile_id = keep_profile(tx, said, wants=wants, before=before)
    await tx.flush()
    return profile_id


def _with_phone_unmasked(said: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who sends back what was shown means the telephone that is kept, not its stars."""
    kept = str(before.get("contact_phone") or "")
    if kept and said.get("contact_phone") == mask_phone(kept):
        return {**said, "contact_phone": kept}
    return said

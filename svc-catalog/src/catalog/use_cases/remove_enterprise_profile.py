from catalog.repository.enterprise_policies import own_profile, remove_profile
from chassis.errors import NotFoundError
from chassis.transaction import Transaction


async def remove_enterprise_profile(tx: Transaction, *, reason: str) -> None:
    """Take the caller's own profile out of the books, with its matches; raises NotFoundError."""
    profile = await own_profile(tx, lock=True)
    if profile is None:
        raise NotFoundError
    await remove_profile(tx, profile, reason=reason)
    await tx.flush()

from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.process.lifecycle import StillNeededError, check_state
from workorder.repository.process_definitions import Version, get_version, store_version


async def retire_process(definition_id: UUID, reason: str, tx: Transaction) -> Version:
    """No new work begins on it; what runs on it goes on. What the service itself begins needs a version in force."""
    version = await get_version(tx, definition_id)
    check_state(version.state, wanted="active")
    if not version.parsed.is_opened_by_people:
        raise StillNeededError
    version.state, version.retired_at = "retired", tx.now
    store_version(tx, version, step="retired", reason=reason)
    return version

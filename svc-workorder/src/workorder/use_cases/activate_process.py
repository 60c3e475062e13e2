from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from chassis.transaction import Transaction
from workorder.checking import FindingsError, as_faults, check
from workorder.domain.process.lifecycle import check_second_person, check_state
from workorder.repository.process_definitions import (
    Version,
    get_version,
    lock_code,
    store_version,
    version_in_force,
)


@dataclass(frozen=True, kw_only=True)
class ActivateProcess:
    definition_id: UUID
    reason: str
    roles: Sequence[str]
    """Roles whose holders reach the door at which steps are taken."""
    wanted: Literal["draft", "retired"] = "draft"
    """A draft goes in force by a second person; a version that was in force before comes back, by anyone who may."""


async def activate_process(command: ActivateProcess, tx: Transaction) -> Version:
    """New work begins on this version from now on; the one in force rests. Raises FindingsError with every finding."""
    version = await get_version(tx, command.definition_id)
    check_state(version.state, wanted=command.wanted)
    if command.wanted == "draft":
        check_second_person(version.drafted_by, tx.principal.subject)
    definition = version.parsed
    findings = await check(tx, definition, roles=command.roles)
    if findings:
        raise FindingsError(faults=as_faults(findings))
    await lock_code(tx, version.code)
    before = await version_in_force(tx, version.code)
    if before is not None:
        before.state, before.retired_at = "retired", tx.now
        store_version(tx, before, step="replaced", reason=command.reason)
        # Sent before the other comes in force: only one version may be at any time.
        await tx.flush()
    version.state, version.retired_at = "active", None
    version.activated_by, version.activated_at = tx.principal.subject, tx.now
    step = "activated" if command.wanted == "draft" else "reactivated"
    store_version(tx, version, step=step, reason=command.reason)
    return version

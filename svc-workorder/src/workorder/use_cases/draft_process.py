from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.checking import parsed
from workorder.repository.process_definitions import Version, add_version, lock_code, next_version


@dataclass(frozen=True, kw_only=True)
class DraftProcess:
    definition: Mapping[str, Any]
    reason: str


async def draft_process(command: DraftProcess, tx: Transaction) -> Version:
    """The next version of a process, as a draft: nothing runs on it until a second person puts it in force."""
    definition = parsed(command.definition)
    await lock_code(tx, definition.code)
    version = Version(
        id=new_id(),
        code=definition.code,
        version=await next_version(tx, definition.code),
        name=definition.name,
        state="draft",
        definition=dict(command.definition),
        drafted_by=tx.principal.subject,
        drafted_at=tx.now,
    )
    add_version(tx, version, reason=command.reason)
    return version

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.errors import InvalidError
from chassis.transaction import Transaction
from workorder.checking import parsed
from workorder.domain.process.lifecycle import check_state
from workorder.repository.process_definitions import Version, get_version, store_version


class OtherCodeError(InvalidError):
    code = "other-code"
    title_zh = "不能更改流程代码，请另行起草新流程"
    title_en = "The code of a process cannot be changed; draft another process"


@dataclass(frozen=True, kw_only=True)
class ChangeProcess:
    definition_id: UUID
    definition: Mapping[str, Any]
    reason: str


async def change_process(command: ChangeProcess, tx: Transaction) -> Version:
    """Another text of a draft; who changed it last counts as who drafted it."""
    definition = parsed(command.definition)
    version = await get_version(tx, command.definition_id)
    check_state(version.state, wanted="draft")
    if definition.code != version.code:
        raise OtherCodeError
    version.name, version.definition = definition.name, dict(command.definition)
    version.drafted_by, version.drafted_at = tx.principal.subject, tx.now
    store_version(tx, version, step="changed", reason=command.reason)
    return version

"""Process definitions in and out of PostgreSQL, parsed once: a version that is in force never changes."""

import time
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.process.definition import Definition
from workorder.tables import process_definitions

FRESH_SECONDS = 5.0


class UnknownProcessError(NotFoundError):
    code = "unknown-process"
    title_zh = "没有生效的流程定义，请先由系统管理员启用"
    title_en = "There is no such process in force; an administrator activates one first"


@dataclass(frozen=True, kw_only=True)
class Process:
    """A definition, and which version of its process it is."""

    version: int
    definition: Definition


@dataclass
class _Memory:
    versions: dict[tuple[str, int], Process] = field(default_factory=dict)
    active: dict[str, tuple[Process, float]] = field(default_factory=dict)


_memories: WeakKeyDictionary[AsyncEngine, _Memory] = WeakKeyDictionary()


async def process_of(tx: Transaction, code: str, version: int) -> Process:
    """The version that a piece of work runs on."""
    memory = _memories.setdefault(tx.engine, _Memory())
    known = memory.versions.get((code, version))
    if known is not None:
        return known
    table = process_definitions.c
    statement = select(table.definition).where(table.code == code, table.version == version)
    body = await tx.scalar(statement)
    if body is None:
        raise UnknownProcessError
    return _remember(memory, code, version, body)


async def active_process(tx: Transaction, code: str) -> Process:
    """The version on which new work begins; a newly activated one is seen within FRESH_SECONDS."""
    memory = _memories.setdefault(tx.engine, _Memory())
    known = memory.active.get(code)
    if known is not None and time.monotonic() - known[1] < FRESH_SECONDS:
        return known[0]
    table = process_definitions.c
    row = await tx.one_or_none(
        select(table.version, table.definition).where(table.code == code, table.state == "active")
    )
    if row is None:
        raise UnknownProcessError
    process = memory.versions.get((code, row.version)) or _remember(
        memory, code, row.version, row.definition
    )
    memory.active[code] = (process, time.monotonic())
    return process


def forget_active(tx: Transaction, code: str) -> None:
    """Read which version is in force again at the next use."""
    memory = _memories.get(tx.engine)
    if memory is not None:
        memory.active.pop(code, None)


async def rule_values(tx: Transaction, definition: Definition) -> dict[str, Any]:
    """Values of every rule that a definition reads, as they hold now."""
    return {code: await tx.rule(code) for code in definition.rules}


def _remember(memory: _Memory, code: str, version: int, body: Any) -> Process:
    process = Process(version=version, definition=Definition.model_validate(body))
    memory.versions[(code, version)] = process
    return process

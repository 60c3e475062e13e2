from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from catalog.domain.powers import (
    Power,
    PowerContent,
    PowerFaultyError,
    Standing,
    content_faults,
)
from catalog.repository.powers import keep_draft, keep_listed, powers_at, stages_by_type
from chassis.errors import FieldFault
from chassis.ids import new_id
from chassis.transaction import Transaction

Outcome = Literal["listed", "new-version", "unchanged", "drafted", "refused"]


@dataclass(frozen=True, kw_only=True)
class ListPowers:
    rows: Sequence[PowerContent]
    since: datetime
    """From when the rows have been on the list."""
    reason: str
    is_whole: bool
    """All or nothing: one bad row refuses them all."""
    as_drafts_of: str | None
    """The department whose drafts these are; None: another authority listed them already, they hold at once."""


@dataclass(frozen=True, kw_only=True)
class RowOutcome:
    number: int
    outcome: Outcome
    id: UUID | None
    """Of the power, or of the draft."""
    faults: tuple[FieldFault, ...]


async def list_powers(command: ListPowers, tx: Transaction) -> list[RowOutcome]:
    """Take rows of the list of powers (权责清单), each with its verdict; raises PowerFaultyError when all must be good."""
    stages = await stages_by_type(tx)
    known = await powers_at(tx, [row.line for row in command.rows])
    seen: set[tuple[str, str, str]] = set()
    faults = [_faults(row, stages, seen, place, command) for place, row in enumerate(command.rows)]
    if command.is_whole and any(faults):
        raise PowerFaultyError(faults=tuple(fault for found in faults for fault in found))
    outcomes = []
    for place, row in enumerate(command.rows):
        if command.as_drafts_of is not None:
            outcome = await _draft(row, place, faults[place], known, tx)
        else:
            outcome = await _take(row, place, faults[place], known, command=command, tx=tx)
        outcomes.append(outcome)
    return outcomes


def _faults(
    row: PowerContent,
    stages: dict[str, tuple[str, ...]],
    seen: set[tuple[str, str, str]],
    place: int,
    command: ListPowers,
) -> tuple[FieldFault, ...]:
    pointer = f"/rows/{place}"
    found = list(content_faults(row, stages, pointer=pointer))
    if row.line in seen:
        found.append(
            FieldFault(
                pointer=f"{pointer}/code",
                code="row-twice",
                zh="同一职权在本次提交中重复",
                en="this power stands twice in the rows",
            )
        )
    seen.add(row.line)
    if command.as_drafts_of is not None and row.department != command.as_drafts_of:
        found.append(
            FieldFault(
                pointer=f"{pointer}/department",
                code="department-not-yours",
                zh="只能起草本部门的职权",
                en="only powers of your own department can be drafted",
            )
        )
    return tuple(found)


_BLOCKING = frozenset({"row-twice", "department-not-yours"})


async def _draft(
    row: PowerContent,
    place: int,
    faults: tuple[FieldFault, ...],
    known: dict[tuple[str, str, str], Power],
    tx: Transaction,
) -> RowOutcome:
    """A draft may still be incomplete; what is listed already changes by an adjustment only."""
    if row.line in known:
        faults = (
            *faults,
            FieldFault(
                pointer=f"/rows/{place}/code",
                code="listed-already",
                zh="该职权已在清单中，请提出“变更”调整",
                en="it is on the list; propose an adjustment of kind change",
            ),
        )
        return RowOutcome(number=place + 1, outcome="refused", id=None, faults=faults)
    if any(fault.code in _BLOCKING for fault in faults):
        return RowOutcome(number=place + 1, outcome="refused", id=None, faults=faults)
    draft_id = await keep_draft(tx, row)
    return RowOutcome(number=place + 1, outcome="drafted", id=draft_id, faults=faults)


async def _take(
    row: PowerContent,
    place: int,
    faults: tuple[FieldFault, ...],
    known: dict[tuple[str, str, str], Power],
    *,
    command: ListPowers,
    tx: Transaction,
) -> RowOutcome:
    if faults:
        return RowOutcome(number=place + 1, outcome="refused", id=None, faults=faults)
    power = known.get(row.line)
    outcome: Outcome = "listed" if power is None else "new-version"
    if power is not None and power.content == row and power.standing is Standing.IN_FORCE:
        return RowOutcome(number=place + 1, outcome="unchanged", id=power.id, faults=())
    seen = None if power is None else power.version
    power = power or Power.create(id=new_id(), at=tx.now)
    power.list_as(
        row,
        id=new_id(),
        standing=Standing.IN_FORCE,
        at=tx.now,
        since=command.since,
        why=command.reason,
    )
    await keep_listed(tx, power, seen=seen)
    known[row.line] = power
    return RowOutcome(number=place + 1, outcome=outcome, id=power.id, faults=())

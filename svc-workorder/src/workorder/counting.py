"""What waits and rulings are counted by, when they are counted again: the definitions that work runs on, every version of
the rules these read, and since when the work is where it is. A count that is repeated comes out the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.application import Application
from workorder.domain.clock import ClockRules
from workorder.domain.process.definition import Definition, State
from workorder.domain.work_order import WorkOrder
from workorder.repository.calendar import clock_rules
from workorder.repository.processes import Process, process_of
from workorder.repository.returns import load_open_returns
from workorder.repository.waits import RuleVersions, entered_at_of, rule_versions, values_at

Work = WorkOrder | Application


@dataclass(frozen=True, kw_only=True)
class Count:
    """What some works are counted by, now; their open returns of parts are loaded with it."""

    at: datetime
    rules: ClockRules
    processes: Mapping[tuple[str, int], Process]
    versions: RuleVersions
    entered: Mapping[UUID, datetime]
    """Of applications, which keep it in their history alone."""

    @classmethod
    async def of(cls, tx: Transaction, works: Sequence[Work]) -> Self:
        used = {(each.process, each.process_version) for each in works}
        processes = {key: await process_of(tx, *key) for key in sorted(used)}
        codes = {code for each in processes.values() for code in each.definition.rules}
        await load_open_returns(tx, [each for each in works if isinstance(each, WorkOrder)])
        applications = [each.id for each in works if isinstance(each, Application)]
        return cls(
            at=tx.now,
            rules=await clock_rules(tx),
            processes=processes,
            versions=await rule_versions(tx, sorted(codes)),
            entered=await entered_at_of(tx, applications) if applications else {},
        )

    def definition_of(self, work: Work) -> Definition:
        return self.processes[(work.process, work.process_version)].definition

    def state_of(self, work: Work) -> State | None:
        """Its present state; None when its definition knows none of that name."""
        return self.definition_of(work).states_by_code.get(work.state)

    def entered_at(self, work: Work) -> datetime | None:
        """Since when it is in its present state; None: unknown."""
        return work.entered_at if isinstance(work, WorkOrder) else self.entered.get(work.id)

    def values_at(self, at: datetime) -> dict[str, Any]:
        """The rules as they held at an instant."""
        return values_at(self.versions, at)

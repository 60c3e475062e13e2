"""Open work moved from one version of its process to another: which can be, and what it is then."""

from collections.abc import Mapping
from dataclasses import dataclass

from workorder.domain.order_parts import Taking
from workorder.domain.process.definition import Definition, State
from workorder.domain.work_order import WorkOrder

MIGRATION = "process-migration"
"""The kind of the job."""


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why a piece of work cannot be moved."""

    code: str
    zh: str
    en: str


def obstacle_of(
    state: str,
    *,
    is_clock_started: bool,
    old: Definition,
    new: Definition,
    states: Mapping[str, str],
) -> Obstacle | None:
    """What keeps work in this state where it is; None: it can be moved to `states[state]`."""
    target = new.states_by_code.get(states.get(state, ""))
    source = old.states_by_code.get(state)
    if target is None or source is None:
        return Obstacle(
            code="state-unmapped",
            zh=f"状态“{source.name if source else state}”没有对应的新状态，请在 states 中写明",
            en=f"{state} has no state to go to; name one in states",
        )
    if target.is_final:
        return Obstacle(
            code="state-final",
            zh=f"“{target.name}”是办结状态，未办结的工作不能直接迁入",
            en=f"{target.code} is final; open work is not moved into a close",
        )
    return _clock_obstacle(source, target, new, is_clock_started=is_clock_started)


def _clock_obstacle(
    source: State, target: State, new: Definition, *, is_clock_started: bool
) -> Obstacle | None:
    if source.clock != target.clock:
        return Obstacle(
            code="clock-differs",
            zh=f"“{source.name}”与“{target.name}”的计时方式不同，承诺时限会被改变",
            en=f"{source.code} and {target.code} differ in their clock; the promise would change",
        )
    if target.clock != "none" and (new.clock is None or not is_clock_started):
        return Obstacle(
            code="clock-differs",
            zh=f"“{target.name}”需要承诺时限，而该工作或新流程没有",
            en=f"{target.code} needs a promised clock, which the work or the new process has not",
        )
    return None


def move(
    order: WorkOrder, *, new: Definition, version: int, states: Mapping[str, str], taking: Taking
) -> None:
    """Put an order on another version. What was promised stays; alarms and waits are counted by the new one."""
    order.process_version = version
    order.move_to(new.states_by_code[states[order.state]], taking)

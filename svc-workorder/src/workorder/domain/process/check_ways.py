"""Where the ways of a definition lead: reached, closed, owned, ended; and whether what is told is true by then."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from workorder.domain.process.definition import Branch, Definition, State, Step
from workorder.domain.process.engine import JOINS_IN_A_ROW_MAX
from workorder.domain.process.findings import Finding


@dataclass(frozen=True)
class Edge:
    """One branch of a step, from one of the states it may be taken in."""

    place: int
    step: Step
    branch: Branch
    source: str

    @property
    def target(self) -> str:
        return self.branch.to or self.source

    @property
    def stays(self) -> bool:
        return self.target == self.source

    @property
    def acts(self) -> tuple[str, ...]:
        return (*self.step.clock, *self.branch.clock)

    @property
    def effects(self) -> tuple[str, ...]:
        return (*self.step.effects, *self.branch.effects)

    @property
    def starts_clock(self) -> bool:
        """What goes on was started before it stood still."""
        return bool({"start", "go-on"} & {*self.acts})

    @property
    def needs_outcome(self) -> bool:
        """Whether it is taken only when the work has an outcome."""
        return any(
            each.read == "work.outcome" and (each.is_set or each.equals or each.one_of)
            for each in (*self.step.when, *self.branch.when)
        )

    @cached_property
    def is_bounded(self) -> bool:
        """Whether it can be taken so many times only: by the step's limit, or because a branch closes by a count."""
        return self.step.limit is not None or any(
            each.read.startswith(("count.", "work.round"))
            and (each.below is not None or bool(each.at_most_rule))
            for each in (*self.step.when, *self.branch.when)
        )


def edges_of(definition: Definition, *, at_most: int) -> list[Edge] | None:
    """Every way from state to state; None when there are more."""
    count = sum(len(definition.sources(step)) * len(step.all_branches) for step in definition.steps)
    if count > at_most:
        return None
    return [
        Edge(place, step, branch, source)
        for place, step in enumerate(definition.steps)
        for source in dict.fromkeys(definition.sources(step))
        for branch in step.all_branches
    ]


def way_findings(definition: Definition, edges: Sequence[Edge]) -> Iterator[Finding]:
    """What is wrong with where the ways lead."""
    yield from _reach(definition, _graph(definition, edges))
    yield from _waits(definition)
    yield from _branches(definition)
    yield from _clocks(definition, edges)
    yield from _rounds(definition, edges)
    yield from _by_themselves(definition, edges)
    yield from _told_too_early(definition, edges)


def reached(graph: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    """Everything that can be come to from these, themselves included."""
    seen, ahead = set(starts), list(starts)
    while ahead:
        for following in graph[ahead.pop()]:
            if following not in seen:
                seen.add(following)
                ahead.append(following)
    return seen


def _graph(definition: Definition, edges: Iterable[Edge]) -> dict[str, set[str]]:
    """Where each state leads; staying is no way."""
    graph: dict[str, set[str]] = {state.code: set() for state in definition.states}
    for edge in edges:
        if not edge.stays:
            graph[edge.source].add(edge.target)
    return graph


def _reach(definition: Definition, graph: dict[str, set[str]]) -> Iterator[Finding]:
    come_to = reached(graph, [definition.starts_in])
    backwards: dict[str, set[str]] = {code: set() for code in graph}
    for source, targets in graph.items():
        for target in targets:
            backwards[target].add(source)
    finals = [state.code for state in definition.states if state.is_final]
    if not finals:
        yield Finding(
            code="no-final-state",
            where="/states",
            zh="流程没有办结状态，请至少定义一个",
            en="the process has no final state; define at least one",
        )
    closing = reached(backwards, finals)
    for place, state in enumerate(definition.states):
        if state.code not in come_to:
            yield Finding(
                code="unreachable-state",
                where=f"/states/{place}",
                zh=f"状态“{state.name}”无法到达，请增加通往它的步骤或删除它",
                en=f"nothing leads to {state.code}; add a step to it, or remove it",
            )
        elif finals and state.code not in closing:
            yield Finding(
                code="no-way-out",
                where=f"/states/{place}",
                zh=f"状态“{state.name}”没有通往办结的路，请增加步骤",
                en=f"from {state.code} nothing leads to a close; add a step",
            )


def _waits(definition: Definition) -> Iterator[Finding]:
    for place, state in enumerate(definition.states):
        if state.is_final:
            continue
        if state.owner is None:
            yield Finding(
                code="no-owner",
                where=f"/states/{place}/owner",
                zh=f"状态“{state.name}”无人负责，请指定责任方",
                en=f"nobody owns {state.code}; name an owner",
            )
        if state.limit is None and state.clock != "runs":
            yield Finding(
                code="no-deadline",
                where=f"/states/{place}/limit",
                zh=f"状态“{state.name}”可以无限期等待，请规定时限",
                en=f"{state.code} may wait for ever; give it a limit",
            )


def _branches(definition: Definition) -> Iterator[Finding]:
    for place, step in enumerate(definition.steps):
        for number, branch in enumerate(step.branches[:-1]):
            if not branch.when:
                yield Finding(
                    code="branch-never-taken",
                    where=f"/steps/{place}/branches/{number + 1}",
                    zh=f"“{step.name}”的第 {number + 1} 个分支没有条件，其后的分支永远不会走到",
                    en=f"branch {number} of {step.code} has no condition; those after it are never taken",
                )
                break


def _clocks(definition: Definition, edges: Sequence[Edge]) -> Iterator[Finding]:
    """States that wait under the promised clock, reached on a way on which nobody started it."""
    named: set[int] = set()
    for edge in edges:
        if definition.clock is None and "start" in edge.acts and edge.place not in named:
            named.add(edge.place)
            yield Finding(
                code="no-clock",
                where=f"/steps/{edge.place}/clock",
                zh=f"“{edge.step.name}”要启动承诺时限，但流程没有规定承诺时限（clock）",
                en=f"{edge.step.code} starts a clock that the process does not have; give it one",
            )
    if definition.starts_clock and definition.clock is not None:
        return
    counted = [edge for edge in edges if definition.clock is None or not edge.starts_clock]
    unstarted = reached(_graph(definition, counted), [definition.starts_in])
    for place, state in enumerate(definition.states):
        if state.clock == "runs" and state.code in unstarted and state.limit is None:
            yield _never_started(place, state)


def _never_started(place: int, state: State) -> Finding:
    return Finding(
        code="clock-never-started",
        where=f"/states/{place}/clock",
        zh=f"状态“{state.name}”以承诺时限计时，但进入它之前没有步骤启动计时",
        en=f"{state.code} waits under the promised clock, and no step before it starts it",
    )


def _rounds(definition: Definition, edges: Sequence[Edge]) -> Iterator[Finding]:
    """Ways round that nothing bounds: with every bounded way taken out, no state may lead back to itself."""
    unbounded = [edge for edge in edges if not edge.is_bounded and not edge.stays]
    free = _graph(definition, unbounded)
    from_there = {code: reached(free, [code]) for code in {edge.target for edge in unbounded}}
    named: set[int] = set()
    for edge in unbounded:
        if edge.place not in named and edge.source in from_there[edge.target]:
            named.add(edge.place)
            yield Finding(
                code="unlimited-return",
                where=f"/steps/{edge.place}",
                zh=f"步骤“{edge.step.name}”可以无限次往返，请规定次数上限",
                en=f"{edge.step.code} may go round without end; limit how often",
            )


def _by_themselves(definition: Definition, edges: Sequence[Edge]) -> Iterator[Finding]:
    """Joins that lead into each other: staying is a way here, as such a step would be due again at once."""
    joins = [edge for edge in edges if edge.step.trigger == "join"]
    free: dict[str, set[str]] = {state.code: set() for state in definition.states}
    for edge in joins:
        if not edge.is_bounded:
            free[edge.source].add(edge.target)
    for edge in {each.place: each for each in joins if not each.is_bounded}.values():
        if any(
            each.source in reached(free, [each.target])
            for each in joins
            if each.place == edge.place and not each.is_bounded
        ):
            yield Finding(
                code="joins-without-end",
                where=f"/steps/{edge.place}",
                zh=f"自动步骤“{edge.step.name}”会反复自动办理，请规定次数上限或改变去向",
                en=f"{edge.step.code} is taken by itself again and again; limit it, or lead it on",
            )
            return
    if _longest(free) > JOINS_IN_A_ROW_MAX:
        yield Finding(
            code="too-many-joins",
            where="/steps",
            zh=f"连续自动步骤超过 {JOINS_IN_A_ROW_MAX} 步，请合并",
            en=f"more than {JOINS_IN_A_ROW_MAX} steps in a row are taken by themselves; draw them together",
        )


def _longest(graph: Mapping[str, Iterable[str]]) -> int:
    """Steps of the longest way through a graph without rings."""
    layer, steps = {code for code in graph if graph[code]}, 0
    while layer and steps <= JOINS_IN_A_ROW_MAX + 1:
        layer = {target for code in layer for target in graph[code]}
        steps += 1
    return max(steps - 1, 0) if not layer else steps


@dataclass(frozen=True)
class _Known:
    """What is sure of the work in a state, on one way there."""

    assigned: bool
    clock: bool
    outcome: bool

    def after(self, edge: Edge) -> "_Known":
        assigned, clock, outcome = self.assigned, self.clock, self.outcome or edge.needs_outcome
        for effect in edge.effects:
            assigned = assigned or effect == "assign"
            assigned = assigned and effect != "release"
            outcome = (outcome or effect in _GIVE_OUTCOME) and effect != "unmerge"
        for act in edge.acts:
            clock = (clock or act in {"start", "go-on"}) and act not in {"stop", "end"}
        return _Known(assigned, clock, outcome)


_GIVE_OUTCOME = {"reply", "outcome", "unsolved", "withdrawn", "explained", "follow-lead"}


def _told_too_early(definition: Definition, edges: Sequence[Edge]) -> Iterator[Finding]:
    """Every way there is followed with what is sure on it; what is told needs it."""
    leaving: dict[str, list[Edge]] = {state.code: [] for state in definition.states}
    for edge in edges:
        leaving[edge.source].append(edge)
    first = _Known(definition.starts_clock, definition.starts_clock, False)
    seen, ahead = {(definition.starts_in, first)}, [(definition.starts_in, first)]
    named: set[tuple[int, str]] = set()
    while ahead:
        code, known = ahead.pop()
        for edge in leaving[code]:
            after = known.after(edge)
            for told, zh, en in _missing(definition, edge, known, after):
                if (edge.place, told) not in named:
                    named.add((edge.place, told))
                    yield Finding(
                        code="told-too-early",
                        where=f"/steps/{edge.place}",
                        zh=f"“{edge.step.name}”：{zh}",
                        en=f"{edge.step.code}: {en}",
                    )
            if (edge.target, after) not in seen:
                seen.add((edge.target, after))
                ahead.append((edge.target, after))


def _missing(
    definition: Definition, edge: Edge, known: _Known, after: _Known
) -> Iterator[tuple[str, str, str]]:
    tells = {*edge.step.tells, *edge.branch.tells}
    if "extend" in edge.acts and not known.clock:
        yield "extend", "计时未启动，不能延期", "the clock does not run yet, and cannot be extended"
    if tells & {"dispatched", "extended", "reopened"} and not after.clock:
        yield "due", "告知到期日之前须启动计时", "it tells a due date, and the clock does not run"
    if "dispatched" in tells and not after.assigned:
        yield (
            "dispatched",
            "告知派单之前须派给部门",
            "it tells a dispatch, and nobody was given the work",
        )
    if tells & {"replied", "closed"} and not after.outcome:
        yield (
            "outcome",
            "告知办结或回复之前须有办理结果",
            "it tells an outcome that nobody has given",
        )
    if "closed" in tells and not definition.states_by_code[edge.target].is_final:
        yield (
            "closed",
            "告知办结的步骤须通往办结状态",
            "it tells a close, and leads to no final state",
        )
    yield from _parts_missing(tells, edge)
    if "merged" in tells and "merge" not in edge.effects:
        yield "merged", "告知并单的步骤须有并单效果", "it tells a merge, and merges nothing"


_OF_PARTS: dict[str, frozenset[str]] = {
    "part-returned": frozenset({"ask-part-return"}),
    "part-return-withdrawn": frozenset({"take-part-return-back"}),
    "part-return-ruled": frozenset({"grant-part-return", "deny-part-return"}),
    "part-sent": frozenset({"grant-part-return"}),
}
"""What is told of returns of parts, and the effects one of which makes it true."""


def _parts_missing(tells: Collection[str], edge: Edge) -> Iterator[tuple[str, str, str]]:
    for told in sorted(_OF_PARTS.keys() & set(tells)):
        if _OF_PARTS[told].isdisjoint(edge.effects):
            yield (
                told,
                f"告知 {told} 的步骤须有效果 {'、'.join(sorted(_OF_PARTS[told]))}",
                f"it tells {told} without {' or '.join(sorted(_OF_PARTS[told]))}",
            )

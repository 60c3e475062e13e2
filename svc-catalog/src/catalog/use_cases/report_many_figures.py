from collections.abc import Sequence
from dataclasses import dataclass

from catalog.domain.channels import FiguresSaid
from catalog.repository.channel_figures import Judged, judge_figures, keep_figures
from chassis.errors import FieldFault, InvalidError, ProblemError
from chassis.transaction import Transaction

FAULTS_SHOWN_MAX = 100


class FigureRowsError(InvalidError):
    code = "figure-rows"
    title_zh = "报送数据有误，全部未收；请按 errors 逐行修改后重报"
    title_en = "Some rows are faulty and none was taken; see errors, mend them and send all again"


@dataclass(frozen=True, kw_only=True)
class FiguresRow:
    channel: str
    said: FiguresSaid


@dataclass(frozen=True, kw_only=True)
class FiguresTaken:
    """What became of a row: `reported`, `corrected`, `unchanged`, or `refused` with why."""

    outcome: str
    problem: ProblemError | None = None


async def report_many_figures(
    rows: Sequence[FiguresRow], tx: Transaction, *, scopes: frozenset[str], is_atomic: bool
) -> list[FiguresTaken]:
    """Many days of many channels at once; what became of each row, in order.

    `scopes`: of the grant under which they are reported. With `is_atomic` all or none: raises FigureRowsError naming
    every faulty row. A correction keeps the earlier report.
    """
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.channel, []).append(place)
    taken: dict[int, FiguresTaken] = {}
    all_judged: list[Judged] = []
    # In one order, so that two reports at once do not wait for each other.
    for channel, of_channel in sorted(places.items()):
        said = [rows[place].said for place in of_channel]
        try:
            judged = await judge_figures(tx, channel, said, scopes=scopes)
        except ProblemError as problem:
            taken |= {
                place: FiguresTaken(outcome="refused", problem=problem) for place in of_channel
            }
            continue
        all_judged.append(judged)
        for within, place in enumerate(of_channel):
            problem_found = judged.problems.get(within)
            taken[place] = FiguresTaken(outcome=judged.outcome(within), problem=problem_found)
    found = [taken[place] for place in range(len(rows))]
    if is_atomic:
        _refuse_faulty(found)
    for judged in all_judged:
        await keep_figures(tx, judged)
    return found


def _refuse_faulty(found: Sequence[FiguresTaken]) -> None:
    faults = [
        FieldFault(
            pointer=f"/rows/{place}",
            code=each.problem.problem_code,
            zh=each.problem.zh,
            en=each.problem.en,
        )
        for place, each in enumerate(found)
        if each.problem is not None
    ]
    if faults:
        raise FigureRowsError(faults=tuple(faults[:FAULTS_SHOWN_MAX]))

"""Long work: a file of channel figures, in batches, each with its verdicts in one commit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pydantic import ValidationError

from catalog.domain.channels import FiguresSaid
from catalog.domain.figure_rows import IMPORT, NAMES, values_of
from catalog.domain.file_rows import FAULTS_MAX, Fault, fault
from catalog.schemas.channels import FiguresRowIn
from catalog.use_cases.report_many_figures import FiguresRow, FiguresTaken, report_many_figures
from chassis.errors import ProblemError
from chassis.jobs import JobCode, JobFailedError, JobRun, RowVerdict
from chassis.service import BackgroundTask
from chassis.workbooks import RowFault, read_rows

BATCH_ROWS = 500
ROWS_MAX = 50_000


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A line of the file: what it says, or why it cannot be read."""

    number: int
    key: str = ""
    row: FiguresRow | None = None
    faults: Sequence[Fault] = field(default=())


async def import_channel_figures(run: JobRun) -> None:
    """Take a kept file row by row; a killed import goes on after its last batch."""
    data = await run.runtime.blobs.get(str(run.input["sha256"]))
    media_type, reason = str(run.input["media_type"]), str(run.input["reason"])
    try:
        rows = await run.in_thread(lambda: list(_rows(data, media_type, reason)))
    except ProblemError as error:
        raise JobFailedError(f"{error.zh} / {error.en}") from None
    if not rows:
        raise JobFailedError(
            "文件中没有数据行，请在表头下填写后再导入 / The file holds no rows; fill it in and send it again"
        )
    scopes = frozenset(map(str, run.input["scopes"]))
    left = iter(rows[run.done :])
    while batch := list(islice(left, BATCH_ROWS)):
        tx = run.begin()
        try:
            said = [each.row for each in batch if each.row is not None]
            taken = iter(await report_many_figures(said, tx, scopes=scopes, is_atomic=False))
            verdicts = [_verdict(each, None if each.row is None else next(taken)) for each in batch]
            await run.advance(tx, verdicts, total=len(rows))
        finally:
            await tx.close()


def _verdict(read: _Read, taken: FiguresTaken | None) -> RowVerdict:
    verdict = RowVerdict(number=read.number, verdict="refused", key=read.key)
    verdict.faults = list(read.faults)[:FAULTS_MAX]
    if taken is None:
        return verdict
    if taken.problem is not None:
        problem = taken.problem
        verdict.faults = [fault(problem.problem_code, problem.zh, problem.en)]
    elif taken.outcome == "reported":
        verdict.verdict = "accepted"
    else:
        verdict.verdict = "remarked"
        verdict.faults = [_REMARKS[taken.outcome]]
    return verdict


_REMARKS = {
    "corrected": fault(
        "figures-corrected",
        "该日原有不同数据，已更正，原报数据保留在历史中",
        "The day was reported otherwise; it is corrected, and the earlier report stays in its history",
    ),
    "unchanged": fault(
        "already-there", "该日数据相同，未作改动", "The day is there with the same figures"
    ),
}


def _rows(data: bytes, media_type: str, reason: str) -> Iterator[_Read]:
    for line in read_rows(data, media_type=media_type, rows_max=ROWS_MAX):
        if isinstance(line, RowFault):
            told = fault(line.code, line.zh, line.en, line.column or "", cell=line.cell or "")
            yield _Read(number=line.number, faults=(told,))
            continue
        values = values_of(line.values)
        key = " ".join(str(values.get(name, "")) for name in ("channel", "day", "division")).strip()
        try:
            row = FiguresRowIn.model_validate(values)
        except ValidationError as error:
            faults = tuple(_fault(each) for each in error.errors())
            yield _Read(number=line.number, key=key, faults=faults)
            continue
        said = FiguresSaid(
            day=row.day,
            division=row.division or "",
            figures=row.model_dump(include={"users", "visits", "cases"}),
            reason=row.reason or reason,
        )
        yield _Read(number=line.number, key=key, row=FiguresRow(channel=row.channel, said=said))


_WORDS = {
    "channel": ("请填写已登记的渠道编码，如 yue-sheng-shi", "Give the code of a channel"),
    "day": ("请填写日期，如 2026-03-01", "Give a day, such as 2026-03-01"),
    "division": (
        "请填写 6、9 或 12 位区划代码，全渠道留空",
        "Give a division's code, or leave it empty",
    ),
}
_COUNT = (
    "请填写不小于 0 的整数；未统计的留空，不要填 0",
    "A whole number from 0; empty when not counted",
)


def _fault(error: Any) -> Fault:
    name = str(error["loc"][0]) if error["loc"] else ""
    zh, en = _WORDS.get(name, _COUNT)
    head = NAMES.get(name, name)
    return fault("value-unusable", f"“{head}”有误：{zh}", f"{name}: {en}", head)


JOBS: dict[str, JobCode] = {IMPORT: import_channel_figures}
BACKGROUND: tuple[BackgroundTask, ...] = ()

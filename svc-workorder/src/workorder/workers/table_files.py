"""Tables handed in as files, row by row: each kind says what a row is called and which use case takes it.

A row that is refused is told with its reason and the others go on; a killed import goes on after its last batch.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from chassis.errors import ProblemError
from chassis.identity import Scope
from chassis.jobs import JobCode, JobFailedError, JobRun, RowVerdict
from chassis.service import BackgroundTask
from chassis.transaction import Transaction
from chassis.workbooks import Row, RowFault, read_rows
from workorder.domain.duties import DUTY_IMPORT
from workorder.domain.knowledge import ARTICLE_IMPORT
from workorder.domain.proposals import PLACE_IMPORT
from workorder.schemas.duties import DutyIn
from workorder.schemas.knowledge import ArticleIn
from workorder.schemas.triage import PlaceIn
from workorder.use_cases.keep_place import KeepPlace, keep_place
from workorder.use_cases.save_article import SaveArticle, save_article
from workorder.use_cases.save_duty import SaveDuty, save_duty

BATCH_ROWS = 200
FAULTS_MAX = 10
_BETWEEN = re.compile("[、，,]")


@dataclass(frozen=True, kw_only=True)
class _Table:
    """One kind of file: its columns by the names that stand in it, what a row must be, and what takes it."""

    columns: Mapping[str, str]
    lists: frozenset[str]
    """Columns of several values, with 、 or a comma between them."""
    row: type[BaseModel]
    take: Callable[[Any, Transaction], Awaitable[bool]]
    """True: something is new or changed."""
    key: Callable[[Any], str]


async def _take_place(row: PlaceIn, tx: Transaction) -> bool:
    return await keep_place(KeepPlace(code=row.code, name=row.name), tx)


async def _take_duty(row: DutyIn, tx: Transaction) -> bool:
    command = SaveDuty(**row.model_dump(), reason="批量导入", is_merged=True)
    return (await save_duty(command, tx)) is not None


async def _take_article(row: ArticleIn, tx: Transaction) -> bool:
    await save_article(SaveArticle(content=row.content(), reason="批量导入"), tx)
    return True


_TABLES = {
    PLACE_IMPORT: _Table(
        columns={"code": "code", "name": "name", "区划代码": "code", "名称": "name"},
        lists=frozenset(),
        row=PlaceIn,
        take=_take_place,
        key=lambda row: str(row.code),
    ),
    DUTY_IMPORT: _Table(
        columns={
            "category": "category",
            "分类": "category",
            "division": "division",
            "区划": "division",
            "department": "department",
            "承办单位": "department",
            "co_departments": "co_departments",
            "协办单位": "co_departments",
            "basis": "basis",
            "依据": "basis",
            "valid_from": "valid_from",
            "生效日期": "valid_from",
            "valid_until": "valid_until",
            "截止日期": "valid_until",
        },
        lists=frozenset({"co_departments"}),
        row=DutyIn,
        take=_take_duty,
        key=lambda row: f"{row.category} {row.division}",
    ),
    ARTICLE_IMPORT: _Table(
        columns={
            "category": "category",
            "分类": "category",
            "title": "title",
            "标题": "title",
            "question": "question",
            "问题": "question",
            "answer": "answer",
            "答案": "answer",
            "valid_from": "valid_from",
            "生效日期": "valid_from",
            "valid_until": "valid_until",
            "失效日期": "valid_until",
            "review_due": "review_due",
            "复核日期": "review_due",
        },
        lists=frozenset(),
        row=ArticleIn,
        take=_take_article,
        key=lambda row: str(row.title),
    ),
}


async def take_table(run: JobRun) -> None:
    """Take a kept file row by row, within the reach of whoever handed it in."""
    table = _TABLES[run.kind]
    data = await run.runtime.blobs.get(str(run.input["sha256"]))
    media_type = str(run.input["media_type"])
    try:
        rows = await run.in_thread(lambda: list(read_rows(data, media_type=media_type)))
    except ProblemError as error:
        raise JobFailedError(f"{error.zh} / {error.en}") from None
    if not rows:
        raise JobFailedError(
            "文件中没有数据行，请在表头下填写后再导入 / The file holds no rows; fill it in and send it again"
        )
    left = iter(rows[run.done :])
    while batch := list(islice(left, BATCH_ROWS)):
        await _take_batch(run, table, batch, total=len(rows))


async def _take_batch(
    run: JobRun, table: _Table, batch: Sequence[Row | RowFault], *, total: int
) -> None:
    scope = Scope(**run.input["scope"])
    tx: Transaction = run.runtime.begin(run.owner, scope, correlation_id=str(run.id))
    try:
        verdicts = [await _verdict(table, line, tx) for line in batch]
        await run.advance(tx, verdicts, total=total)
    finally:
        await tx.close()


async def _verdict(table: _Table, line: Row | RowFault, tx: Transaction) -> RowVerdict:
    verdict = RowVerdict(number=line.number, verdict="refused")
    if isinstance(line, RowFault):
        verdict.faults = [_fault(line.code, line.zh, line.en, line.column or "")]
        return verdict
    try:
        row = table.row.model_validate(_values(table, line.values))
    except ValidationError as error:
        verdict.faults = list(islice(_unusable(error), FAULTS_MAX))
        return verdict
    verdict.key = table.key(row)
    try:
        is_new = await table.take(row, tx)
    except ProblemError as error:
        verdict.faults = [_fault(error.problem_code, error.zh, error.en)]
        return verdict
    verdict.verdict = "accepted" if is_new else "remarked"
    if not is_new:
        verdict.faults = [_fault("already-there", "已有相同内容，未作改动", "It is there already")]
    return verdict


def _values(table: _Table, stated: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are known, empty ones left out; other columns of the file do not matter."""
    found: dict[str, Any] = {}
    for head, value in stated.items():
        name = table.columns.get(str(head).strip())
        if name is None or value in ("", None):
            continue
        is_list = name in table.lists and isinstance(value, str)
        found[name] = [each for each in _BETWEEN.split(value) if each] if is_list else value
    return found


def _unusable(error: ValidationError) -> Iterator[dict[str, Any]]:
    for each in error.errors():
        name = str(each["loc"][0]) if each["loc"] else ""
        yield _fault(
            "value-unusable",
            f"“{name}”缺失或不合要求，请改正后重新导入该行",
            f"{name}: {each['msg']}",
            name,
        )


def _fault(code: str, zh: str, en: str, column: str = "") -> dict[str, Any]:
    return {"code": code, "zh": zh, "en": en, "column": column}


JOBS: Mapping[str, JobCode] = dict.fromkeys(_TABLES, take_table)
BACKGROUND: tuple[BackgroundTask, ...] = ()

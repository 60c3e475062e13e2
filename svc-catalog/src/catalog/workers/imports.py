"""Long work of svc-catalog: the import of a list of items, in batches, going on where it was after a stop."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy.exc import IntegrityError

from catalog.domain.imported import FLAT_COLUMNS, ImportedRow, read_row, unknown_columns
from catalog.use_cases.import_rows import import_rows
from chassis.blobs import JSON_LINES
from chassis.errors import ProblemError
from chassis.jobs import JobCode, JobFailedError, JobRun
from chassis.service import BackgroundTask
from chassis.workbooks import Row, RowFault, read_rows
from contracts.vocabulary import Role

BATCH_ROWS = 200
DOUBLED_NAMES_MAX = 100_000
TRIES_MAX = 3


@dataclass(frozen=True, kw_only=True)
class _Survey:
    """What the whole file says before its first row is taken."""

    total: int
    doubled_names: frozenset[tuple[str, str]]


async def import_items(run: JobRun) -> None:
    """Read a kept file and take it row by row; effects, verdicts and progress of a batch are one commit."""
    data = await run.runtime.blobs.get(str(run.input["sha256"]))
    media_type = str(run.input["media_type"])
    promised_days, may_add = await _rules(run)
    try:
        survey = await asyncio.to_thread(_survey, data, media_type, promised_days)
    except ProblemError as error:
        raise JobFailedError(f"{error.zh} / {error.en}") from None
    rows = _rows_after(data, media_type, run.done, promised_days)
    while batch := await asyncio.to_thread(lambda: list(islice(rows, BATCH_ROWS))):
        await _take_for_sure(run, batch, survey, may_add=may_add)
    if survey.total == 0:
        raise JobFailedError("文件中没有数据行 / The file holds no rows")


async def _rules(run: JobRun) -> tuple[Mapping[str, int], bool]:
    tx = run.begin()
    try:
        return await tx.rule("default-promised-days"), await tx.rule("import-for-other-departments")
    finally:
        await tx.close()


async def _take_for_sure(
    run: JobRun, batch: Sequence[ImportedRow], survey: _Survey, *, may_add: bool
) -> None:
    """Two imports may bring the same item in the same moment: who comes second reads again and finds it there."""
    for _ in range(TRIES_MAX - 1):
        with contextlib.suppress(IntegrityError):
            return await _take(run, batch, survey, may_add=may_add)
    return await _take(run, batch, survey, may_add=may_add)


async def _take(
    run: JobRun, batch: Sequence[ImportedRow], survey: _Survey, *, may_add: bool
) -> None:
    is_admin = Role.SYSTEM_ADMIN in run.owner.roles
    tx = run.begin()
    try:
        verdicts = await import_rows(
            batch,
            tx,
            job_id=str(run.id),
            doubled_names=survey.doubled_names,
            may_add_all=is_admin or may_add,
            may_change_all=is_admin,
        )
        await run.advance(tx, verdicts, total=survey.total)
    finally:
        await tx.close()


def _rows_after(
    data: bytes, media_type: str, done: int, promised_days: Mapping[str, int]
) -> Iterator[ImportedRow]:
    """The rows that no earlier run has seen, read."""
    for row in islice(read_rows(data, media_type=media_type), done, None):
        yield _read(row, promised_days)


def _read(row: Row | RowFault, promised_days: Mapping[str, int]) -> ImportedRow:
    if isinstance(row, Row):
        return read_row(row.number, row.values, promised_days=promised_days)
    broken = {"code": row.code, "zh": row.zh, "en": row.en, "column": row.column or ""}
    return ImportedRow(number=row.number, key="", guide=None, faults=(broken,))


def _survey(data: bytes, media_type: str, promised_days: Mapping[str, int]) -> _Survey:
    """Count the rows, find names that stand twice, and refuse a table whose columns we do not know."""
    total = 0
    names: Counter[tuple[str, str]] = Counter()
    for row in read_rows(data, media_type=media_type):
        if total == 0 and isinstance(row, Row) and media_type != JSON_LINES:
            _check_columns(row.values)
        total += 1
        read = _read(row, promised_days)
        if read.guide is not None and len(names) < DOUBLED_NAMES_MAX:
            names[(read.guide.division, read.guide.name)] += 1
    doubled = frozenset(name for name, count in names.items() if count > 1)
    return _Survey(total=total, doubled_names=doubled)


def _check_columns(values: Mapping[str, Any]) -> None:
    unknown = unknown_columns(values)
    if unknown:
        named = "、".join(unknown[:10])[:200]
        known = "、".join(FLAT_COLUMNS.values())
        raise JobFailedError(
            f"没有这些列：{named}；可用的列：{known} / Unknown columns; use {', '.join(FLAT_COLUMNS)}"
        )


JOBS: dict[str, JobCode] = {"import-items": import_items}
BACKGROUND: tuple[BackgroundTask, ...] = ()

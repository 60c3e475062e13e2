"""Long work of svc-catalog: the import of a list of items.

The file is read once, in a thread, into a file of rows; batches of those are then taken, each with its verdicts in one
commit, so that a killed import goes on after its last batch. All or nothing is one transaction over all batches, and
only after a trial has found no row to refuse.
"""

import asyncio
import contextlib
import pickle
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import IO

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalog.documents.guide_files import rows_of
from catalog.domain.file_rows import ImportedRow, fault
from catalog.domain.imported import in_national_codes, read_row
from catalog.use_cases.import_rows import ImportTerms, import_rows
from chassis.blobs import JSON_LINES
from chassis.errors import ProblemError
from chassis.jobs import JobCode, JobFailedError, JobRun, RowVerdict
from chassis.service import BackgroundTask
from contracts.guide import Guide
from contracts.vocabulary import Role

BATCH_ROWS = 400
DOUBLED_NAMES_MAX = 100_000
TRIES_MAX = 3

Rows = Iterator[ImportedRow]


async def import_items(run: JobRun) -> None:
    """Read a kept file and take it row by row; effects, verdicts and progress of a batch are one commit."""
    data = await run.runtime.blobs.get(str(run.input["sha256"]))
    media_type = str(run.input["media_type"])
    terms, promised_days = await _terms(run)
    with tempfile.TemporaryFile() as kept:
        is_guangdong = run.input.get("codes") == "guangdong"
        reading = _Reading(kept=kept, promised_days=promised_days, is_guangdong=is_guangdong)
        try:
            await run.in_thread(lambda: reading.read(data, media_type))
        except ProblemError as error:
            raise JobFailedError(f"{error.zh} / {error.en}") from None
        if reading.total == 0:
            raise JobFailedError(
                "文件中没有数据行，请在表头下填写后再导入 / The file holds no rows; fill it in and send it again"
            )
        terms = replace(terms, doubled_names=reading.doubled_names())
        if run.input.get("is_atomic") and not terms.is_trial:
            await _take_all_or_nothing(run, reading, terms)
        else:
            await _take_in_batches(run, reading, terms)


async def _terms(run: JobRun) -> tuple[ImportTerms, Mapping[str, int]]:
    is_admin = Role.SYSTEM_ADMIN in run.owner.roles
    tx = run.begin()
    try:
        may_add = await tx.rule("import-for-other-departments")
        promised_days = await tx.rule("default-promised-days")
    finally:
        await tx.close()
    terms = ImportTerms(
        job_id=str(run.id),
        may_add_all=is_admin or bool(may_add),
        may_change_all=is_admin,
        is_trial=bool(run.input.get("is_trial")),
    )
    return terms, promised_days


async def _take_in_batches(run: JobRun, reading: "_Reading", terms: ImportTerms) -> None:
    rows = reading.rows_after(run.done)
    batch = await run.in_thread(lambda: _next(rows))
    while batch:
        # PostgreSQL works most of the time that a batch takes: the next one is made ready meanwhile.
        coming = asyncio.create_task(run.in_thread(lambda: _next(rows)))
        try:
            await _take_for_sure(run, batch, reading.total, terms)
        finally:
            following = await coming
        batch = following


def _next(rows: Rows) -> list[ImportedRow]:
    return list(islice(rows, BATCH_ROWS))


async def _take_for_sure(
    run: JobRun, batch: list[ImportedRow], total: int, terms: ImportTerms
) -> None:
    """Two imports may bring the same item in the same moment: who comes second reads again and finds it there."""
    for _ in range(TRIES_MAX - 1):
        with contextlib.suppress(IntegrityError):
            return await _take(run, batch, total, terms)
    return await _take(run, batch, total, terms)


async def _take(run: JobRun, batch: list[ImportedRow], total: int, terms: ImportTerms) -> None:
    tx = run.begin()
    try:
        verdicts = await import_rows(batch, tx, terms=terms)
        await run.advance(tx, verdicts, total=total)
    finally:
        await tx.close()


async def _take_all_or_nothing(run: JobRun, reading: "_Reading", terms: ImportTerms) -> None:
    """Every row, in one transaction, or none: first a trial of all of them, then the writing."""
    if run.done:
        # Its one commit was made, and the process died before it could say so.
        if refused_then := await _count_refused(run):
            raise _none_taken(refused_then)
        return
    await run.beat(total=reading.total)
    trial = await _all_on_trial(run, reading, replace(terms, is_trial=True))
    if not any(verdict.verdict == "refused" for verdict in trial):
        trial = await _all_at_once(run, reading, terms)
    refused = sum(verdict.verdict == "refused" for verdict in trial)
    if refused:
        await _hold_back(run, trial)
        raise _none_taken(refused)


def _none_taken(refused: int) -> JobFailedError:
    return JobFailedError(
        f"按“全部或不导入”处理：{refused} 行有误，一行也没有导入；请改正这些行后重新导入整个文件 / "
        f"All or nothing: {refused} rows are refused, so none was taken; mend them and send the whole file"
    )


async def _count_refused(run: JobRun) -> int:
    jobs = run.runtime.table("jobs")
    tx = run.begin()
    try:
        return int(await tx.scalar(select(jobs.c.refused).where(jobs.c.id == run.id)) or 0)
    finally:
        await tx.close()


async def _all_on_trial(run: JobRun, reading: "_Reading", terms: ImportTerms) -> list[RowVerdict]:
    verdicts: list[RowVerdict] = []
    rows = reading.rows_after(0)
    while batch := await run.in_thread(lambda: _next(rows)):
        tx = run.begin()
        try:
            verdicts.extend(await import_rows(batch, tx, terms=terms))
        finally:
            await tx.close()
        await run.beat()
    return verdicts


async def _all_at_once(run: JobRun, reading: "_Reading", terms: ImportTerms) -> list[RowVerdict]:
    """The verdicts of all rows; they and the effects are committed when none is refused."""
    verdicts: list[RowVerdict] = []
    rows = reading.rows_after(0)
    tx = run.begin()
    try:
        while batch := await run.in_thread(lambda: _next(rows)):
            found = await import_rows(batch, tx, terms=terms)
            await tx.flush()
            verdicts.extend(found)
            await run.beat()
        if not any(verdict.verdict == "refused" for verdict in verdicts):
            await run.advance(tx, verdicts)
    finally:
        await tx.close()
    return verdicts


async def _hold_back(run: JobRun, verdicts: list[RowVerdict]) -> None:
    """Keep the verdicts of an import of which nothing was taken; rows without a fault of theirs are held back."""
    for verdict in verdicts:
        if verdict.verdict != "refused":
            verdict.verdict, verdict.made_id = "held-back", None
    tx = run.begin()
    try:
        await run.advance(tx, verdicts)
    finally:
        await tx.close()


@dataclass(kw_only=True)
class _Reading:
    """A file read once: its rows, kept in a file of our own, and what only the whole of it can say."""

    kept: IO[bytes]
    promised_days: Mapping[str, int]
    is_guangdong: bool = False
    """The file numbers its task types as 广东政务服务网 does."""
    total: int = 0
    _names: Counter[tuple[str, str]] = field(default_factory=Counter)
    _first: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)
    """Of each code, the row that brought it first, and where that lies in the file of rows."""

    def read(self, data: bytes, media_type: str) -> None:
        """Every row, read and kept. Raises what concerns the whole file."""
        pickler = pickle.Pickler(self.kept, protocol=pickle.HIGHEST_PROTOCOL)
        for read in rows_of(data, media_type):
            # Whole guides in tables name their task types in words, which are the same everywhere.
            is_coded = media_type == JSON_LINES or not read.is_whole
            source = in_national_codes(read) if self.is_guangdong and is_coded else read
            row = self._compared(read_row(source, promised_days=self.promised_days))
            self.total += 1
            pickler.dump(row)
            pickler.clear_memo()

    def rows_after(self, done: int) -> Rows:
        """The rows that no earlier run has seen."""
        self.kept.seek(0)
        for place in range(self.total):
            row: ImportedRow = pickle.load(self.kept)  # noqa: S301  a file without a name, written above
            if place >= done:
                yield row

    def _row_at(self, spot: int) -> ImportedRow:
        """One of the rows kept so far."""
        end = self.kept.tell()
        self.kept.seek(spot)
        row: ImportedRow = pickle.load(self.kept)  # noqa: S301  a file without a name, written below
        self.kept.seek(end)
        return row

    def doubled_names(self) -> frozenset[tuple[str, str]]:
        return frozenset(name for name, count in self._names.items() if count > 1)

    def _compared(self, row: ImportedRow) -> ImportedRow:
        """A row beside those before it: one code stands once in a file."""
        if row.guide is None:
            return row
        if len(self._names) < DOUBLED_NAMES_MAX:
            self._names[(row.guide.division, row.guide.name)] += 1
        codes = _codes(row.guide)
        first = next((self._first[code] for code in codes if code in self._first), None)
        if first is None:
            for code in codes:
                self._first[code] = (row.number, self.kept.tell())
            return row
        number, spot = first
        if self._row_at(spot).guide == row.guide:
            same = fault(
                "row-repeated",
                f"与第 {number} 行相同，已按第 {number} 行处理",
                f"The same as row {number}, and done with it",
            )
            return replace(row, guide=None, faults=(*row.faults, same), is_passed_over=True)
        other = fault(
            "code-twice-in-file",
            f"与第 {number} 行编码相同而内容不同，只按第 {number} 行处理",
            f"The same code as row {number} with other content; only row {number} counts",
            "item_code",
        )
        return replace(row, guide=None, faults=(*row.faults, other))


def _codes(guide: Guide) -> list[tuple[str, ...]]:
    """By what an item is known: the code it came with in its division, and ours."""
    codes: list[tuple[str, ...]] = [(guide.item_code, guide.division, guide.department)]
    if guide.original_code:
        codes.append((guide.original_code, guide.division))
    return codes


JOBS: dict[str, JobCode] = {"import-items": import_items, "try-import-items": import_items}
BACKGROUND: tuple[BackgroundTask, ...] = ()

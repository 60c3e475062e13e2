"""Long work of triage: learning from decisions, and holding a model against rows. Each in a process of its own.

Learning needs a library that costs a second to load and all of one core; the process that takes calls does neither.
"""

import asyncio
import io
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis.blobs import CSV, JSON_LINES, XLSX
from chassis.errors import NotFoundError
from chassis.indicators import Period
from chassis.jobs import HEARTBEAT_SECONDS, JobCode, JobFailedError, JobRun
from chassis.service import BackgroundTask
from workorder.domain.proposals import EVALUATION, TRAINING
from workorder.queries import triage as queries
from workorder.repository.triage_models import keep_evaluation, locked_model, model_content
from workorder.tables import triage_decisions
from workorder.triage.model import load_model
from workorder.use_cases.keep_triage_model import KeepTriageModel, keep_triage_model

ROWS_MAX = 50_000
PAGE_ROWS = 2_000
_SUFFIXES = {CSV: ".csv", XLSX: ".xlsx", JSON_LINES: ".jsonl"}


async def train_from_decisions(run: JobRun) -> None:
    """Write the decisions down, the newest of each order, and let a process learn from them; its model is kept."""
    with tempfile.TemporaryDirectory(prefix="triage-") as folder:
        data, model = Path(folder) / "rows.jsonl", Path(folder) / "model.zip"
        rows = await _write_rows(run, data)
        await run.beat(done=0, total=rows)
        await _run(run, "train", data, model)
        content = await asyncio.to_thread(model.read_bytes)
    read = await run.in_thread(lambda: load_model(io.BytesIO(content)))
    tx = run.begin()
    try:
        note = str(run.input.get("note") or f"由 {rows} 条分派决定训练")
        command = KeepTriageModel(content=content, facts=read.facts, origin="trained", note=note)
        await keep_triage_model(command, tx)
        await run.record(tx, [], total=rows)
        await tx.commit()
    finally:
        await tx.close()
    await run.beat(done=rows)


async def _write_rows(run: JobRun, path: Path) -> int:
    """One row an order, newest first, at most ROWS_MAX; masked text only. Returns how many."""
    seen: set[UUID] = set()
    last: UUID | None = None
    t = triage_decisions.c
    statement = queries.with_text(queries.decisions_where(_period(run.input)))
    with path.open("w", encoding="utf-8") as file:
        while len(seen) < ROWS_MAX:
            page = statement if last is None else statement.where(t.id < last)
            tx = run.begin()
            try:
                rows = await tx.all(page.order_by(t.id.desc()).limit(PAGE_ROWS))
            finally:
                await tx.close()
            for row in rows:
                if row.work_order_id not in seen and row.label:
                    seen.add(row.work_order_id)
                    told = {"text": row.text, "label": row.label, "department": row.department}
                    file.write(json.dumps(told, ensure_ascii=False) + "\n")
            if len(rows) < PAGE_ROWS:
                break
            last = rows[-1].id
            await run.beat()
    return len(seen)


def _period(told: Mapping[str, Any]) -> Period:
    return Period(first_day=_day(told.get("first_day")), last_day=_day(told.get("last_day")))


def _day(stated: str | None) -> date | None:
    return date.fromisoformat(stated) if stated else None


async def evaluate_model(run: JobRun) -> None:
    """Hold a model against the rows of a file; the figures stand beside it."""
    model_id = UUID(str(run.input["model_id"]))
    rows = await run.runtime.blobs.get(str(run.input["sha256"]))
    tx = run.begin()
    try:
        content = await model_content(tx, model_id)
    finally:
        await tx.close()
    with tempfile.TemporaryDirectory(prefix="triage-") as folder:
        data = Path(folder) / f"rows{_SUFFIXES[str(run.input['media_type'])]}"
        model = Path(folder) / "model.zip"
        await asyncio.to_thread(data.write_bytes, rows)
        await asyncio.to_thread(model.write_bytes, content)
        told = await _run(run, "evaluate", data, model)
    evaluation = json.loads(told.splitlines()[-1])
    tx = run.begin()
    try:
        row = await locked_model(tx, model_id)
        if row is None:
            raise NotFoundError
        keep_evaluation(tx, row, evaluation)
        await tx.commit()
    finally:
        await tx.close()
    await run.beat(done=evaluation["rows"], total=evaluation["rows"])


async def _run(run: JobRun, verb: str, *paths: Path) -> str:
    """The command line's own verb, in a process; raises JobFailedError with its words, JobCancelledError when asked."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *_command(verb, paths),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    ending = asyncio.ensure_future(process.communicate())
    try:
        while not (await asyncio.wait({ending}, timeout=HEARTBEAT_SECONDS))[0]:
            await run.beat()
        out, err = ending.result()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await ending
    if process.returncode:
        words = err.decode(errors="replace").strip().splitlines()
        raise JobFailedError(words[-1] if words else "训练未完成，请联系运维 / it did not end well")
    return out.decode()


def _command(verb: str, paths: Sequence[Path]) -> list[str]:
    return ["-m", "workorder.triage", verb, *map(str, paths)]


JOBS: Mapping[str, JobCode] = {TRAINING: train_from_decisions, EVALUATION: evaluate_model}
BACKGROUND: tuple[BackgroundTask, ...] = ()

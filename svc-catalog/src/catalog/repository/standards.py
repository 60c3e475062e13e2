"""Basic items and the files of guides, in and out of PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select

from catalog.domain.item import Item, ItemVersion
from catalog.tables.standards import (
    basic_item_steps,
    basic_items,
    guide_file_steps,
    guide_files,
    published_files,
    withdrawn_files,
)
from chassis.clock import local_date
from chassis.errors import FieldFault, NotFoundError
from chassis.steps import add_step, step_row
from chassis.transaction import Transaction
from contracts.guide import FileReference, Guide

FILE_KIND = "file"


async def basic_items_of(tx: Transaction, codes: Collection[str]) -> dict[str, Row[Any]]:
    """Basic items by their code, locked until the end."""
    statement = select(basic_items).where(basic_items.c.code.in_(sorted(codes)))
    rows = await tx.all(statement.order_by(basic_items.c.id).with_for_update())
    return {row.code: row for row in rows}


async def add_basic_items(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    await tx.insert_many(basic_items, rows)


def store_basic_item(tx: Transaction, row: Row[Any], **values: Any) -> None:
    match = {"id": row.id, "version": row.version}
    tx.update(basic_items, match=match, **values, version=row.version + 1)


async def add_basic_item_steps(
    tx: Transaction, steps: Sequence[tuple[UUID, str, str]], *, reason: str
) -> None:
    """Each: the basic item, the step, and what changed in words."""
    rows = [
        step_row(
            tx,
            of={"basic_item_id": basic_item_id},
            step=step,
            state="listed",
            reason="；".join(part for part in (reason, words) if part)[:2_000],
        )
        for basic_item_id, step, words in steps
    ]
    await tx.insert_many(basic_item_steps, rows)


async def basic_item_faults(
    tx: Transaction, guides: Sequence[Guide]
) -> list[tuple[FieldFault, ...]]:
    """For each guide, in order, what its basic code lacks.

    It is on no list, not in force on the guide's first day, of another type, or not exercised at this level.
    """
    codes = sorted({guide.basic_code for guide in guides if guide.basic_code})
    known: dict[str, Row[Any]] = {}
    if codes:
        t = basic_items.c
        statement = select(
            t.code, t.task_type, t.use_levels, t.in_force_from, t.in_force_until
        ).where(t.code.in_(codes))
        rows = await tx.all(statement)
        known = {row.code: row for row in rows}
    today = local_date(tx.now)
    return [_faults_of(guide, known, guide.effective_from or today) for guide in guides]


def _faults_of(guide: Guide, known: Mapping[str, Row[Any]], day: date) -> tuple[FieldFault, ...]:
    if guide.basic_code is None:
        return ()
    found = known.get(guide.basic_code)
    if found is None:
        return (
            FieldFault(
                pointer="/guide/basic_code",
                code="basic-item-unknown",
                zh=f"基本目录中没有编码 {guide.basic_code}，请核对，或请系统管理员先登记该基本目录事项",
                en="No basic item has this code; check it, or let an administrator register it first",
            ),
        )
    faults = []
    if day < found.in_force_from or (found.in_force_until and day >= found.in_force_until):
        faults.append(
            FieldFault(
                pointer="/guide/basic_code",
                code="basic-item-not-in-force",
                zh=f"基本目录事项 {guide.basic_code} 在 {day} 不在有效期内，请核对编码或生效日期",
                en=f"The basic item is not in force on {day}; check its code or effective_from",
            )
        )
    if guide.task_type != found.task_type:
        faults.append(
            FieldFault(
                pointer="/guide/task_type",
                code="task-type-not-of-basic-item",
                zh=f"事项类型与基本目录不一致：基本目录为 {found.task_type}，请核对",
                en=f"The basic item's task type is {found.task_type}; check task_type or basic_code",
            )
        )
    if guide.use_level is not None and guide.use_level not in found.use_levels:
        faults.append(
            FieldFault(
                pointer="/guide/use_level",
                code="use-level-not-of-basic-item",
                zh="该基本目录事项不由此层级行使，请核对行使层级",
                en="The basic item is not exercised at this level; check use_level",
            )
        )
    return tuple(faults)


def files_named(guide: Guide) -> dict[str, FileReference]:
    """The sample and blank files that a guide names, by their ids."""
    found = [file for material in guide.materials for file in (material.sample, material.blank)]
    found += [result.sample for result in guide.results]
    return {file.id: file for file in found if file is not None}


async def file_faults(tx: Transaction, guides: Sequence[Guide]) -> list[tuple[FieldFault, ...]]:
    """For each guide, in order, the files it names that nobody of its department has kept here, or that are withdrawn."""
    named = [files_named(guide) for guide in guides]
    wanted = sorted({file_id for files in named for file_id in files})
    kept: set[tuple[str, str]] = set()
    withdrawn: set[str] = set()
    if wanted:
        t, w = guide_files.c, withdrawn_files.c
        rows = await tx.all(select(t.id, t.department).where(t.id.in_(wanted)))
        kept = {(row.id, row.department) for row in rows}
        gone = await tx.all(select(w.file_id).where(w.file_id.in_(wanted)))
        withdrawn = {row.file_id for row in gone}
    return [
        tuple(
            _file_fault(file.name, is_withdrawn=file_id in withdrawn)
            for file_id, file in files.items()
            if file_id in withdrawn or (file_id, guide.department) not in kept
        )
        for guide, files in zip(guides, named, strict=True)
    ]


def _file_fault(name: str, *, is_withdrawn: bool) -> FieldFault:
    if is_withdrawn:
        return FieldFault(
            pointer="/guide/materials",
            code="file-withdrawn",
            zh=f"文件“{name}”已撤下，请换用新的样表或空白表",
            en=f"The file `{name}` is withdrawn; name another one",
        )
    return FieldFault(
        pointer="/guide/materials",
        code="file-unknown",
        zh=f"文件“{name}”未上传，请先上传样表或空白表",
        en=f"The file `{name}` is not kept here; upload it first",
    )


async def keep_published_files(
    tx: Transaction, entered: Sequence[tuple[Item, ItemVersion]]
) -> None:
    """Files that guides in force name are public, and stay so: applications keep the version they began with."""
    rows = [
        {"file_id": file_id, "item_id": item.id, "name": file.name}
        for item, version in entered
        for file_id, file in files_named(version.guide).items()
    ]
    await tx.insert_many(published_files, rows, keys=("file_id", "item_id"))


async def get_file(tx: Transaction, file_id: str) -> Row[Any]:
    """A file of the caller's department, locked until the end; raises NotFoundError."""
    statement = select(guide_files).where(guide_files.c.id == file_id).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError("没有这个文件，或属于其他部门", "There is no such file in reach")
    return row


async def withdrawal_of(tx: Transaction, file_id: str) -> Row[Any] | None:
    """By which department a file is withdrawn, when, and why."""
    statement = select(withdrawn_files).where(withdrawn_files.c.file_id == file_id)
    return await tx.one_or_none(statement)


def withdraw_file(tx: Transaction, row: Row[Any], *, reason: str) -> None:
    """Shown to nobody from now on."""
    tx.insert(
        withdrawn_files,
        file_id=row.id,
        department=row.department,
        reason=reason,
        withdrawn_at=tx.now,
    )
    _add_file_step(tx, row, step="withdrawn", state="withdrawn", reason=reason)


async def reinstate_file(tx: Transaction, row: Row[Any], *, reason: str) -> None:
    """Shown again to whom it was shown before."""
    await tx.execute(delete(withdrawn_files).where(withdrawn_files.c.file_id == row.id))
    _add_file_step(tx, row, step="reinstated", state="kept", reason=reason)


def _add_file_step(tx: Transaction, row: Row[Any], *, step: str, state: str, reason: str) -> None:
    of = {"kind": FILE_KIND, "of_id": row.id}
    add_step(tx, guide_file_steps, of=of, step=step, state=state, reason=reason)

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from catalog.domain.imported import ImportedRow, fault
from catalog.domain.item import Item, ItemState, ItemVersion
from catalog.repository.in_force import enter_into_force
from catalog.repository.items import (
    Columns,
    Known,
    add_rows,
    item_columns,
    keep_departments,
    known_items,
    step_columns,
    store_item,
    version_columns,
)
from catalog.tables.items import item_steps, item_versions, items
from catalog.tellings import tell_published
from chassis.errors import InvalidError
from chassis.ids import new_id
from chassis.jobs import RowVerdict
from chassis.transaction import Transaction
from contracts.guide import Guide

FLAT_FIELDS = ("name", "main_item", "task_type", "department_name")
"""What a flat row says of an item that is there already; the rest of its guide stays."""

Fault = dict[str, Any]


@dataclass(kw_only=True)
class _Batch:
    """What a batch of rows adds, gathered for one statement a table."""

    tx: Transaction
    known: Known
    job_id: str
    may_add_all: bool
    may_change_all: bool
    version_rows: list[Columns] = field(default_factory=list)
    step_rows: list[Columns] = field(default_factory=list)
    fresh: dict[Any, Item] = field(default_factory=dict)
    changed: dict[Any, tuple[Item, int]] = field(default_factory=dict)
    """Items that were there, each with the version at which it was read."""
    told: list[tuple[Item, ItemVersion, int]] = field(default_factory=list)
    """What to tell: item, version, and the item's place in its own order."""

    def take(self, item: Item, guide: Guide) -> None:
        """Put a guide in force as the item's next version."""
        version = item.take_over(guide, id=new_id(), by=self.tx.principal.subject, at=self.tx.now)
        reason = f"按已发布清单导入，任务 {self.job_id}"
        self.version_rows.append(version_columns(item, version))
        self.step_rows.append(
            step_columns(self.tx, item, step="imported", reason=reason, number=version.number)
        )
        self.known.add(item, guide)
        self.told.append((item, version, item.version))


async def import_rows(
    rows: Sequence[ImportedRow],
    tx: Transaction,
    *,
    job_id: str,
    doubled_names: Collection[tuple[str, str]],
    may_add_all: bool,
    may_change_all: bool,
) -> list[RowVerdict]:
    """Take a batch of rows into the books, published at once (docs/decisions); one verdict a row."""
    guides = [row.guide for row in rows if row.guide is not None]
    batch = _Batch(
        tx=tx,
        known=await known_items(tx, guides),
        job_id=job_id,
        may_add_all=may_add_all,
        may_change_all=may_change_all,
    )
    verdicts = [_import_row(row, batch, doubled_names) for row in rows]
    await keep_departments(tx, [version.guide for _, version, _ in batch.told])
    await add_rows(tx, items, [item_columns(item) for item in batch.fresh.values()])
    for item, seen in batch.changed.values():
        store_item(tx, item, seen=seen)
    await add_rows(tx, item_versions, batch.version_rows)
    await enter_into_force(tx, [(item, version) for item, version, _ in batch.told])
    await add_rows(tx, item_steps, batch.step_rows)
    await _tell(batch)
    return verdicts


async def _tell(batch: _Batch) -> None:
    """In order within an item: what is gathered for one statement has no order among itself."""
    gathered: set[UUID] = set()
    for item, version, sequence in batch.told:
        if item.id in gathered:
            await batch.tx.flush()
            gathered.clear()
        gathered.add(item.id)
        tell_published(batch.tx, item, version, sequence=sequence)


def _import_row(
    row: ImportedRow, batch: _Batch, doubled_names: Collection[tuple[str, str]]
) -> RowVerdict:
    faults = list(row.faults)
    if row.guide is None:
        return _refused(row, faults)
    if (row.guide.division, row.guide.name) in doubled_names:
        faults.append(
            fault(
                "name-stands-twice",
                "清单中另有同名事项，两项都已收录，请核对",
                "Another row has the same name; both are taken, please check",
                "name",
            )
        )
    found = batch.known.find(row.guide)
    try:
        if found is None:
            if not batch.may_add_all and row.guide.department != batch.tx.principal.department:
                return _refused(row, [*faults, _NOT_YOURS])
            item = Item.create(row.guide, id=new_id(), at=batch.tx.now)
            batch.fresh[item.id] = item
            batch.take(item, row.guide)
        else:
            item = found[0]
            refusal = _meet_known(row, found, batch, faults)
            if refusal is not None:
                return _refused(row, [*faults, refusal])
    except InvalidError as error:
        return _refused(row, [*faults, fault(error.problem_code, error.zh, error.en)])
    verdict = RowVerdict(number=row.number, verdict="accepted", key=row.key, made_id=str(item.id))
    verdict.faults = faults
    verdict.verdict = "remarked" if faults else "accepted"
    return verdict


_NOT_YOURS = fault(
    "department-not-yours",
    "该事项属于其他部门；请由该部门或系统管理员导入",
    "The item belongs to another department; let that department or an administrator import it",
    "dept_code",
)


def _meet_known(
    row: ImportedRow, found: tuple[Item, Guide | None], batch: _Batch, faults: list[Fault]
) -> Fault | None:
    """A row about an item that is there: unchanged, a new version, or the reason why not."""
    item, guide = found
    assert row.guide is not None
    refusal = _why_untouchable(item, guide)
    if refusal is not None or guide is None:
        return refusal
    wanted = row.guide if row.is_whole else _updated(guide, row.guide)
    if wanted == guide:
        faults.append(
            fault(
                "already-there",
                "该事项已在库中且内容相同，未作改动",
                "The item is there with the same content; nothing was changed",
            )
        )
        return None
    if not _may_change(item, batch):
        return fault(
            "item-of-another-department",
            "该事项属于其他部门，内容不同，不能由您更改；请由该部门或系统管理员导入",
            "The item belongs to another department; let that department or an administrator import it",
        )
    if item.id not in batch.fresh:
        batch.changed.setdefault(item.id, (item, item.version))
    batch.take(item, wanted)
    faults.append(
        fault(
            "new-version",
            "同一编码内容有变，已发布为新版本",
            "The same code with other content: published as a new version",
        )
    )
    return None


def _why_untouchable(item: Item, guide: Guide | None) -> Fault | None:
    if item.state is ItemState.WITHDRAWN:
        return fault(
            "item-withdrawn",
            "该事项已停办；如需恢复，请由本部门发布新版本",
            "The item is withdrawn here; its department can publish a new version",
        )
    if guide is None:
        return fault(
            "item-in-draft",
            "该事项正在起草，尚未发布；请先发布或另用编码",
            "The item is being drafted here; publish it first",
        )
    return None


def _may_change(item: Item, batch: _Batch) -> bool:
    return batch.may_change_all or item.department == batch.tx.principal.department


def _updated(guide: Guide, flat: Guide) -> Guide:
    return guide.model_copy(update={name: getattr(flat, name) for name in FLAT_FIELDS})


def _refused(row: ImportedRow, faults: list[Fault]) -> RowVerdict:
    return RowVerdict(number=row.number, verdict="refused", key=row.key, faults=faults)

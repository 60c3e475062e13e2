from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from catalog.domain.file_rows import FAULTS_MAX, Fault, ImportedRow, at_pointer, fault
from catalog.domain.item import GuideInconsistentError, Item, ItemState, ItemVersion
from catalog.repository.checks import publishing_faults
from catalog.repository.in_force import enter_into_force
from catalog.repository.items import (
    Columns,
    Known,
    KnownItem,
    add_rows,
    item_columns,
    keep_departments,
    known_items,
    step_columns,
    store_item,
    version_columns,
)
from catalog.repository.standards import basic_item_faults
from catalog.tables.items import item_steps, item_versions, items
from catalog.tellings import tell_published
from chassis.clock import CITY_ZONE
from chassis.errors import FieldFault, InvalidError
from chassis.ids import new_id
from chassis.jobs import RowVerdict
from chassis.transaction import Transaction
from contracts.guide import Guide

REFUSING = "proof-"
"""Findings whose codes begin so refuse a row; the others are remarks: a list need not wait for the basic items."""


@dataclass(frozen=True, kw_only=True)
class ImportTerms:
    """What holds for all rows of one import."""

    job_id: str
    doubled_names: Collection[tuple[str, str]] = frozenset()
    may_add_all: bool = False
    """New items of every department, not of the caller's alone."""
    may_change_all: bool = False
    """Take another authority's list over at once; otherwise a change is a draft for a second person."""
    is_trial: bool = False
    """Say what would become of each row, and write nothing."""


@dataclass(kw_only=True)
class _Batch:
    """What a batch of rows adds, gathered for one statement a table."""

    tx: Transaction
    known: Known
    terms: ImportTerms
    version_rows: list[Columns] = field(default_factory=list)
    step_rows: list[Columns] = field(default_factory=list)
    guides: list[Guide] = field(default_factory=list)
    fresh: dict[UUID, Item] = field(default_factory=dict)
    changed: dict[UUID, tuple[Item, int]] = field(default_factory=dict)
    """Items that were there, each with the version at which it was read."""
    told: list[tuple[Item, ItemVersion, int]] = field(default_factory=list)
    """What to tell: item, version, and the item's place in its own order."""

    def create(self, guide: Guide) -> Item:
        item = Item.create(guide, id=new_id(), at=self.tx.now)
        self.fresh[item.id] = item
        return item

    def touch(self, item: Item) -> None:
        if item.id not in self.fresh:
            self.changed.setdefault(item.id, (item, item.version))

    def take_over(self, item: Item, guide: Guide) -> None:
        """Put a guide in force as the item's next version."""
        by = self.tx.principal.subject
        version = item.take_over(guide, id=new_id(), by=by, at=self.tx.now)
        self._keep(item, version, "imported", f"按已发布清单导入，任务 {self.terms.job_id}")
        self.known.add(KnownItem(item, guide))
        self.told.append((item, version, item.version))

    def draft(self, known: KnownItem, guide: Guide) -> None:
        """Write a guide as the item's next draft; a second person publishes it."""
        item = known.item
        version = item.draft(guide, id=new_id(), by=self.tx.principal.subject, at=self.tx.now)
        self._keep(item, version, "drafted", f"按清单导入为草稿，任务 {self.terms.job_id}")
        self.known.add(KnownItem(item, known.guide, guide))

    def _keep(self, item: Item, version: ItemVersion, step: str, reason: str) -> None:
        if self.terms.is_trial:
            return
        self.guides.append(version.guide)
        self.version_rows.append(version_columns(item, version))
        self.step_rows.append(
            step_columns(self.tx, item, step=step, reason=reason, number=version.number)
        )


class _RefusedError(Exception):
    """Why a row is not taken."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


async def import_rows(
    rows: Sequence[ImportedRow], tx: Transaction, *, terms: ImportTerms
) -> list[RowVerdict]:
    """Take a batch of rows into the books (docs/decisions/0009); one verdict a row.

    New items and lists that an administrator takes over are in force at once; a publisher's change of an item that
    is there is a draft. Of a trial nothing is written.
    """
    guides = [row.guide for row in rows if row.guide is not None]
    known = await known_items(tx, guides, is_trial=terms.is_trial)
    batch = _Batch(tx=tx, known=known, terms=terms)
    wanted = [_wanted(row, known) for row in rows if row.guide is not None]
    found = iter(await _findings(tx, wanted) if wanted else [])
    verdicts = [
        _import_row(row, batch, next(found) if row.guide is not None else ()) for row in rows
    ]
    if not terms.is_trial:
        await _write(batch)
    return verdicts


async def _findings(tx: Transaction, wanted: Sequence[Guide]) -> list[tuple[FieldFault, ...]]:
    """What the publishing rules and the list of basic items (基本目录) say of each guide."""
    ruled = await publishing_faults(tx, wanted)
    listed = await basic_item_faults(tx, wanted)
    return [(*one, *other) for one, other in zip(ruled, listed, strict=True)]


async def _write(batch: _Batch) -> None:
    tx = batch.tx
    await keep_departments(tx, batch.guides)
    await add_rows(tx, items, [item_columns(item) for item in batch.fresh.values()])
    for item, seen in batch.changed.values():
        store_item(tx, item, seen=seen)
    await add_rows(tx, item_versions, batch.version_rows)
    await enter_into_force(tx, [(item, version) for item, version, _ in batch.told])
    await add_rows(tx, item_steps, batch.step_rows)
    await _tell(batch)


async def _tell(batch: _Batch) -> None:
    """In order within an item: what is gathered for one statement has no order among itself."""
    gathered: set[UUID] = set()
    for item, version, sequence in batch.told:
        if item.id in gathered:
            await batch.tx.flush()
            gathered.clear()
        gathered.add(item.id)
        tell_published(batch.tx, item, version, sequence=sequence)


def _import_row(row: ImportedRow, batch: _Batch, findings: Sequence[FieldFault]) -> RowVerdict:
    verdict = RowVerdict(number=row.number, verdict="refused", key=row.key, faults=list(row.faults))
    if row.guide is None:
        verdict.verdict = "remarked" if row.is_passed_over else "refused"
        return verdict
    remarks: list[Fault] = []
    try:
        item = _take(row, row.guide, batch, findings, remarks)
    except _RefusedError as refusal:
        verdict.faults.extend(refusal.faults)
    except GuideInconsistentError as error:
        verdict.faults.extend(at_pointer(row, one) for one in error.faults)
    except InvalidError as error:
        verdict.faults.append(fault(error.problem_code, error.zh, error.en))
    else:
        if (row.guide.division, row.guide.name) in batch.terms.doubled_names:
            remarks.append(_NAME_TWICE)
        verdict.faults.extend(remarks)
        verdict.verdict = "remarked" if verdict.faults else "accepted"
        verdict.made_id = str(item.id) if item is not None else None
    verdict.faults = verdict.faults[:FAULTS_MAX]
    return verdict


def _take(
    row: ImportedRow,
    guide: Guide,
    batch: _Batch,
    findings: Sequence[FieldFault],
    remarks: list[Fault],
) -> Item | None:
    """The item that the row speaks of, once it is taken; None for a new one of a trial. Raises why not."""
    known = batch.known.find(guide)
    if known is None:
        if not batch.terms.may_add_all and guide.department != batch.tx.principal.department:
            raise _RefusedError(_NOT_YOURS)
        remarks.extend(_judged(row, findings))
        item = batch.create(guide)
        if _is_later(guide, batch):
            remarks.append(_LATER)
            batch.draft(KnownItem(item, None), guide)
        else:
            batch.take_over(item, guide)
        return None if batch.terms.is_trial else item
    wanted = _adopted(known, row, guide, remarks)
    if known.guide is not None and wanted == known.guide and _is_open(known.item):
        remarks.append(_ALREADY_THERE)
    elif wanted == known.pending:
        remarks.append(_ALREADY_DRAFTED)
    else:
        _check_touchable(known, batch)
        remarks.extend(_judged(row, findings))
        _change(known, wanted, batch, remarks)
    return known.item


def _change(known: KnownItem, wanted: Guide, batch: _Batch, remarks: list[Fault]) -> None:
    batch.touch(known.item)
    is_new = known.item.state is ItemState.DISCARDED
    if not (batch.terms.may_change_all or is_new):
        batch.draft(known, wanted)
        remarks.append(_DRAFTED)
    elif _is_later(wanted, batch):
        batch.draft(known, wanted)
        remarks.append(_LATER)
    else:
        batch.take_over(known.item, wanted)
        remarks.extend(() if is_new else (_NEW_VERSION,))


def _wanted(row: ImportedRow, known: Known) -> Guide:
    """The guide that a row would make, for the publishing rules to look at."""
    assert row.guide is not None
    found = known.find(row.guide)
    return row.guide if found is None else _adopted(found, row, row.guide, [])


def _adopted(known: KnownItem, row: ImportedRow, guide: Guide, remarks: list[Fault]) -> Guide:
    """What the row says, put over what is there; the item keeps the codes by which it is known."""
    item = known.item
    kept: dict[str, Any] = {"item_code": item.item_code}
    if item.state is not ItemState.DISCARDED:
        kept["original_code"] = item.original_code
    if "item_code" in row.given and guide.item_code != item.item_code:
        remarks.append(_CODE_KEPT)
    base = known.guide or known.pending
    if base is None:
        return guide.model_copy(update=kept)
    given = {name: getattr(guide, name) for name in row.given}
    return base.model_copy(update={**given, **kept})


def _check_touchable(known: KnownItem, batch: _Batch) -> None:
    item = known.item
    if item.state is ItemState.WITHDRAWN:
        raise _RefusedError(_WITHDRAWN)
    if known.guide is None and item.state is not ItemState.DISCARDED:
        raise _RefusedError(_IN_DRAFT)
    if not batch.terms.may_change_all and item.department != batch.tx.principal.department:
        raise _RefusedError(_ANOTHERS)


def _is_open(item: Item) -> bool:
    return item.state is not ItemState.WITHDRAWN


def _is_later(guide: Guide, batch: _Batch) -> bool:
    today = batch.tx.now.astimezone(CITY_ZONE).date()
    return guide.effective_from is not None and guide.effective_from > today


def _judged(row: ImportedRow, findings: Sequence[FieldFault]) -> list[Fault]:
    """What the publishing rules say of a row: remarks, or the reasons why it is refused."""
    refusing = [at_pointer(row, one) for one in findings if one.code.startswith(REFUSING)]
    if refusing:
        raise _RefusedError(*refusing)
    return [at_pointer(row, one) for one in findings if _is_said(row, one)]


def _is_said(row: ImportedRow, one: FieldFault) -> bool:
    """Whether a finding is about something that the row itself says; the audit finds what a flat line leaves out."""
    return one.pointer.removeprefix("/guide/").split("/")[0] in row.given


_NAME_TWICE = fault(
    "name-stands-twice",
    "清单中另有同名事项，两项都已收录，请核对",
    "Another row has the same name; both are taken, please check",
    "name",
)
_NOT_YOURS = fault(
    "department-not-yours",
    "该事项属于其他部门；请由该部门或系统管理员导入",
    "The item belongs to another department; let that department or an administrator import it",
    "dept_code",
)
_ALREADY_THERE = fault(
    "already-there",
    "该事项已在库中且内容相同，未作改动",
    "The item is there with the same content; nothing was changed",
)
_ALREADY_DRAFTED = fault(
    "already-drafted",
    "相同内容的草稿已在等待复核发布，未作改动",
    "A draft with this content waits to be published; nothing was changed",
)
_DRAFTED = fault(
    "drafted",
    "与在用版本不同，已存为草稿，须由本部门另一名事项管理员发布",
    "It differs from the version in force and became a draft; a second publisher publishes it",
)
_NEW_VERSION = fault(
    "new-version",
    "同一编码内容有变，已发布为新版本",
    "The same code with other content: published as a new version",
)
_LATER = fault(
    "effective-later",
    "生效日期在将来，已存为草稿，请在生效前发布",
    "It takes effect later: kept as a draft, to be published for that day",
    "effective_from",
)
_CODE_KEPT = fault(
    "item-code-kept",
    "该事项已按原编码收录，沿用库中的实施编码",
    "The item is known by its original code and keeps the item code it has",
    "item_code",
)
_ANOTHERS = fault(
    "item-of-another-department",
    "该事项属于其他部门，内容不同，不能由您更改；请由该部门或系统管理员导入",
    "The item belongs to another department; let that department or an administrator import it",
)
_WITHDRAWN = fault(
    "item-withdrawn",
    "该事项已停办；如需恢复，请由本部门发布新版本",
    "The item is withdrawn here; its department can publish a new version",
)
_IN_DRAFT = fault(
    "item-in-draft",
    "该事项正在起草，尚未发布；请先发布或另用编码",
    "The item is being drafted here; publish it first",
)

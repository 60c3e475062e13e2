from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from catalog.domain.channels import may_report
from catalog.repository.audit import close_mended
from catalog.repository.channel_copies import copy_columns, digests_of_versions, keep_copies
from catalog.repository.channels import (
    add_live_rows,
    add_live_steps,
    change_live_row,
    get_channel,
    items_named,
    open_live_rows,
)
from chassis.clock import local_date
from chassis.errors import FieldFault, InvalidError
from chassis.identity import subtree_prefix
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class LiveSaid:
    """What is said of one item on a channel."""

    item_id: UUID | None
    item_code: str | None
    division: str | None
    live_from: date | None
    live_until: date | None
    version: int | None = None
    """The version of the guide that the channel shows."""


@dataclass(frozen=True, kw_only=True)
class ReportLiveItems:
    channel: str
    rows: Sequence[LiveSaid]
    complete: bool
    reason: str


@dataclass(kw_only=True)
class LiveChanges:
    begun: int = 0
    ended: int = 0
    corrected: int = 0
    unchanged: int = 0


@dataclass(kw_only=True)
class _Book:
    """A channel's open rows while a report is taken in."""

    tx: Transaction
    channel: str
    today: date
    open: dict[tuple[UUID, str], Row[Any]]
    changes: LiveChanges = field(default_factory=LiveChanges)
    fresh: list[Mapping[str, Any]] = field(default_factory=list)
    steps: list[tuple[UUID, str]] = field(default_factory=list)
    named: set[tuple[UUID, str]] = field(default_factory=set)


async def report_live_items(command: ReportLiveItems, tx: Transaction) -> LiveChanges:
    """Take a channel's own list of what is live: all rows, or none when one of them is faulty.

    A partner reports the channels of its grant, a publisher the items of their department.
    """
    principal = tx.principal
    may_report(command.channel, is_partner=Role.PARTNER in principal.roles, scopes=principal.scopes)
    await get_channel(tx, command.channel)
    reports_all = Role.PARTNER in principal.roles or Role.SYSTEM_ADMIN in principal.roles
    department = "" if reports_all else principal.department
    found = await _items_of(command.rows, tx, department=department)
    rows = await open_live_rows(tx, command.channel, department)
    book = _Book(
        tx=tx,
        channel=command.channel,
        today=local_date(tx.now),
        open={(row.item_id, row.division): row for row in rows},
    )
    faults: list[FieldFault] = []
    for place, (said, item) in enumerate(zip(command.rows, found, strict=True)):
        faults.extend(await _take(book, said, item, place))
    if faults:
        raise _faulty(faults)
    if command.complete:
        for key, row in book.open.items():
            if key not in book.named:
                await _end(book, row, max(book.today, row.live_from))
    await _keep_versions(book, list(zip(command.rows, found, strict=True)))
    await add_live_rows(tx, book.fresh)
    await add_live_steps(tx, book.steps, reason=command.reason or "渠道报送上线清单")
    return book.changes


async def _keep_versions(book: _Book, rows: Sequence[tuple[LiveSaid, Row[Any]]]) -> None:
    """What the channel says it shows of each item, for the audit; what it mended is closed at once."""
    shown = {
        (item.id, said.version): place
        for place, (said, item) in enumerate(rows)
        if said.version is not None and said.live_until is None
    }
    digests = await digests_of_versions(book.tx, shown)
    unknown = [
        _row_fault(
            place,
            "version-unknown",
            "该事项没有这个已发布版本，请核对 version",
            "The item has no such published version; check `version`",
        )
        for key, place in shown.items()
        if key not in digests
    ]
    if unknown:
        raise _faulty(unknown)
    # Live in several divisions and shown as several versions: the oldest is what somebody sees.
    by_item = dict(sorted(shown, reverse=True))
    await keep_copies(
        book.tx,
        [
            copy_columns(
                book.tx, item_id, book.channel, digests[(item_id, version)], version=version
            )
            for item_id, version in by_item.items()
        ],
    )
    await close_mended(book.tx, sorted(by_item))


async def _items_of(
    rows: Sequence[LiveSaid], tx: Transaction, *, department: str
) -> list[Row[Any]]:
    """The item of each row; raises InvalidError naming every row whose item is not known or not the caller's."""
    ids = {row.item_id for row in rows if row.item_id is not None}
    codes = {row.item_code for row in rows if row.item_code is not None}
    known = await items_named(tx, ids, codes)
    by_id = {item.id: [item] for item in known}
    by_code: dict[str, dict[UUID, Row[Any]]] = {}
    for item in known:
        for code in {item.item_code, item.original_code} - {None}:
            by_code.setdefault(code, {})[item.id] = item
    found: list[Row[Any]] = []
    faults: list[FieldFault] = []
    for place, row in enumerate(rows):
        if row.item_id is not None:
            hits = by_id.get(row.item_id, [])
        else:
            hits = list(by_code.get(row.item_code or "", {}).values())
        fault = _why_not(place, hits, department)
        if fault is None:
            found.append(hits[0])
        else:
            faults.append(fault)
    if faults:
        raise _faulty(faults)
    return found


def _why_not(place: int, hits: Sequence[Row[Any]], department: str) -> FieldFault | None:
    at = f"/rows/{place}"
    if not hits:
        return FieldFault(
            pointer=at,
            code="item-unknown",
            zh="没有这个已发布事项；请核对 item_id 或 item_code",
            en="There is no such published item; check item_id or item_code",
        )
    if len(hits) > 1:
        return FieldFault(
            pointer=at,
            code="item-ambiguous",
            zh="此编码对应多个事项，请改用 item_id",
            en="Several items have this code; use item_id",
        )
    if department and hits[0].department != department:
        return FieldFault(
            pointer=at,
            code="item-of-another-department",
            zh="该事项属于其他部门；请由该部门、渠道方或系统管理员报送",
            en="The item belongs to another department; let it, the channel or an administrator report it",
        )
    return None


async def _take(book: _Book, said: LiveSaid, item: Row[Any], place: int) -> list[FieldFault]:
    key = (item.id, said.division or item.division)
    if key in book.named:
        return [
            _row_fault(place, "row-twice", "此事项在同一区划重复", "The item stands twice here")
        ]
    book.named.add(key)
    row = book.open.get(key)
    begins = said.live_from or (row.live_from if row is not None else book.today)
    if said.live_until is not None and said.live_until < begins:
        return [
            _row_fault(
                place,
                "live-reversed",
                "live_until 早于 live_from，请核对",
                "live_until is before live_from; check them",
            )
        ]
    if row is None or _is_past(said, row):
        return _begin(book, said, item, place)
    if begins != row.live_from:
        await change_live_row(book.tx, row.id, live_from=begins)
        book.steps.append((row.id, "corrected"))
        book.changes.corrected += 1
    elif said.live_until is None:
        book.changes.unchanged += 1
    if said.live_until is not None:
        await _end(book, row, said.live_until)
    return []


def _is_past(said: LiveSaid, row: Row[Any]) -> bool:
    """An earlier time on the channel, before the one that goes on now."""
    return (
        said.live_from is not None
        and said.live_until is not None
        and said.live_from < said.live_until <= row.live_from
    )


def _begin(book: _Book, said: LiveSaid, item: Row[Any], place: int) -> list[FieldFault]:
    if said.live_until is not None and said.live_from is None:
        return [
            _row_fault(
                place,
                "not-live",
                "该事项当前未在此渠道上线，无可下线；补报历史请同时填写 live_from",
                "The item is not live here; to report the past, give live_from too",
            )
        ]
    division = said.division or item.division
    live_id = new_id()
    book.fresh.append(
        {
            "id": live_id,
            "channel": book.channel,
            "item_id": item.id,
            "division": division,
            "place_prefix": subtree_prefix(division),
            "item_prefix": subtree_prefix(item.division),
            "live_from": said.live_from or book.today,
            "live_until": said.live_until,
            "reporter_kind": book.tx.principal.kind,
            "reported_by": book.tx.principal.subject,
            "reported_at": book.tx.now,
        }
    )
    book.steps.append((live_id, "begun"))
    book.changes.begun += 1
    return []


async def _end(book: _Book, row: Row[Any], day: date) -> None:
    await change_live_row(book.tx, row.id, live_until=day)
    book.steps.append((row.id, "ended"))
    book.changes.ended += 1


def _row_fault(place: int, code: str, zh: str, en: str) -> FieldFault:
    return FieldFault(pointer=f"/rows/{place}", code=code, zh=zh, en=en)


def _faulty(faults: Sequence[FieldFault]) -> InvalidError:
    return InvalidError(
        "上线清单有误，全部未收；请按 errors 逐行修改后重报",
        "Some rows are faulty and none was taken; see errors, mend them and send all again",
        code="rows-faulty",
        faults=tuple(faults),
    )

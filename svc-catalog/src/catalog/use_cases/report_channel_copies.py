from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from catalog.domain.consistency import Content, content_of
from catalog.repository.audit import close_mended, guides_of
from catalog.repository.channel_copies import (
    Digests,
    copy_columns,
    digests_of_versions,
    keep_copies,
)
from chassis.errors import FieldFault, InvalidError
from chassis.transaction import Transaction
from contracts.guide import Material
from contracts.vocabulary import Role


class CopiesRefusedError(InvalidError):
    code = "channel-copies-refused"
    title_zh = "报送内容有误，全部未收，请按 errors 逐行修改后重报"
    title_en = "Nothing was taken; mend the rows that errors name and report again"


@dataclass(frozen=True, kw_only=True)
class CopySaid:
    """What is shown of an item: its materials and conditions, or a whole version of its guide."""

    item_id: UUID
    channel: str
    materials: tuple[Material, ...] = ()
    conditions: tuple[str, ...] = ()
    version: int | None = None


async def report_channel_copies(rows: Sequence[CopySaid], tx: Transaction) -> tuple[int, int]:
    """What a channel really shows; how many were kept, and how many differ from the guide in force.

    All rows or none. What a channel mended is closed at once; what differs is opened by the next audit.
    """
    known = await guides_of(tx, [row.item_id for row in rows])
    versions = await digests_of_versions(
        tx, {(row.item_id, row.version) for row in rows if row.version is not None}
    )
    department = _own_department(tx)
    seen: set[tuple[UUID, str]] = set()
    faults, kept, differing = [], [], 0
    for place, row in enumerate(rows):
        item = known.get(row.item_id)
        if item is None or department not in {"", item.department}:
            faults.append(_fault(f"/rows/{place}/item_id", "item-unknown"))
            continue
        if row.version is not None and (row.item_id, row.version) not in versions:
            faults.append(_fault(f"/rows/{place}/version", "version-unknown"))
            continue
        if (row.item_id, row.channel) in seen:
            faults.append(_fault(f"/rows/{place}", "row-twice"))
        seen.add((row.item_id, row.channel))
        columns = _columns(row, versions, tx)
        differing += _differs(columns, item)
        kept.append(columns)
    if faults:
        raise CopiesRefusedError(faults=tuple(faults[:100]))
    await keep_copies(tx, kept)
    await close_mended(tx, sorted(known))
    return len(kept), differing


def _own_department(tx: Transaction) -> str:
    """Whose items alone the caller may speak of; empty: everybody's."""
    reports_all = {Role.PARTNER, Role.SYSTEM_ADMIN} & tx.principal.roles
    return "" if reports_all else tx.principal.department


def _differs(columns: Mapping[str, Any], item: Row[Any]) -> bool:
    in_force = Digests.of(content_of(item.guide))
    shown = columns["shown_version"]
    return (
        columns["materials_digest"] != in_force.materials
        or columns["conditions_digest"] != in_force.conditions
        or (shown is not None and shown < item.number)
    )


def _columns(
    row: CopySaid, versions: Mapping[tuple[UUID, int], Digests], tx: Transaction
) -> dict[str, Any]:
    if row.version is not None:
        digests = versions[(row.item_id, row.version)]
        return copy_columns(tx, row.item_id, row.channel, digests, version=row.version)
    content = {
        "materials": [each.model_dump(mode="json") for each in row.materials],
        "conditions": list(row.conditions),
    }
    said = Content(materials=row.materials, conditions=row.conditions)
    return copy_columns(tx, row.item_id, row.channel, Digests.of(said), content=content)


_FAULT_WORDS = {
    "item-unknown": (
        "没有这个已发布的事项，或不属于您的部门，请核对 item_id",
        "There is no such published item, or it is another department's; check item_id",
    ),
    "version-unknown": (
        "该事项没有这个已发布版本，请核对 version（GET /items/{id}/versions）",
        "The item has no such published version; check version (GET /items/{id}/versions)",
    ),
    "row-twice": ("同一事项和渠道重复，请只保留一行", "The same item and channel stand twice"),
}


def _fault(pointer: str, code: str) -> FieldFault:
    zh, en = _FAULT_WORDS[code]
    return FieldFault(pointer=pointer, code=code, zh=zh, en=en)

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.domain.consistency import conditions_digest, materials_digest
from catalog.repository.audit import close_mended, guides_of, keep_copies
from chassis.clock import local_date
from chassis.errors import FieldFault, InvalidError
from chassis.transaction import Transaction
from contracts.guide import Guide, Material


class CopiesRefusedError(InvalidError):
    code = "channel-copies-refused"
    title_zh = "报送内容有误，全部未收，请按 errors 逐行修改后重报"
    title_en = "Nothing was taken; mend the rows that errors name and report again"


@dataclass(frozen=True, kw_only=True)
class CopySaid:
    item_id: UUID
    channel: str
    materials: tuple[Material, ...]
    conditions: tuple[str, ...]


async def report_channel_copies(rows: Sequence[CopySaid], tx: Transaction) -> tuple[int, int]:
    """What a channel really shows; how many were kept, and how many differ from the guide in force.

    All rows or none. What a channel mended is closed at once; what differs is opened by the next audit.
    """
    known = await guides_of(tx, [row.item_id for row in rows])
    seen: set[tuple[UUID, str]] = set()
    faults, kept, differing = [], [], 0
    for place, row in enumerate(rows):
        if row.item_id not in known:
            faults.append(_fault(f"/rows/{place}/item_id", "item-unknown"))
            continue
        if (row.item_id, row.channel) in seen:
            faults.append(_fault(f"/rows/{place}", "row-twice"))
        seen.add((row.item_id, row.channel))
        columns = _columns(row, tx)
        guide = Guide.model_validate(known[row.item_id].guide)
        differing += columns["materials_digest"] != materials_digest(guide.materials) or columns[
            "conditions_digest"
        ] != conditions_digest(guide.conditions)
        kept.append(columns)
    if faults:
        raise CopiesRefusedError(faults=tuple(faults[:100]))
    await keep_copies(tx, kept)
    await close_mended(tx, sorted(known))
    return len(kept), differing


def _columns(row: CopySaid, tx: Transaction) -> dict[str, Any]:
    return {
        "item_id": row.item_id,
        "channel": row.channel,
        "content": {
            "materials": [each.model_dump(mode="json") for each in row.materials],
            "conditions": list(row.conditions),
        },
        "materials_digest": materials_digest(row.materials),
        "conditions_digest": conditions_digest(row.conditions),
        "reported_by": tx.principal.subject,
        "reporter_kind": tx.principal.kind,
        "first_reported_on": local_date(tx.now),
        "reported_at": tx.now,
    }


_FAULT_WORDS = {
    "item-unknown": (
        "没有这个已发布的事项，或不属于您的部门，请核对 item_id",
        "There is no such published item, or it is another department's; check item_id",
    ),
    "row-twice": ("同一事项和渠道重复，请只保留一行", "The same item and channel stand twice"),
}


def _fault(pointer: str, code: str) -> FieldFault:
    zh, en = _FAULT_WORDS[code]
    return FieldFault(pointer=pointer, code=code, zh=zh, en=en)

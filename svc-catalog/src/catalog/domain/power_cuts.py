"""Powers cut anew on the list: several become one (合并), one becomes several (拆分). Who exercises them stays."""

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from catalog.domain.faults import field_fault
from catalog.domain.powers import PowerContent
from chassis.errors import FieldFault

PARTS_MIN = 2


def merge_faults(powers: Sequence[PowerContent], content: PowerContent) -> list[FieldFault]:
    """What is wrong with these powers becoming this one; the first is the power that is adjusted."""
    found = []
    if len({power.line for power in powers}) < len(powers):
        found.append(
            field_fault("/terms/merges", "twice", "同一职权出现两次", "a power stands twice")
        )
    places = {(power.division, power.department) for power in (*powers, content)}
    if len(places) > 1:
        found.append(
            field_fault(
                "/terms/merges",
                "other-department",
                "只能合并同一部门行使的职权；跨部门的请先以下放、承接等调整归并到同一部门",
                "only powers of one department merge; bring them together by other adjustments first",
            )
        )
    return found


def split_faults(
    power: PowerContent, parts: Sequence[PowerContent], linked: Collection[UUID]
) -> list[FieldFault]:
    """What is wrong with a power becoming these; each of its items goes with exactly one part."""
    found = []
    if len(parts) < PARTS_MIN:
        found.append(
            field_fault(
                "/terms/parts", "too-few", "至少拆分为两项", "a power is split into two or more"
            )
        )
    codes, items = Counter(part.code for part in parts), Counter(_items(parts))
    for place, part in enumerate(parts):
        at = f"/terms/parts/{place}"
        if (part.division, part.department) != (power.division, power.department):
            found.append(
                field_fault(
                    f"{at}/department",
                    "other-department",
                    "拆分后的职权仍由原部门行使；如需移交请另行提出下放等调整",
                    "the parts stay with the department; move them by another adjustment",
                )
            )
        if codes[part.code] > 1:
            found.append(
                field_fault(
                    f"{at}/code", "twice", f"编码 {part.code} 重复", "the code stands twice"
                )
            )
        found += [
            field_fault(
                f"{at}/item_ids",
                "not-an-item-of-the-power",
                f"事项 {item_id} 不是该职权的在办事项，或已归入另一项",
                "this is no item of the power, or it goes with another part",
            )
            for item_id in part.item_ids
            if item_id not in linked or items[item_id] > 1
        ]
    found += [
        field_fault(
            "/terms/parts",
            "item-left-out",
            f"事项 {item_id} 未归入拆分后的任何一项，请在其中一项的 item_ids 中写明",
            "this item goes with no part; name it in one",
        )
        for item_id in linked
        if item_id not in items
    ]
    return found


def with_late_items(
    parts: Sequence[PowerContent], linked: Collection[UUID]
) -> tuple[PowerContent, ...]:
    """The parts as they are listed: items that came since the proposal go with the first."""
    named = set(_items(parts))
    late = tuple(item_id for item_id in linked if item_id not in named)
    first, *others = parts
    return (first.model_copy(update={"item_ids": (*first.item_ids, *late)}), *others)


def _items(parts: Sequence[PowerContent]) -> list[UUID]:
    return [item_id for part in parts for item_id in part.item_ids]

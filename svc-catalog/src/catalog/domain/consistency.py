"""The same item (同一事项) asks for the same materials and conditions everywhere: what is compared, and how it differs.

Materials are the same by name as people read it; codes are each department's own. Order, punctuation and width do
not count. Compared of each: form, originals, copies, necessity, source. Situations stay out: they are local.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from catalog.domain.words import plain
from contracts.guide import Guide, Material

NOTHING = "0" * 32
"""The digest of an empty list."""
COMPARED = {
    "form": "材料形式",
    "originals": "原件份数",
    "copies": "复印件份数",
    "necessity": "必要性",
    "source": "来源渠道",
}
VALUE_WORDS = {
    "paper": "纸质",
    "electronic": "电子",
    "both": "纸质或电子",
    "required": "必要",
    "optional": "非必要",
    "later": "容缺后补",
    "applicant": "申请人自备",
    "government": "政府部门核发",
    "other": "其他",
}
_CITY_LEVEL, _COUNTY_LEVEL, _PROVINCE_LEVEL = 3, 4, 2


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is compared of a guide, or of what a channel shows."""

    materials: tuple[Material, ...]
    conditions: tuple[str, ...]

    @classmethod
    def of(cls, guide: Guide) -> "Content":
        return cls(materials=guide.materials, conditions=guide.conditions)


_MATERIALS: TypeAdapter[tuple[Material, ...]] = TypeAdapter(tuple[Material, ...])


def content_of(kept: Mapping[str, Any]) -> Content:
    """Of a guide, or of what a channel shows, as it is kept: only what is compared is read."""
    return Content(
        materials=_MATERIALS.validate_python(kept["materials"] or (), strict=False),
        conditions=tuple(kept["conditions"] or ()),
    )


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference, in words; `before` is the reference's side, `after` the one that differs."""

    pointer: str
    label: str
    label_en: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        return {
            "pointer": self.pointer,
            "label": self.label,
            "label_en": self.label_en,
            "before": self.before,
            "after": self.after,
        }


def group_key(guide: Guide) -> str | None:
    """What makes two guides implementations of the same item; None: it stands alone.

    The basic code where there is one. Else main item, name and type together: a name alone ("变更") is many things,
    and a list without main items says nothing of which of them is meant.
    """
    if guide.basic_code:
        return guide.basic_code
    if not guide.main_item.strip():
        return None
    line = f"{plain(guide.main_item)}|{plain(guide.name)}|{guide.task_type.value}"
    return "n:" + hashlib.md5(line.encode(), usedforsecurity=False).hexdigest()


def level_of(division: str) -> int:
    """行使层级 by the division's code: 2 province, 3 city, 4 county, 5 town, 6 village."""
    if len(division) > 9:
        return 6
    if len(division) > 6:
        return 5
    if division.endswith("0000"):
        return _PROVINCE_LEVEL
    return _CITY_LEVEL if division.endswith("00") else _COUNTY_LEVEL


def materials_digest(materials: Sequence[Material]) -> str:
    return _digest([[plain(each.name), *_compared(each)] for each in materials])


def conditions_digest(conditions: Sequence[str]) -> str:
    return _digest([[plain(each)] for each in conditions if plain(each)])


def _digest(lines: list[list[Any]]) -> str:
    if not lines:
        return NOTHING
    text = json.dumps(sorted(lines, key=str), ensure_ascii=False)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _compared(material: Material) -> list[Any]:
    return [getattr(material, name) for name in COMPARED]


def material_differences(
    reference: Sequence[Material], other: Sequence[Material]
) -> list[Difference]:
    """Field by field; materials are paired by name, then those left by code, then in their order."""
    pairs, missing, added = _paired(reference, other)
    found = [
        difference
        for before, place in pairs
        for difference in _changed(before, other[place], place)
    ]
    found += [
        Difference(
            pointer="/materials",
            label=f"缺少申请材料“{each.name}”",
            label_en=f"The material {each.name} is missing",
            before=each.name,
            after=None,
        )
        for each in missing
    ]
    found += [
        Difference(
            pointer=f"/materials/{place}",
            label=f"多出申请材料“{other[place].name}”",
            label_en=f"The material {other[place].name} is asked for only here",
            before=None,
            after=other[place].name,
        )
        for place in added
    ]
    return found


def _paired(
    reference: Sequence[Material], other: Sequence[Material]
) -> tuple[list[tuple[Material, int]], list[Material], list[int]]:
    left, pairs = list(range(len(other))), []
    missing = list(reference)
    for same in (
        lambda a, b: plain(a.name) == plain(b.name) and _compared(a) == _compared(b),
        lambda a, b: plain(a.name) == plain(b.name),
        lambda a, b: a.code == b.code,
    ):
        for each in list(missing):
            place = next((n for n in left if same(each, other[n])), None)
            if place is not None:
                pairs.append((each, place))
                left.remove(place)
                missing.remove(each)
    return pairs, missing, left


def _changed(before: Material, after: Material, place: int) -> list[Difference]:
    found = []
    if plain(before.name) != plain(after.name):
        found.append(
            _field(before.name, f"/materials/{place}/name", "名称", before.name, after.name)
        )
    for name, words in COMPARED.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found.append(_field(after.name, f"/materials/{place}/{name}", words, old, new))
    return found


def _field(material: str, pointer: str, words: str, old: Any, new: Any) -> Difference:
    name = pointer.rsplit("/", 1)[-1]
    return Difference(
        pointer=pointer,
        label=f"申请材料“{material}”：{words}应为{_said(old)}，此处为{_said(new)}",
        label_en=f"Material {material}: {name} is {old} elsewhere and {new} here",
        before=old,
        after=new,
    )


def _said(value: Any) -> str:
    return str(VALUE_WORDS.get(value, value))


def condition_differences(reference: Sequence[str], other: Sequence[str]) -> list[Difference]:
    known = {plain(each): each for each in reference if plain(each)}
    here = {plain(each): (place, each) for place, each in enumerate(other) if plain(each)}
    missing = [
        Difference(
            pointer="/conditions",
            label=f"缺少受理条件“{text}”",
            label_en=f"The condition {text} is missing",
            before=text,
            after=None,
        )
        for key, text in known.items()
        if key not in here
    ]
    return missing + [
        Difference(
            pointer=f"/conditions/{place}",
            label=f"多出受理条件“{text}”",
            label_en=f"The condition {text} is set only here",
            before=None,
            after=text,
        )
        for key, (place, text) in here.items()
        if key not in known
    ]


def differences(reference: Content, other: Content) -> list[Difference]:
    """All of them; empty: the two are the same."""
    return [
        *material_differences(reference.materials, other.materials),
        *condition_differences(reference.conditions, other.conditions),
    ]


def is_same(one: Content, other: Content) -> bool:
    """By digest, as the audit compares."""
    return materials_digest(one.materials) == materials_digest(
        other.materials
    ) and conditions_digest(one.conditions) == conditions_digest(other.conditions)


def version_difference(shown: int | None, in_force: int) -> list[Difference]:
    """That a channel shows an older version of the guide than the one in force."""
    if shown is None or shown >= in_force:
        return []
    return [
        Difference(
            pointer="/version",
            label=f"渠道展示的是第 {shown} 版指南，在用的是第 {in_force} 版",
            label_en=f"It shows version {shown} of the guide, and version {in_force} is in force",
            before=in_force,
            after=shown,
        )
    ]


def in_words(found: Sequence[Mapping[str, Any]], *, limit: int = 20) -> str:
    """For a person to read; the whole list stands beside it."""
    words = "；".join(each["label"] for each in found[:limit])
    return f"{words}；另有 {len(found) - limit} 处不同" if len(found) > limit else words

"""What changed between two versions, in words; and nothing is said when nothing changed."""

from typing import get_args

import guide_strategies
from catalog_examples import guide
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from catalog.domain.differences import _KEYS, WORDS, differences
from contracts.guide import Guide


def told(before: dict, after: dict) -> list[tuple[str, str, str]]:
    found = differences(Guide.model_validate(before), Guide.model_validate(after))
    return [(one.pointer, one.kind, one.words) for one in found]


def test_a_change_is_told_with_what_it_was_and_what_it_is():
    assert told(guide(), guide(phone="0768-2888888")) == [
        ("/phone", "changed", "咨询电话由“0768-2123456”改为“0768-2888888”")
    ]


def test_parts_are_matched_by_their_code_and_not_by_their_place():
    before = guide()
    health = {"code": "health", "name": "健康证明"}
    after = guide(materials=[health, *before["materials"]])
    assert told(before, after) == [("/materials/0", "added", "新增申请材料“健康证明”")]
    assert told(after, before) == [("/materials/0", "removed", "删除申请材料“健康证明”")]


def test_a_field_of_a_part_is_named_with_the_part():
    before = guide()
    materials = [dict(one) for one in before["materials"]]
    materials[1]["copies"] = 2
    assert told(before, guide(materials=materials)) == [
        ("/materials/1/copies", "changed", "申请材料“营业执照”的复印件份数由“0”改为“2”")
    ]


def test_another_order_alone_is_told_once():
    before = guide()
    found = told(before, guide(materials=list(reversed(before["materials"]))))
    assert [(pointer, kind) for pointer, kind, _ in found] == [("/materials", "moved")]


def test_values_without_a_key_are_added_and_removed():
    before, after = guide(channels=["web", "window"]), guide(channels=["window", "i-chaozhou"])
    assert {(kind, words) for _, kind, words in told(before, after)} == {
        ("removed", "办理渠道删除：web"),
        ("added", "办理渠道新增：i-chaozhou"),
    }


def test_values_that_come_and_move_are_told_as_both():
    before, after = guide(conditions=["甲", "乙"]), guide(conditions=["乙", "甲", "丙"])
    assert [words for _, _, words in told(before, after)] == [
        "受理条件新增：丙",
        "受理条件的顺序调整为：乙、甲、丙",
    ]


def test_codes_are_told_in_the_words_that_people_use():
    before = guide(use_level="city", handling_forms=["window"])
    materials = [dict(one) for one in before["materials"]]
    materials[2] |= {"necessity": "later", "applies_when": {"premises": ["own", "rented"]}}
    after = guide(use_level="county", handling_forms=["online"], materials=materials)
    assert [words for _, _, words in told(before, after)] == [
        "行使层级由“市级”改为“县级”",
        "办理形式删除：窗口办理",
        "办理形式新增：网上办理",
        "申请材料“房屋租赁合同”的必要性由“必要”改为“容缺后补”",
        "申请材料“房屋租赁合同”的适用情形由“经营场所是否为自有房产？租用”改为“经营场所是否为自有房产？自有或租用”",
    ]


def test_every_field_of_a_guide_and_of_its_parts_has_its_word():
    assert fields_of(Guide) <= set(WORDS)


def fields_of(model: type[BaseModel]) -> set[str]:
    found = set(model.model_fields)
    for part in _parts_of(model):
        found |= fields_of(part)
    # Files and prefilled fields are shown by what they are called.
    return found - {"id", "field"}


def _parts_of(model: type[BaseModel]) -> set[type[BaseModel]]:
    pending = [field.annotation for field in model.model_fields.values()]
    found = set()
    while pending:
        kind = pending.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found.add(kind)
        pending.extend(get_args(kind))
    return found


@given(one=guide_strategies.guides, other=guide_strategies.guides)
def test_no_difference_means_equal_and_equal_means_none(one, other):
    assert differences(one, one) == []
    assert (differences(one, other) == []) == (one == other)


@given(one=guide_strategies.guides, other=guide_strategies.guides)
def test_the_differences_applied_to_the_first_give_the_second(one, other):
    assert applied(one, other) == other


@given(one=guide_strategies.guides, data=st.data())
def test_lists_that_share_parts_are_told_apart_fully(one, data):
    """Two guides made independently share next to nothing; these share most, in another order and number."""
    changes = {
        name: data.draw(st.lists(st.sampled_from(parts), max_size=5))
        for name in ("materials", "steps", "conditions", "channels", "keywords", "legal_basis")
        if (parts := getattr(one, name))
    }
    other = one.model_copy(update={name: tuple(parts) for name, parts in changes.items()})
    assert applied(one, other) == other


def applied(before: Guide, after: Guide) -> Guide:
    """The first guide with every difference to the second applied, from the differences alone."""
    document = before.model_dump(mode="json")
    by_field: dict[str, list] = {}
    for one in differences(before, after):
        _, name, *path = one.pointer.split("/")
        by_field.setdefault(name, []).append((one, path))
    for name, changes in by_field.items():
        if isinstance(document[name], list):
            document[name] = _list_applied(name, document[name], changes)
        else:
            [(change, _)] = changes
            document[name] = change.after
    return Guide.model_validate(document)


def _list_applied(name: str, old: list, changes: list) -> list:
    gone = {int(path[0]) for one, path in changes if one.kind == "removed"}
    added = {int(path[0]): one.after for one, path in changes if one.kind == "added"}
    moved = next((one.after for one, _ in changes if one.kind == "moved"), None)
    if moved is not None and name not in _KEYS:
        return moved
    stayed = [part for place, part in enumerate(old) if place not in gone]
    if moved is not None:
        known = dict(zip(_keys(name, old), old, strict=True))
        stayed = [known[tuple(key)] for place, key in enumerate(moved) if place not in added]
    rest = iter(stayed)
    new = [
        added[place]
        if place in added
        else dict(part)
        if isinstance(part := next(rest), dict)
        else part
        for place in range(len(stayed) + len(added))
    ]
    for one, path in changes:
        if one.kind == "changed":
            new[int(path[0])][path[1]] = one.after
    return new


def _keys(name: str, parts: list) -> list[tuple[str, int]]:
    keys: list[str] = [str(part[_KEYS[name]]) for part in parts]
    return [(key, keys[:place].count(key)) for place, key in enumerate(keys)]

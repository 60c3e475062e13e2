"""What makes two guides the same item, and how they differ, in words."""

import pytest
from catalog_examples import guide
from guide_strategies import guides
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain.consistency import (
    NOTHING,
    Content,
    conditions_digest,
    differences,
    group_key,
    in_words,
    is_same,
    level_of,
    materials_digest,
)
from contracts.guide import Guide, Material


def a_guide(**changes) -> Guide:
    return Guide.model_validate(guide(**changes))


def material(name: str, **changes) -> Material:
    return Material(code=changes.pop("code", "m"), name=name, **changes)


def content(*materials: Material, conditions: tuple[str, ...] = ()) -> Content:
    return Content(materials=materials, conditions=conditions)


def test_the_same_item_is_the_same_basic_code_whatever_it_is_called():
    one = a_guide(basic_code="440118009000")
    other = a_guide(basic_code="440118009000", name="食品经营许可核发", division="445103")
    assert group_key(one) == group_key(other) == "440118009000"


def test_without_a_basic_code_main_item_name_and_type_make_it_together():
    one = a_guide(main_item="食品经营许可", name="食品经营许可（变更）")
    wide = a_guide(main_item="食品经营许可", name="食品经营许可(变更)", division="445103")
    assert group_key(one) == group_key(wide)
    assert group_key(one) != group_key(a_guide(main_item="药品零售", name="食品经营许可（变更）"))
    assert group_key(one) != group_key(
        a_guide(main_item="食品经营许可", name="食品经营许可（变更）", task_type="07")
    )


def test_a_name_alone_makes_nothing_the_same():
    assert group_key(a_guide(main_item="", name="变更")) is None


@pytest.mark.parametrize(
    ("division", "level"),
    [("440000", 2), ("445100", 3), ("445102", 4), ("445102100", 5), ("445102100001", 6)],
)
def test_the_level_is_read_off_the_division(division, level):
    assert level_of(division) == level


def test_order_punctuation_codes_and_situations_do_not_count():
    one = content(
        material("营业执照", code="a"),
        material("身份证（复印件）", code="b"),
        conditions=("年满十八周岁。",),
    )
    other = content(
        material("身份证(复印件)", code="x", applies_when={"q": ("y",)}),
        material("营业执照", code="y"),
        conditions=("年满十八周岁",),
    )
    assert is_same(one, other)
    assert differences(one, other) == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("copies", 2, "复印件份数应为0，此处为2"),
        ("originals", 1, "原件份数应为0，此处为1"),
        ("form", "paper", "材料形式应为纸质或电子，此处为纸质"),
        ("necessity", "later", "必要性应为必要，此处为容缺后补"),
        ("source", "government", "来源渠道应为申请人自备，此处为政府部门核发"),
    ],
)
def test_each_field_that_differs_is_named_with_both_sides(field, value, words):
    one, other = content(material("营业执照")), content(material("营业执照", **{field: value}))
    [found] = differences(one, other)
    assert found.pointer == f"/materials/0/{field}"
    assert found.label == f"申请材料“营业执照”：{words}"
    assert not is_same(one, other)


def test_what_is_missing_added_or_renamed_is_told_apart():
    one = content(material("甲", code="a"), material("乙", code="b"), conditions=("旧条件",))
    other = content(material("甲方", code="a"), material("丙", code="c"), conditions=("新条件",))
    labels = [each.label for each in differences(one, other)]
    assert labels == [
        "申请材料“甲”：名称应为甲，此处为甲方",
        "缺少申请材料“乙”",
        "多出申请材料“丙”",
        "缺少受理条件“旧条件”",
        "多出受理条件“新条件”",
    ]


def test_two_materials_of_one_name_are_paired_with_their_likes():
    one = content(material("照片", copies=1), material("照片", copies=2))
    other = content(material("照片", copies=2), material("照片", copies=1))
    assert differences(one, other) == []
    assert is_same(one, other)


def test_nothing_has_a_digest_of_its_own():
    assert materials_digest(()) == conditions_digest(()) == conditions_digest(("", "。")) == NOTHING


def test_long_lists_of_differences_are_cut_in_words_and_counted():
    many = [{"label": f"第{n}处"} for n in range(25)]
    assert in_words(many).endswith("另有 5 处不同")


@settings(max_examples=60, deadline=None)
@given(guides, guides, st.randoms(use_true_random=False))
def test_digests_agree_exactly_when_no_difference_is_found(one, other, chance):
    first, second = Content.of(one), Content.of(other)
    assert is_same(first, second) == (differences(first, second) == [])
    shuffled = list(first.materials)
    chance.shuffle(shuffled)
    again = Content(materials=tuple(shuffled), conditions=tuple(reversed(first.conditions)))
    assert differences(first, again) == []
    assert is_same(first, again)

"""Codes after GB/T 39554: taken apart, and what is wrong with one said in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.codes import (
    agreement_faults,
    basic_code_faults,
    claims_to_be_national,
    from_guangdong,
    item_code_faults,
    read_basic_code,
    read_item_code,
    to_guangdong,
)
from contracts.vocabulary import TaskType

SOUND = "11440100007482575H3440118009000"
"""A real one: 广州, city level, 广东, permit (domain.md 1.2)."""


def test_a_sound_code_is_taken_apart():
    found = read_item_code(SOUND)
    assert (found.department, found.level, found.basic_code) == (
        "11440100007482575H",
        "city",
        "440118009000",
    )
    basic = read_basic_code(found.basic_code)
    assert (basic.province, basic.task_type, basic.main_item, basic.sub_item) == (
        "44",
        "01",
        "18009",
        "000",
    )
    assert not basic.is_national
    assert read_basic_code("000118009000").is_national


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("11440100007482575X3440118009000", "code-department-unsound"),
        ("11440100007482575H9440118009000", "code-level-unknown"),
        ("11440100007482575H3445518009000", "basic-code-type-unknown"),
    ],
)
def test_each_unsound_part_is_named(code, fault):
    assert [one.code for one in item_code_faults(code)] == [fault]
    assert read_item_code(code) is None


@pytest.mark.parametrize(
    "code", ["YW-445102-01-ABCDEFGHJKLM", "511A0138000000-511602000000-000-1-00", "", SOUND + "01"]
)
def test_another_systems_code_claims_nothing_and_is_left_alone(code):
    assert not claims_to_be_national(code)
    assert item_code_faults(code) == []


@given(wrong=st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_check_character_is_found(wrong):
    code = SOUND[:17] + wrong + SOUND[18:]
    assert bool(item_code_faults(code)) == (wrong != SOUND[17])


def test_a_guide_says_what_its_code_says():
    said = {
        "item_code": SOUND,
        "basic_code": "440118009000",
        "task_type": "01",
        "department": "11440100007482575H",
        "use_level": "city",
    }
    assert agreement_faults(**said) == []
    faults = agreement_faults(**{**said, "task_type": "07", "use_level": "county"})
    assert [one.pointer for one in faults] == ["/guide/task_type", "/guide/use_level"]
    assert "01" in faults[0].zh


def test_a_basic_code_has_twelve_digits():
    assert [one.code for one in basic_code_faults("4401A8009000")] == ["basic-code-malformed"]


def test_guangdong_numbers_two_types_otherwise():
    assert to_guangdong(TaskType.OTHER_POWER) == "20"
    assert to_guangdong(TaskType.PUBLIC_SERVICE) == "21"
    assert from_guangdong("20") == TaskType.OTHER_POWER
    for task_type in TaskType:
        assert from_guangdong(to_guangdong(task_type)) == task_type

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.cursors import Cursors
from chassis.errors import BadRequestError

CURSORS = Cursors(b"k" * 32)
VALUES = st.lists(
    st.one_of(st.none(), st.integers(-(2**63), 2**63), st.text(max_size=40)), max_size=5
)


@given(kind=st.text(max_size=20), values=VALUES)
def test_what_was_sealed_is_opened(kind, values):
    text = CURSORS.seal(kind, values)
    assert CURSORS.open(kind, text) == values
    assert text.isascii()
    assert not set(text) & set("+/=&?#% ")


@given(values=VALUES, place=st.integers(0, 10_000), other=st.sampled_from("ABCDabcd0123-_"))
def test_a_changed_cursor_is_refused(values, place, other):
    text = CURSORS.seal("list", values)
    index = place % len(text)
    changed = text[:index] + other + text[index + 1 :]
    if changed == text:
        return
    with pytest.raises(BadRequestError) as caught:
        CURSORS.open("list", changed)
    assert caught.value.problem_code == "bad-cursor"


@pytest.mark.parametrize(
    "text", ["", "x", "游标", "AAAA", "!!!!", "=" * 40, "A" * 5_000, "a" * 27, "\x00", "LTE"]
)
def test_what_was_never_sealed_is_refused(text):
    with pytest.raises(BadRequestError) as caught:
        CURSORS.open("list", text)
    assert caught.value.problem_code == "bad-cursor"
    assert caught.value.zh
    assert caught.value.en


def test_a_cut_cursor_a_foreign_key_and_another_list_are_refused():
    text = CURSORS.seal("by-day", ["2026-11-24", 7])
    for attempt in (text[:-3], text + "AAAA", text[4:]):
        with pytest.raises(BadRequestError):
            CURSORS.open("by-day", attempt)
    with pytest.raises(BadRequestError):
        CURSORS.open("by-number", text)
    with pytest.raises(BadRequestError):
        Cursors(b"z" * 32).open("by-day", text)


def test_the_key_is_long_enough_and_never_shown():
    with pytest.raises(ValueError, match="too short"):
        Cursors(b"short")
    assert "kkk" not in repr(CURSORS)


def test_values_that_make_no_bearable_cursor_are_the_callers_mistake():
    with pytest.raises(ValueError, match="too long"):
        CURSORS.seal("list", ["x" * 3_000])

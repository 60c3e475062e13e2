import os
import re
import string
import threading
import time
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import is_readable_number, new_id, new_secret_code, readable_number

DAY = date(2026, 11, 24)


def test_an_id_is_a_uuid_of_version_7_that_carries_the_time():
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    # A burst of ids may run a little ahead of the clock; never behind it.
    assert before <= made.int >> 80 <= after + 1_000


def test_later_ids_are_larger_across_threads_too():
    made: list[list[UUID]] = [[] for _ in range(4)]

    def make(into: list[UUID]) -> None:
        into.extend(new_id() for _ in range(5_000))

    threads = [threading.Thread(target=make, args=(each,)) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in made:
        assert each == sorted(each)
    assert len({id for each in made for id in each}) == 20_000


def test_a_forked_child_makes_other_ids():
    new_id()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, "".join(str(new_id()) for _ in range(100)).encode())
        os._exit(0)
    ours = {str(new_id()) for _ in range(100)}
    os.waitpid(child, 0)
    text = os.read(reader, 100 * 36).decode()
    os.close(reader)
    os.close(writer)
    theirs = {text[start : start + 36] for start in range(0, len(text), 36)}
    assert len(theirs) == 100
    assert not ours & theirs


def test_a_readable_number_can_be_read_out():
    number = readable_number("SQ", DAY)
    assert re.fullmatch(r"SQ-261124-\d{12}-[0-9A-Z]", number)
    assert is_readable_number(number)
    assert len({readable_number("SQ", DAY) for _ in range(500)}) > 495


@given(
    prefix=st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=8),
    day=st.dates(date(2001, 1, 1), date(2068, 12, 31)),
    place=st.integers(0, 100),
    other=st.sampled_from(string.digits + string.ascii_uppercase),
)
def test_any_one_wrong_character_is_found(prefix, day, place, other):
    number = readable_number(prefix, day)
    assert is_readable_number(number)
    at = [index for index, character in enumerate(number) if character != "-"]
    index = at[place % len(at)]
    wrong = number[:index] + other + number[index + 1 :]
    assert is_readable_number(wrong) == (wrong == number)


def test_nearly_all_neighbours_swapped_are_found():
    tried = found = 0
    for _ in range(200):
        number = readable_number("SQ", DAY)
        for index in range(10, 17):
            pair = number[index : index + 2]
            if pair[0] != pair[1]:
                swapped = number[:index] + pair[::-1] + number[index + 2 :]
                tried += 1
                found += not is_readable_number(swapped)
    assert found / tried > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SQ",
        "SQ-261124-482109371234",
        "sq-261124-482109371234-K",
        "SQ-261324-482109371234-K",
        "SQ-２６1124-482109371234-K",
        "SQ-261124-482109371234-K\n",
    ],
)
def test_other_text_is_no_readable_number(text):
    assert not is_readable_number(text)


def test_a_prefix_is_capital_letters_and_digits():
    for prefix in ("", "sq", "申请", "TOOLONGPREFIX", "A-B"):
        with pytest.raises(ValueError, match="prefix"):
            readable_number(prefix, DAY)


def test_a_secret_code_is_url_safe_and_never_the_same():
    codes = {new_secret_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(re.fullmatch(r"[\w-]{22}", code, re.ASCII) for code in codes)
    assert len(new_secret_code(32)) == 43

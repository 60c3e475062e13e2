from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.score import score_out_of_ten

POINTS = {"5": 10, "4": 8, "3": 6, "2": 4, "1": 2}
COUNTS = st.dictionaries(st.sampled_from(sorted(POINTS)), st.integers(0, 10_000))


def test_nobody_rated_is_no_score():
    assert score_out_of_ten({}, POINTS) is None
    assert score_out_of_ten({"5": 0}, POINTS) is None


def test_halves_are_rounded_up():
    assert score_out_of_ten({"5": 199, "4": 1}, POINTS) == Decimal("9.99")
    assert score_out_of_ten({"5": 399, "4": 1}, POINTS) == Decimal("10.00")


@given(COUNTS)
def test_a_score_lies_between_the_lowest_and_the_highest_points(counts):
    score = score_out_of_ten(counts, POINTS)
    assert score is None or Decimal(2) <= score <= Decimal(10)


@given(COUNTS)
def test_one_more_top_rating_never_lowers_the_score(counts):
    before = score_out_of_ten(counts, POINTS)
    after = score_out_of_ten({**counts, "5": counts.get("5", 0) + 1}, POINTS)
    assert after is not None
    assert before is None or after >= before

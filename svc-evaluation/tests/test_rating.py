from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.vocabulary import RatingLevel
from evaluation.domain.invitation import RatedService
from evaluation.domain.rating import (
    Rating,
    RatingNotBadError,
    RatingState,
    ReasonMissingError,
    ReasonUnknownError,
)

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SERVED = RatedService(
    kind="application",
    id=UUID(int=2),
    name="食品经营许可",
    item_code="X",
    applicant_id=UUID(int=3),
    division="445102",
    department="D",
    channel="web",
)
ORDER = UUID(int=9)


def given(level: str, *reasons: str) -> Rating:
    return Rating.give(
        id=UUID(int=1),
        invitation_id=UUID(int=4),
        rated=SERVED,
        level=RatingLevel(level),
        reason_codes=reasons,
        known_reasons=frozenset({"attitude", "other"}),
        at=AT,
    )


@pytest.mark.parametrize("level", ["5", "4", "3"])
def test_a_good_rating_needs_no_reason_and_opens_no_loop(level):
    rating = given(level)
    with pytest.raises(RatingNotBadError):
        rating.begin_rectification(work_order_id=ORDER)


@pytest.mark.parametrize("level", ["2", "1"])
def test_a_bad_rating_needs_a_reason(level):
    with pytest.raises(ReasonMissingError):
        given(level)
    assert given(level, "attitude").level.is_bad


def test_reasons_are_the_listed_ones():
    with pytest.raises(ReasonUnknownError):
        given("1", "attitude", "made-up")


def test_the_loop_goes_one_way_and_each_step_happens_once():
    rating = given("1", "other")
    assert rating.begin_rectification(work_order_id=ORDER) is True
    assert rating.begin_rectification(work_order_id=ORDER) is False
    assert rating.settle(satisfied=True, at=AT) is True
    assert rating.settle(satisfied=False, at=AT) is False
    assert (rating.state, rating.version) == (RatingState.RECTIFIED, 3)


def test_a_loop_that_closes_before_it_was_seen_to_open_still_closes():
    """Facts of two aggregates may come in another order."""
    rating = given("2", "attitude")
    assert rating.settle(satisfied=False, at=AT) is True
    assert rating.begin_rectification(work_order_id=ORDER) is False
    assert rating.note_work_order(work_order_id=ORDER) is True
    assert rating.note_work_order(work_order_id=UUID(int=8)) is False
    assert (rating.state, rating.work_order_id) == (RatingState.UNRESOLVED, ORDER)

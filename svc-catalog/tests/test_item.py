from datetime import UTC, datetime

import pytest
from catalog_examples import guide

from catalog.domain.drafts import DraftPublishedError, SecondPersonNeededError
from catalog.domain.item import (
    DraftOutdatedError,
    GuideInconsistentError,
    Item,
    ItemIdentityError,
    ItemNotPublishedError,
    ItemState,
    ItemWithdrawnError,
)
from catalog.domain.materials import (
    SituationUnknownError,
    is_four_exempt,
    is_show_code,
    needed_materials,
)
from chassis.ids import new_id
from contracts.guide import Guide

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def a_guide(**changes) -> Guide:
    return Guide.model_validate(guide(**changes))


def item_and_draft(**changes):
    item = Item.create(a_guide(**changes), id=new_id(), at=NOW)
    return item, item.draft(a_guide(**changes), id=new_id(), by="anna", at=NOW)


def test_a_new_item_is_a_draft_with_one_version():
    item, draft = item_and_draft()
    assert (item.state, item.version, item.latest_number) == (ItemState.DRAFT, 1, 1)
    assert (draft.number, draft.drafters) == (1, ("anna",))


def test_no_drafter_publishes():
    item, draft = item_and_draft()
    draft.change(a_guide(visits=1), by="berta")
    for drafter in ("anna", "berta"):
        with pytest.raises(SecondPersonNeededError):
            item.publish(draft, by=drafter, at=NOW)
    item.publish(draft, by="carla", at=NOW)
    assert (item.state, item.published_number, item.version) == (ItemState.PUBLISHED, 1, 2)
    assert (draft.published_by, draft.published_at) == ("carla", NOW)


def test_a_published_version_never_changes():
    item, draft = item_and_draft()
    item.publish(draft, by="berta", at=NOW)
    with pytest.raises(DraftPublishedError):
        draft.change(a_guide(), by="anna")
    with pytest.raises(DraftPublishedError):
        item.publish(draft, by="carla", at=NOW)


def test_every_later_version_counts_on():
    item, draft = item_and_draft()
    item.publish(draft, by="berta", at=NOW)
    second = item.draft(a_guide(visits=1), id=new_id(), by="anna", at=NOW)
    assert (second.number, item.version, item.published_number) == (2, 3, 1)
    item.publish(second, by="berta", at=NOW)
    assert (item.published_number, item.version) == (2, 4)


def test_what_was_published_elsewhere_is_in_force_at_once():
    item = Item.create(a_guide(), id=new_id(), at=NOW)
    first = item.take_over(a_guide(), id=new_id(), by="anna", at=NOW)
    assert (item.state, item.version, first.number) == (ItemState.PUBLISHED, 1, 1)
    item.take_over(a_guide(visits=1), id=new_id(), by="anna", at=NOW)
    assert (item.published_number, item.version) == (2, 2)


def test_withdrawal_needs_something_in_force_and_happens_once():
    item, draft = item_and_draft()
    with pytest.raises(ItemNotPublishedError):
        item.withdraw()
    item.publish(draft, by="berta", at=NOW)
    item.withdraw()
    with pytest.raises(ItemWithdrawnError):
        item.withdraw()
    assert item.state is ItemState.WITHDRAWN


@pytest.mark.parametrize(
    "change",
    [{"item_code": "X"}, {"original_code": "X"}, {"division": "445103"}, {"department": "AB"}],
)
def test_an_item_is_its_codes_department_and_division(change):
    item, draft = item_and_draft()
    with pytest.raises(ItemIdentityError):
        item.draft(a_guide(**change), id=new_id(), by="anna", at=NOW)
    with pytest.raises(ItemIdentityError):
        draft.change(a_guide(**change), by="anna")


def test_a_promise_longer_than_the_law_is_refused():
    with pytest.raises(GuideInconsistentError) as refused:
        Item.create(a_guide(promised_days=21), id=new_id(), at=NOW)
    assert [fault.code for fault in refused.value.faults] == ["promised-past-statutory"]
    Item.create(a_guide(promised_days=20), id=new_id(), at=NOW)
    Item.create(a_guide(promised_days=21, statutory_days=None), id=new_id(), at=NOW)


def test_answers_choose_materials():
    needed = needed_materials(a_guide(), {"premises": "rented"})
    assert [one.material.code for one in needed] == ["form", "licence", "lease"]
    assert [one.to_bring for one in needed] == [True, False, True]
    with pytest.raises(SituationUnknownError):
        needed_materials(a_guide(), {"premises": "lent"})


def test_what_counts_as_exempt_and_as_show_code():
    assert is_four_exempt(a_guide())
    assert is_show_code(a_guide())
    bare = a_guide(materials=[{"code": "form", "name": "申请书"}])
    assert not is_four_exempt(bare)
    assert not is_show_code(bare)


def test_a_draft_that_was_overtaken_is_not_published_unseen():
    item, first = item_and_draft()
    item.publish(first, by="berta", at=NOW)
    slow = item.draft(a_guide(visits=0), id=new_id(), by="anna", at=NOW)
    quick = item.draft(a_guide(promised_days=1), id=new_id(), by="carla", at=NOW)
    third = item.draft(a_guide(promised_days=2), id=new_id(), by="anna", at=NOW)
    item.publish(quick, by="berta", at=NOW)
    with pytest.raises(DraftOutdatedError, match="later version"):
        item.publish(slow, by="berta", at=NOW)
    with pytest.raises(DraftOutdatedError, match="save the draft again"):
        item.publish(third, by="berta", at=NOW)
    third.change(a_guide(promised_days=1), by="anna", upon=item.published_number)
    item.publish(third, by="berta", at=NOW)
    assert item.published_number == 4

"""Items, bundles and policies for enterprises live alike: drafted, published by a second person, discarded, taken up again."""

from datetime import UTC, datetime

import pytest
from bundle_examples import two_items
from catalog_examples import guide
from test_enterprise_policies import policy

from catalog.domain.bundles import Bundle, BundleContent
from catalog.domain.drafts import (
    DraftDiscardedError,
    DraftPublishedError,
    SecondPersonNeededError,
    VersionState,
)
from catalog.domain.enterprise_policies import Policy
from catalog.domain.item import Item
from chassis.ids import new_id
from contracts.guide import Guide

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class AnItem:
    def __init__(self):
        self.content = Guide.model_validate(guide())
        self.whole = Item.create(self.content, id=new_id(), at=NOW)

    def draft(self, by):
        return self.whole.draft(self.content, id=new_id(), by=by, at=NOW)

    def change(self, draft, by):
        draft.change(self.content, by=by)

    def publish(self, draft, by):
        self.whole.publish(draft, by=by, at=NOW)


class ABundle:
    def __init__(self):
        self.content = BundleContent.model_validate(two_items(str(new_id()), str(new_id())))
        self.whole = Bundle.create(self.content, id=new_id(), at=NOW)

    def draft(self, by):
        return self.whole.draft(self.content, {}, id=new_id(), by=by, at=NOW)

    def change(self, draft, by):
        draft.change(self.content, {}, by=by)

    def publish(self, draft, by):
        self.whole.publish(draft, {}, by=by, at=NOW)


class APolicy:
    def __init__(self):
        self.content = policy()
        self.whole = Policy.create(self.content, id=new_id(), at=NOW)

    def draft(self, by):
        return self.whole.draft(self.content, id=new_id(), by=by, at=NOW)

    def change(self, draft, by):
        draft.change(self.content, by=by)

    def publish(self, draft, by):
        self.whole.publish(draft, by=by, at=NOW)


@pytest.fixture(params=[AnItem, ABundle, APolicy])
def one(request):
    return request.param()


def test_nobody_who_wrote_in_a_draft_publishes_it(one):
    draft = one.draft("anna")
    one.change(draft, "bo")
    for writer in ("anna", "bo"):
        with pytest.raises(SecondPersonNeededError):
            one.publish(draft, writer)
    assert (one.whole.state, draft.state) == ("draft", "draft")
    one.publish(draft, "cai")
    assert (one.whole.state, one.whole.published_number, draft.published_by) == (
        "published", 1, "cai",
    )  # fmt: skip


def test_what_is_published_stays_as_it_is(one):
    draft = one.draft("anna")
    one.publish(draft, "bo")
    for step in (one.change, one.publish):
        with pytest.raises(DraftPublishedError):
            step(draft, "cai")
    with pytest.raises(DraftPublishedError):
        one.whole.discard(draft, is_last=True)


def test_with_its_last_draft_what_was_never_published_is_given_up_and_taken_up_again(one):
    draft = one.draft("anna")
    one.whole.discard(draft, is_last=True)
    assert (draft.state, one.whole.state) == (VersionState.DISCARDED, "discarded")
    for step in (one.change, one.publish):
        with pytest.raises(DraftDiscardedError):
            step(draft, "bo")
    again = one.draft("bo")
    assert (one.whole.state, again.number) == ("draft", 2)


def test_a_discarded_draft_takes_nothing_from_what_is_public(one):
    one.publish(one.draft("anna"), "bo")
    one.whole.discard(one.draft("anna"), is_last=True)
    assert (one.whole.state, one.whole.published_number) == ("published", 1)


def test_every_change_of_the_whole_is_counted_once(one):
    draft = one.draft("anna")
    assert (one.whole.version, draft.version) == (1, 1)
    one.publish(draft, "bo")
    assert (one.whole.version, draft.version) == (2, 2)
    later = one.draft("anna")
    assert (one.whole.version, later.version) == (3, 1)
    one.whole.discard(later, is_last=True)
    assert (one.whole.version, later.version) == (4, 2)
    one.whole.withdraw()
    assert (one.whole.state, one.whole.version) == ("withdrawn", 5)

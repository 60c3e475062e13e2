"""Each fact has one owner, somebody it is for, and nothing in it that names a person."""

import json
import re

import pytest
from services import ALL

from chassis.envelope import TYPE_SHAPE
from contracts.registry import ALL_FACTS, FEED_ONLY, SERVICES, facts_of

FEED = "put_on_feed"
FOLLOW = "follow_named"
"""Of svc-workorder: hears whatever a process definition names, and reads nothing else."""
PERSONAL = re.compile(
    r"(^|_)(phone|mobile|email|address|id_number|identity|id_card|birth|gender|comment|description|"
    r"content|text|title|holder_name|applicant_name|person_name|secret|password|token)($|_)"
)
PUBLIC = ("catalog.item-version.published.v1",)
"""The guide rides along whole: it is public, with the addresses and telephones of windows."""


def test_types_are_well_formed_and_told_apart():
    types = [fact.TYPE for fact in ALL_FACTS]
    assert all(TYPE_SHAPE.match(kind) for kind in types)
    assert len(set(types)) == len(types)


def test_every_fact_has_one_owner_that_declares_it():
    owned = [fact.TYPE for service in ALL for fact in service.facts]
    assert sorted(owned) == sorted(fact.TYPE for fact in ALL_FACTS)
    assert {fact.owner() for fact in ALL_FACTS} <= set(SERVICES)
    for service in ALL:
        assert tuple(service.facts) == facts_of(service.name)


def test_every_fact_is_heard_beyond_the_feed_or_says_why_not():
    heard = {
        kind
        for service in ALL
        for kind, subscriptions in service.consumers.subscriptions.items()
        if any(subscription.name not in {FEED, FOLLOW} for subscription in subscriptions)
    }
    unheard = {fact.TYPE for fact in ALL_FACTS} - heard
    assert unheard == set(FEED_ONLY), "keep contracts.registry.FEED_ONLY true"
    assert all(len(reason) > 10 for reason in FEED_ONLY.values())


def test_every_fact_can_be_named_by_a_process_definition():
    [workorder] = [service for service in ALL if service.name == "workorder"]
    for fact in ALL_FACTS:
        following = [
            each
            for each in workorder.consumers.subscriptions[fact.TYPE]
            if each.name == FOLLOW and each.awaits is not None
        ]
        assert len(following) == 1, fact.TYPE


def field_names(schema):
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from field_names(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from field_names(part)


@pytest.mark.parametrize("fact", ALL_FACTS, ids=lambda fact: fact.TYPE)
def test_no_field_is_named_after_something_personal(generator, fact):
    if fact.TYPE in PUBLIC:
        return
    schema = json.loads((generator.HERE / "schemas" / f"{fact.TYPE}.json").read_text())
    assert [name for name in field_names(schema) if PERSONAL.search(name)] == []


@pytest.mark.parametrize("fact", ALL_FACTS, ids=lambda fact: fact.TYPE)
def test_every_fact_says_what_it_means(fact):
    assert (fact.__doc__ or "").strip()

"""Each written example is a real message: valid by its schema, and read by every consumer of its fact."""

import json

import pytest
from jsonschema import Draft202012Validator
from services import ALL

from chassis.envelope import open_envelope, subject_of
from contracts.registry import ALL_FACTS

FACTS = pytest.mark.parametrize("fact", ALL_FACTS, ids=lambda fact: fact.TYPE)
READINGS = [
    (service.name, subscription)
    for service in ALL
    for subscriptions in service.consumers.subscriptions.values()
    for subscription in subscriptions
]


@pytest.fixture
def written(generator):
    def read(folder, fact):
        return json.loads((generator.HERE / folder / f"{fact.TYPE}.json").read_text())

    return read


@FACTS
def test_an_example_is_valid_by_its_schema(written, fact):
    schema = written("schemas", fact)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(written("examples", fact)["data"])


@FACTS
def test_an_example_is_an_envelope_of_its_fact(written, fact):
    message = written("examples", fact)
    envelope = open_envelope(json.dumps(message).encode())
    assert envelope.type == fact.TYPE
    assert envelope.source == f"/yiwang/{fact.owner()}"
    assert envelope.dataschema == f"/schemas/{fact.TYPE}.json"
    assert subject_of(envelope.type, envelope.division, envelope.department)
    assert fact.model_validate(envelope.data).model_dump(mode="json") == message["data"]


@pytest.mark.parametrize(
    ("reader", "subscription"),
    READINGS,
    ids=[
        f"{reader}-{subscription.name}-{subscription.fact.TYPE}"
        for reader, subscription in READINGS
    ],
)
def test_every_consumer_reads_the_example_and_drops_what_it_does_not_know(
    written, reader, subscription
):
    data = written("examples", subscription.fact)["data"]
    grown = {**data, "added_later": {"anything": 1}}
    assert subscription.fact.read(grown) == subscription.fact.read(data)

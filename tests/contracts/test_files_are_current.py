"""What is written down is what the code says, and the documents hold together."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from services import ALL

from chassis.envelope import subject_of
from contracts.asyncapi import merged_document, service_document
from contracts.examples import DEPARTMENT, DIVISION
from contracts.registry import ALL_FACTS

ROOT = Path(__file__).parents[2]


def test_every_file_is_as_the_code_has_it(generator, files):
    assert generator.stale(files) == [], "run `make contracts`"


def test_the_same_code_gives_the_same_files(generator, files):
    assert generator.generated() == files


def test_a_missing_a_changed_and_a_left_over_file_are_named(generator):
    files = generator.on_disk(generator.HERE, generator.GENERATED)
    name = next(iter(files))
    changed = {**files, name: "{}\n", "schemas/new.json": "{}\n"}
    gone = "schemas/" + ALL_FACTS[0].TYPE + ".json"
    del changed[gone]
    assert generator.stale(changed) == [
        "schemas/new.json: missing",
        f"{name}: differs",
        f"{gone}: left over",
    ]


def test_writing_takes_away_what_is_there_no_more(generator, tmp_path):
    generator.write({"schemas/a.json": "1\n", "openapi/b.json": "2\n"}, tmp_path, ("schemas",))
    generator.write({"schemas/c.json": "3\n"}, tmp_path, ("schemas",))
    assert [path.name for path in tmp_path.rglob("*.json")] == ["c.json"]


def test_the_check_is_a_command():
    done = subprocess.run(
        [sys.executable, ROOT / "contracts" / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def references(part):
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def follow(document, reference):
    """What a reference points to; KeyError when it leads nowhere."""
    assert reference.startswith("#/"), reference
    for key in reference[2:].split("/"):
        document = document[key.replace("~1", "/").replace("~0", "~")]
    return document


@pytest.mark.parametrize("folder", ["asyncapi", "schemas", "openapi"])
def test_every_reference_leads_somewhere(files, folder):
    for name, text in files.items():
        document = json.loads(text) if name.startswith(folder) else {}
        for reference in references(document):
            follow(document, reference)


def test_every_fact_has_its_channel_on_its_subject(generator):
    document = merged_document(generator.readers(generator.services()))
    for fact in ALL_FACTS:
        address = document["channels"][fact.TYPE]["address"]
        filled = address.format(division=DIVISION, department=DEPARTMENT)
        assert filled == subject_of(fact.TYPE, DIVISION, DEPARTMENT)
        assert f"{fact.owner()}.sends.{fact.TYPE}" in document["operations"]


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
def test_a_service_s_document_says_what_it_tells_and_hears(generator, service):
    hear = generator.readers(generator.services())
    document = service_document(service.name, title=service.title, readers=hear)
    operations = document["operations"]
    sends = {name.split(".sends.")[1] for name in operations if ".sends." in name}
    receives = {name.split(".receives.")[1] for name in operations if ".receives." in name}
    assert sends == {fact.TYPE for fact in service.facts}
    assert receives == set(service.consumers.subscriptions)
    assert set(document["channels"]) == sends | receives

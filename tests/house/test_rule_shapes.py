"""Rules: each that is seeded or read is declared, and nobody can put one in force that its readers could not use."""

import ast
import json

import asyncpg
import pytest
from jsonschema import Draft202012Validator
from services import ALL, ROOT, sources

from chassis.errors import ProblemError
from chassis.rule_shapes import check_rule, stated_shape
from chassis.testing import database_url, drop_database, make_template
from workorder.rule_shapes import RULE_SHAPES as OF_ORDERS

WRONG_OF_ORDERS = {
    "notice-recipients": [
        ({"urged": "head"}, "/value/urged"),
        ({"urged": ["the-mayor"]}, "/value/urged/0"),
        ({"urgd": ["head"]}, "/value/urgd/[key]"),
    ],
    "notice-quiet-hours": [
        ({"from": "25:00", "to": "08:00", "days_off": True, "todos": False}, "/value/from"),
        ({"from": "20:00", "to": "08:00"}, "/value/days_off"),
        ({"from": "20:00Z", "to": "08:00", "days_off": True, "todos": False}, "/value/from"),
    ],
    "notice-delivery": [({"pauses": [5, "60"], "disable_after_days": 3}, "/value/pauses/1")],
    "office-hours": [
        ({"city": [["12:00", "09:00"]], "divisions": {}}, "/value"),
        ({"city": [["nine", "12:00"]], "divisions": {}}, "/value/city/0/0"),
        ({"city": [["09:00"]], "divisions": {}}, "/value/city/0"),
        ({"city": [], "divisions": {}}, "/value/city"),
    ],
    "hotline-waits": [({"opened": 4}, "/value")],
    "hotline-dispatches-max": [(-1, "/value"), ("10", "/value"), (True, "/value"), (1.5, "/value")],
    "alarms": [({"yellow_days": 1, "red_days": 0, "hour": 24}, "/value/hour")],
    "escalations": [([{"days": 1, "to": "head", "cc": "me"}], "/value/0/cc")],
    "knowledge-answer-days": [({"gossip": 5}, "/value/gossip/[key]")],
}

OUT_OF_ORDER = ("office-hours", {"city": [["12:00", "09:00"]], "divisions": {}})
"""What no schema can say: its description does."""


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
async def test_every_rule_that_is_seeded_is_declared_and_its_seeded_value_passes(service, servers):
    name = await make_template(service, servers.postgres_admin_url, purpose="rules")
    connection = await asyncpg.connect(database_url(servers.postgres_admin_url, name))
    try:
        seeded = await connection.fetch("SELECT code, value FROM rules")
    finally:
        await connection.close()
        await drop_database(servers.postgres_admin_url, name)
    assert {row["code"] for row in seeded} == set(service.rule_shapes)
    for row in seeded:
        shape, value = service.rule_shapes[row["code"]], json.loads(row["value"])
        check_rule(shape, value)
        stated = stated_shape(shape)
        Draft202012Validator.check_schema(stated)
        assert Draft202012Validator(stated).is_valid(value), row["code"]


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
def test_every_rule_that_code_or_a_process_reads_is_declared(service):
    read = {code for path in sources(f"svc-{service.name}") for code in _codes_read(path)}
    folder = ROOT / f"svc-{service.name}" / "migrations" / "processes"
    read |= {
        code for path in folder.glob("*.json") for code in _codes_of(json.loads(path.read_text()))
    }
    assert read - set(service.rule_shapes) == set()
    assert read


@pytest.mark.parametrize(
    ("code", "value", "pointer"),
    [(code, *each) for code, several in WRONG_OF_ORDERS.items() for each in several],
)
def test_a_value_that_would_break_its_readers_is_refused_where_it_is_wrong(code, value, pointer):
    with pytest.raises(ProblemError) as refused:
        check_rule(OF_ORDERS[code], value)
    assert (refused.value.status, refused.value.problem_code) == (422, "rule-shape")
    assert pointer in [fault.pointer for fault in refused.value.faults]
    assert all(fault.zh and fault.en for fault in refused.value.faults)
    if (code, value) != OUT_OF_ORDER:
        assert not Draft202012Validator(stated_shape(OF_ORDERS[code])).is_valid(value)


def _codes_read(path):
    """Codes that stand in the code itself: `rule("code")` and `hour_rule="code"`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "")
            given = node.args[:1] if name == "rule" else []
            given += [each.value for each in node.keywords if (each.arg or "").endswith("_rule")]
            yield from (
                each.value
                for each in given
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def _codes_of(stated):
    """Codes that a definition names: values of `rule`, `at_least_rule` and `at_most_rule`."""
    if isinstance(stated, dict):
        for name, value in stated.items():
            if name.endswith("rule") and isinstance(value, str) and value:
                yield value
            yield from _codes_of(value)
    elif isinstance(stated, list):
        for each in stated:
            yield from _codes_of(each)

"""The first definitions and rules, as the migrations bring them."""

import importlib.util
from functools import cache
from pathlib import Path

from workorder.domain.process.definition import Definition

MIGRATIONS = Path(__file__).parents[1] / "migrations"


@cache
def first_definition(code):
    path = MIGRATIONS / "processes" / f"{code}.v1.json"
    return Definition.model_validate_json(path.read_text(encoding="utf-8"))


def _rules(name):
    spec = importlib.util.spec_from_file_location(name, MIGRATIONS / "versions" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {rule.code: rule.value for rule in module.RULES}


RULE_VALUES = {
    **_rules("0001_applications_and_work_orders"),
    **_rules("0005_first_processes"),
}

"""The first definitions and rules, as the migrations bring them."""

import importlib.util
from functools import cache
from pathlib import Path

from workorder.domain.process.definition import Definition

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def first_definition(code):
    return definition_of(code, 1)


@cache
def definition_of(code, version):
    path = MIGRATIONS / "processes" / f"{code}.v{version}.json"
    return Definition.model_validate_json(path.read_text(encoding="utf-8"))


def migration_of(name):
    spec = importlib.util.spec_from_file_location(name, MIGRATIONS / "versions" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rules(name):
    module = migration_of(name)
    return {rule.code: rule.value for rule in module.RULES}


RULE_VALUES = {
    **_rules("0001_applications_and_work_orders"),
    **_rules("0005_first_processes"),
    **_rules("0014_parts_returned"),
}

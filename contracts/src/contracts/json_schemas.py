"""JSON Schemas of the facts: what `dataschema` in an envelope points to."""

from typing import Any

from chassis.envelope import Fact

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def fact_schema(fact: type[Fact]) -> dict[str, Any]:
    """The schema of one fact's data, standing alone. Readers take unknown fields, so it allows them."""
    schema = fact.model_json_schema()
    _open_up(schema)
    return {
        "$schema": DIALECT,
        "$id": f"/schemas/{fact.TYPE}.json",
        **schema,
        "title": fact.TYPE,
    }


def _open_up(schema: Any) -> None:
    """Publishers refuse unknown fields, readers drop them: the promise to readers says the latter."""
    if isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        for part in schema.values():
            _open_up(part)
    elif isinstance(schema, list):
        for part in schema:
            _open_up(part)

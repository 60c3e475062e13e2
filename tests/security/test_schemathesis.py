"""Every operation of every service, through the gateway, with generated input good and bad.

No 5xx, no answer that the OpenAPI document does not announce, no answer of another shape than announced.
"""

import json
import urllib.request

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks

from contracts.registry import SERVICES
from contracts.vocabulary import Role

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
EXAMPLES_AN_OPERATION = 12


@pytest.fixture(scope="session")
def everybody(city) -> str:
    """A token that is let in everywhere, so that the input is what is tried, not the door."""
    claims = {
        "sub": "019a0000-0000-7000-8000-0000000000ff",
        "kind": "staff",
        "roles": [role.value for role in Role],
        "assurance": 4,
        "division": "445100",
        "department": "11445102MB2X00020M",
        "place": "hall-xiangqiao",
    }
    return city.mint(claims)


@pytest.fixture(scope="session")
def openapi(city):
    """The documents as the running services show them."""

    def of(service: str) -> dict:
        with urllib.request.urlopen(f"{city.url(service)}/openapi.json") as answer:
            return json.load(answer)

    return of


@pytest.mark.parametrize("service", SERVICES)
def test_no_input_breaks_a_service(service, city, openapi, everybody):
    schema = schemathesis.openapi.from_dict(openapi(service))
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES_AN_OPERATION,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @schemathesis_given(operation)
        def one(case):
            case.call_and_validate(
                base_url=city.gateway,
                headers={"Authorization": f"Bearer {everybody}"},
                checks=CHECKS,
                timeout=35,
            )

        one()
        tried += 1
    assert tried > 0


def schemathesis_given(operation):
    """Cases of one operation as a hypothesis strategy: what the schema allows, and what it does not."""
    modes = schemathesis.GenerationMode
    positive = operation.as_strategy(generation_mode=modes.POSITIVE)
    negative = operation.as_strategy(generation_mode=modes.NEGATIVE)
    return given(case=positive | negative)

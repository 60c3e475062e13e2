"""What is handed over when a material is fetched: only granted fields, masked by level unless a purpose is given."""

from dataclasses import dataclass
from typing import Any, Literal

from datashare.domain.grant import Grant
from datashare.domain.resource import FieldLevel, Resource, ResourceState, ShareType

Outcome = Literal["found", "no-grant", "no-record", "unknown-resource"]
HIDDEN = "****"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a data request ended, and what may be handed over."""

    outcome: Outcome
    values: dict[str, Any]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.values)


def answer_request(
    resource: Resource | None, *, grant: Grant | None, record: dict[str, Any] | None
) -> Answer:
    """Decide a request: the resource must be open to sharing, the grant in force, the record there."""
    if resource is None or resource.state is ResourceState.CLOSED:
        return Answer(outcome="unknown-resource", values={})
    if grant is None or resource.share_type is ShareType.NONE:
        return Answer(outcome="no-grant", values={})
    if record is None:
        return Answer(outcome="no-record", values={})
    return Answer(
        outcome="found", values={name: record[name] for name in grant.fields if name in record}
    )


def masked_by_level(values: dict[str, Any], levels: dict[str, FieldLevel]) -> dict[str, Any]:
    """L1 and L2 as they are, of L3 the first and last sign, of L4 nothing; an unknown level counts as L4."""
    return {name: _masked(value, levels.get(name, FieldLevel.L4)) for name, value in values.items()}


def _masked(value: Any, level: FieldLevel) -> Any:
    if level in {FieldLevel.L1, FieldLevel.L2} or value is None:
        return value
    text = str(value)
    if level is FieldLevel.L4 or len(text) < 2:
        return HIDDEN
    if len(text) == 2:
        return text[0] + "*"
    return text[0] + "*" * (len(text) - 2) + text[-1]

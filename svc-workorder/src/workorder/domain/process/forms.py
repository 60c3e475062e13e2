"""Forms of steps: JSON Schemas (2020-12) out of a safe vocabulary, compiled once, checked in bounded time.

A form comes from outside and meets what people send from outside. So a pattern is looked at only where the text is
short enough, and `check_forms.py` refuses patterns that could go on for ever, references that leave the form, and
forms that unfold without end.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

FormValidator = Draft202012Validator
PATTERN_TEXT_MAX = 2_000
"""A longer text is not held against a pattern: it does not match."""


def _pattern(
    validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "string"):
        return
    if len(instance) > min(longest_of(schema), PATTERN_TEXT_MAX):
        yield ValidationError("too long for its pattern")
    elif not _compiled(pattern).search(instance):
        yield ValidationError("does not match its pattern")


@lru_cache(maxsize=2_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def longest_of(schema: Mapping[str, Any]) -> int:
    """How long a text may be by its schema."""
    longest = schema.get("maxLength")
    return longest if isinstance(longest, int) else PATTERN_TEXT_MAX


_Bounded = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def form_validator(form: Mapping[str, Any]) -> FormValidator:
    """A validator of this form; the form itself has been checked."""
    return cast("FormValidator", _Bounded(form, format_checker=FormatChecker()))


def properties_of(form: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a form and their schemas; empty for what is no form."""
    properties = form.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def required_of(form: Mapping[str, Any]) -> frozenset[str]:
    """The fields that have to be filled in."""
    required = form.get("required")
    named = required if isinstance(required, list | tuple) else ()
    return frozenset(each for each in named if isinstance(each, str))


def free_texts_of(form: Mapping[str, Any]) -> frozenset[str]:
    """Fields in which people write what they like."""
    return frozenset(
        name
        for name, schema in properties_of(form).items()
        if isinstance(schema, Mapping)
        and schema.get("type") == "string"
        and not schema.keys() & {"enum", "const", "pattern", "format"}
    )

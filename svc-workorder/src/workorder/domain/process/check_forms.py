"""Whether a form can be put in front of people: a JSON Schema that stays in itself, ends, and asks for what is needed."""

import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from re import _constants as marks  # type: ignore[attr-defined]  # mypy knows only the public names
from re import _parser as parser  # type: ignore[attr-defined]  # likewise
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from contracts.vocabulary import ClosingOutcome
from workorder.domain.process.findings import Finding
from workorder.domain.process.forms import longest_of, properties_of, required_of

FORM_DEPTH_MAX = 20
FORM_PARTS_MAX = 2_000
"""Subschemas of one form with its references followed."""
PATTERN_CHARACTERS_MAX = 300
WAYS_MAX = 100_000
"""Ways in which a pattern may try a text before it gives up."""

_WITHIN = frozenset({"not", "if", "then", "else", "items", "contains", "additionalProperties"})
_WITHIN_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_WITHIN_NAMES = frozenset({"properties", "$defs", "dependentSchemas"})
_REFUSED = frozenset(
    {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "patternProperties"}
    | {"propertyNames", "unevaluatedItems", "unevaluatedProperties"}
)
_OUTCOMES = frozenset(each.value for each in ClosingOutcome)


def form_findings(where: str, name: str, form: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with one form; `where` is its place in the definition, `name` says whose it is."""
    if not form:
        return []
    checks = _Form(where, name, form)
    # A form that is too deep or no schema at all is not looked into further.
    return [*checks.outline()] or [*checks.parts()]


class _Form:
    def __init__(self, where: str, name: str, form: Mapping[str, Any]) -> None:
        self.where, self.name, self.form = where, name, form

    def outline(self) -> Iterator[Finding]:
        if _depth(self.form) > FORM_DEPTH_MAX:
            yield self._found(
                "form-too-deep",
                "",
                f"嵌套超过 {FORM_DEPTH_MAX} 层，请改为平铺的字段",
                f"is nested deeper than {FORM_DEPTH_MAX}; flatten it",
            )
            return
        try:
            Draft202012Validator.check_schema(dict(self.form))
        except SchemaError as error:
            yield self._found(
                "form-no-schema",
                "/".join(str(part) for part in error.path),
                "不是有效的 JSON Schema，请改正",
                f"is no JSON Schema: {error.message[:200]}",
            )
            return
        if self.form.get("type") != "object":
            yield self._found(
                "form-no-object", "type", "须为对象（type: object）", "has to be an object"
            )

    def parts(self) -> Iterator[Finding]:
        for path, part in _subschemas(self.form):
            yield from self._references(path, part)
            for keyword in sorted(_REFUSED & part.keys()):
                yield self._found(
                    "form-keyword",
                    f"{path}/{keyword}".strip("/"),
                    f"不能使用 {keyword}，请逐个列出字段",
                    f"must not use {keyword}; name its fields one by one",
                )
            pattern = part.get("pattern")
            if isinstance(pattern, str) and not is_quick(pattern, longest_of(part)):
                yield self._found(
                    "pattern-without-end",
                    f"{path}/pattern".strip("/"),
                    "的 pattern 可能无法在有限时间内判断；请去掉嵌套重复，用 {m,n} 限定次数，并写明 maxLength",
                    "has a pattern that may never end; take nested repeats out, bound them with {m,n}, state maxLength",
                )
        yield from self._unfolding()

    def _references(self, path: str, part: Mapping[str, Any]) -> Iterator[Finding]:
        reference = part.get("$ref")
        if reference is None:
            return
        if not isinstance(reference, str) or not reference.startswith("#/$defs/"):
            yield self._found(
                "remote-reference",
                f"{path}/$ref".strip("/"),
                "只能引用本表单 $defs 中的定义，不能引用外部地址",
                "may only refer to its own $defs, and to no address outside",
            )
        elif _target(self.form, reference) is None:
            yield self._found(
                "unknown-reference",
                f"{path}/$ref".strip("/"),
                f"引用的“{reference}”不存在，请改正",
                f"refers to {reference}, which is not there",
            )

    def _unfolding(self) -> Iterator[Finding]:
        size = _unfolded(self.form, self.form, (), {})
        if size is None:
            yield self._found(
                "reference-ring",
                "$defs",
                "的引用互相循环，请拆开",
                "has references that lead round in a ring; break it",
            )
        elif size > FORM_PARTS_MAX:
            yield self._found(
                "form-too-large",
                "",
                f"展开后超过 {FORM_PARTS_MAX} 项，请精简",
                f"unfolds to more than {FORM_PARTS_MAX} parts; make it smaller",
            )

    def _found(self, code: str, path: str, zh: str, en: str) -> Finding:
        return Finding(
            code=code,
            where=f"{self.where}/{path}".rstrip("/"),
            zh=f"“{self.name}”的表单{zh}",
            en=f"The form of {self.name} {en}",
        )


def _depth(value: Any) -> int:
    """How deep a value is nested, without recursion: it may be deeper than Python goes."""
    deepest, ahead = 0, [(value, 1)]
    while ahead:
        part, depth = ahead.pop()
        deepest = max(deepest, depth)
        if isinstance(part, Mapping):
            ahead += [(each, depth + 1) for each in part.values()]
        elif isinstance(part, list | tuple):
            ahead += [(each, depth + 1) for each in part]
    return deepest


def _subschemas(form: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every schema within a form with its path, the form itself first."""
    ahead: list[tuple[str, Any]] = [("", form)]
    while ahead:
        path, part = ahead.pop()
        if not isinstance(part, Mapping):
            continue
        yield path, part
        ahead += [(f"{path}/{key}".lstrip("/"), each) for key, each in _children(part)]


def _children(part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in part.items():
        if key in _WITHIN:
            yield key, value
        elif key in _WITHIN_LISTS and isinstance(value, list | tuple):
            yield from ((f"{key}/{place}", each) for place, each in enumerate(value))
        elif key in _WITHIN_NAMES and isinstance(value, Mapping):
            yield from ((f"{key}/{name}", each) for name, each in value.items())


def _target(form: Mapping[str, Any], reference: str) -> Mapping[str, Any] | None:
    found: Any = form
    for name in reference.removeprefix("#/").split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _unfolded(
    form: Mapping[str, Any],
    part: Any,
    above: tuple[str, ...],
    known: dict[str, int],
) -> int | None:
    """How many subschemas a part has with its references followed; None: they lead round."""
    if not isinstance(part, Mapping):
        return 1
    total = 1
    reference = part.get("$ref")
    if isinstance(reference, str):
        if reference in above:
            return None
        if reference not in known:
            target = _target(form, reference)
            size = _unfolded(form, target, (*above, reference), known) if target else 1
            if size is None:
                return None
            known[reference] = size
        total += known[reference]
    for key, each in _children(part):
        size = 0 if key.startswith("$defs/") and not above else _unfolded(form, each, above, known)
        if size is None:
            return None
        total += size
    return total


def is_quick(pattern: str, longest: int) -> bool:
    """Whether a pattern always ends soon on a text of `longest` characters: its ways are counted, never tried."""
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = parser.parse(pattern)
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError, Warning):
        return False
    is_anchored = bool(parsed) and parsed[0] == (marks.AT, marks.AT_BEGINNING)
    starts = 1 if is_anchored else max(longest, 1)
    ways = _ways(parsed, max(longest, 1))
    return ways is not None and ways * starts <= WAYS_MAX


_LEAVES = {marks.LITERAL, marks.NOT_LITERAL, marks.ANY, marks.IN, marks.AT, marks.RANGE}
_REPEATS = {marks.MAX_REPEAT, marks.MIN_REPEAT}


def _ways(parsed: Any, longest: int) -> int | None:
    """An upper bound of the ways in which a parsed pattern may be tried; None: no bound is known."""
    total = 1
    for kind, value in parsed:
        if kind in _LEAVES:
            continue
        if kind in _REPEATS:
            factor = _repeated(value, longest)
        elif kind is marks.SUBPATTERN:
            factor = _ways(value[3], longest)
        elif kind is marks.BRANCH:
            each = [_ways(branch, longest) for branch in value[1]]
            factor = None if None in each else sum(ways or 0 for ways in each)
        else:
            factor = None  # back references, look-arounds, conditions
        if factor is None:
            return None
        total = min(total * factor, WAYS_MAX + 1)
    return total


def _repeated(value: tuple[Any, Any, Any], longest: int) -> int | None:
    least, most, body = value
    inner = _ways(body, longest)
    if inner is None:
        return None
    times = min(int(most), longest)
    choices = max(times - int(least) + 1, 1)
    if inner == 1:
        return choices
    # Each time round multiplies; a few are allowed, the rest is beyond the bound anyway.
    return int(min(choices * inner ** min(times, 20), WAYS_MAX + 1))


_EFFECT_TYPES: dict[str, str] = {
    "department": "string",
    "division": "string",
    "suggested_department": "string",
    "co_department": "string",
    "replacement": "string",
    "duty_id": "string",
    "co_departments": "array",
    "assignee": "string",
    "text": "string",
    "reason": "string",
    "ground": "string",
    "outcome": "string",
    "urgency": "string",
    "into": "string",
    "of": "string",
    "satisfied": "boolean",
    "solved": "boolean",
    "granted": "boolean",
    "satisfaction": "integer",
    "days": "integer",
    "limit_days": "integer",
    "until": "string",
}
"""Of what type a field is that an effect or the clock reads."""
_FORMATS = {"into": "uuid", "of": "uuid", "until": "date", "duty_id": "uuid"}


def read_field_findings(
    where: str,
    name: str,
    form: Mapping[str, Any],
    *,
    needed: Collection[str],
    read: Collection[str],
) -> Iterator[Finding]:
    """Whether the fields that effects and clock read are there, asked for, and of the type that is read."""
    properties, required = properties_of(form), required_of(form)
    for field in sorted(needed):
        if field not in properties:
            yield unfilled(where, name, f"form.{field}")
        elif field not in required:
            yield Finding(
                code="field-not-required",
                where=f"{where}/required",
                zh=f"“{name}”必须填写“{field}”，请在 required 中列出",
                en=f"{name} needs {field}; name it in required",
            )
    for field in sorted({*needed, *read} & properties.keys()):
        if not _is_as_read(field, properties[field]):
            expected = _EFFECT_TYPES.get(field, "")
            shape = f"{expected} ({_FORMATS[field]})" if field in _FORMATS else expected
            yield Finding(
                code="field-of-wrong-type",
                where=f"{where}/properties/{field}",
                zh=f"“{name}”的“{field}”须为 {shape}；办理结果须从系统的结果代码中选取",
                en=f"{field} of {name} has to be {shape}; an outcome is one of the outcomes that there are",
            )


def _is_as_read(field: str, schema: Any) -> bool:
    if field not in _EFFECT_TYPES:
        return True
    if not isinstance(schema, Mapping) or _EFFECT_TYPES[field] not in _types(schema):
        return False
    if field in _FORMATS:
        return bool(schema.get("format") == _FORMATS[field])
    if field == "outcome":
        choices = schema.get("enum")
        return isinstance(choices, Sequence) and set(choices) <= _OUTCOMES
    if field == "co_departments":
        items = schema.get("items")
        return isinstance(items, Mapping) and items.get("type") == "string"
    return True


def _types(schema: Mapping[str, Any]) -> Collection[Any]:
    """The types that a field may have; one that may be null is the same as one left out."""
    named = schema.get("type")
    return named if isinstance(named, list | tuple) else (named,)


def unfilled(where: str, name: str, field: str) -> Finding:
    return Finding(
        code="field-never-filled",
        where=where,
        zh=f"“{name}”要读取“{field}”，但没有表单填写它",
        en=f"{name} reads {field}, and no form fills it",
    )

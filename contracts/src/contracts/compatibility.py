"""What a change of contract breaks, for those who read our messages and those who call us.

A fact is read by others today and was kept by us yesterday, so its schema may neither lose nor demand
anything. An answer may not lose or loosen, a request may not demand or tighten.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Any

Document = Mapping[str, Any]
METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
NARROWING = (("maxLength", -1), ("maxItems", -1), ("maximum", -1), ("exclusiveMaximum", -1))
RAISING = (("minLength", 1), ("minItems", 1), ("minimum", 1), ("exclusiveMinimum", 1))


class Side(Flag):
    """Who is hurt by a change: those who read what we send, those who send what we read, or both."""

    READERS = auto()
    SENDERS = auto()


def breaking_changes(
    released: Mapping[str, Document], proposed: Mapping[str, Document]
) -> list[str]:
    """What in `proposed` breaks a promise in `released`, one line each, naming document and field.

    Documents by file name: `schemas/<fact type>.json` and `openapi/<service>.json`. An empty list: compatible.
    """
    changes = []
    for name, before in sorted(released.items()):
        after = proposed.get(name)
        title = name.rsplit("/", 1)[-1].removesuffix(".json")
        if after is None:
            changes.append(f"{title}: removed")
        elif name.startswith("openapi/"):
            changes += [f"{title}: {line}" for line in _api(before, after)]
        else:
            pair = _Pair(before, after, Side.READERS | Side.SENDERS)
            changes += [f"{title}: {line}" for line in pair.compare(before, after, "")]
    return changes


@dataclass(kw_only=False)
class _Pair:
    """Two documents whose schemas are compared; remembers what it has seen, for schemas that hold themselves."""

    before: Document
    after: Document
    side: Side
    seen: set[tuple[str, str]] = field(default_factory=set)

    def compare(self, old: Document, new: Document, where: str) -> Iterator[str]:
        references = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if any(references) and references in self.seen:
            return
        self.seen.add(references)
        old, new = _resolved(old, self.before), _resolved(new, self.after)
        if _is_choice(old) or _is_choice(new):
            yield from self._choices(old, new, where)
            return
        yield from self._kind(old, new, where)
        yield from self._values(old, new, where)
        yield from self._bounds(old, new, where)
        yield from self._object(old, new, where)
        for part, sign in (("items", "[]"), ("additionalProperties", "{}")):
            if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
                yield from self.compare(old[part], new[part], where + sign)

    def _kind(self, old: Document, new: Document, where: str) -> Iterator[str]:
        was, is_now = _kind(old), _kind(new)
        if was != is_now:
            yield f"{where or '/'}: type changed from {was} to {is_now}"

    def _values(self, old: Document, new: Document, where: str) -> Iterator[str]:
        was, is_now = _enumerated(old), _enumerated(new)
        if was is not None and is_now is not None:
            for value in sorted(was - is_now):
                yield f"{where or '/'}: value {value} removed"
        elif was is None and is_now is not None and Side.SENDERS in self.side:
            yield f"{where or '/'}: only certain values are taken now"

    def _bounds(self, old: Document, new: Document, where: str) -> Iterator[str]:
        if Side.SENDERS not in self.side:
            return
        for name, sign in (*NARROWING, *RAISING):
            was, is_now = old.get(name), new.get(name)
            if is_now is not None and (was is None or (is_now - was) * sign > 0):
                yield f"{where or '/'}: {name} tightened from {was} to {is_now}"
        if new.get("pattern") is not None and old.get("pattern") != new.get("pattern"):
            yield f"{where or '/'}: pattern changed"

    def _object(self, old: Document, new: Document, where: str) -> Iterator[str]:
        was, is_now = old.get("properties", {}), new.get("properties", {})
        had, has = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(was):
            if name not in is_now:
                yield f"{where}/{name}: removed"
            else:
                yield from self.compare(was[name], is_now[name], f"{where}/{name}")
                if name in had - has and Side.READERS in self.side:
                    yield f"{where}/{name}: no longer always there"
        if Side.SENDERS in self.side:
            for name in sorted(has - had):
                yield f"{where}/{name}: newly required"

    def _choices(self, old: Document, new: Document, where: str) -> Iterator[str]:
        """anyOf: what is gone hurts senders, what is new hurts readers; those that stay are compared."""
        was, is_now = _by_kind(old, self.before), _by_kind(new, self.after)
        if Side.SENDERS in self.side:
            for kind in sorted(set(was) - set(is_now)):
                yield f"{where or '/'}: {kind} is no longer taken"
        if Side.READERS in self.side:
            for kind in sorted(set(is_now) - set(was)):
                yield f"{where or '/'}: may now be {kind}"
        for kind in sorted(set(was) & set(is_now)):
            yield from self.compare(was[kind], is_now[kind], where)


def _resolved(schema: Document, root: Document) -> Document:
    while "$ref" in schema:
        target: Any = root
        for key in schema["$ref"].removeprefix("#/").split("/"):
            target = target[key.replace("~1", "/").replace("~0", "~")]
        schema = target
    return schema


def _is_choice(schema: Document) -> bool:
    return "anyOf" in schema or "oneOf" in schema


def _by_kind(schema: Document, root: Document) -> dict[str, Document]:
    choices = schema.get("anyOf") or schema.get("oneOf") or [schema]
    found: dict[str, Document] = {}
    for choice in choices:
        whole = _resolved(choice, root)
        kind = _kind(whole)
        # Two objects side by side are told apart by their titles.
        found[f"{kind} {whole.get('title', '')}".strip() if kind == "object" else kind] = whole
    return found


def _kind(schema: Document) -> str:
    kind = schema.get("type")
    if kind is None and "const" in schema:
        kind = {str: "string", bool: "boolean", int: "integer"}.get(type(schema["const"]), "any")
    name = "/".join(sorted(kind)) if isinstance(kind, list) else str(kind or "any")
    return f"{name} ({schema['format']})" if "format" in schema else name


def _enumerated(schema: Document) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return {str(value) for value in schema["enum"]} if "enum" in schema else None


def _api(before: Document, after: Document) -> Iterator[str]:
    for path, methods in sorted(before.get("paths", {}).items()):
        if path not in after.get("paths", {}):
            yield f"{path}: removed"
            continue
        for method in METHODS:
            if method not in methods:
                continue
            where = f"{method.upper()} {path}"
            operation = after["paths"][path].get(method)
            if operation is None:
                yield f"{where}: removed"
                continue
            yield from _parameters(methods[method], operation, where, (before, after))
            yield from _body(methods[method], operation, where, (before, after))
            yield from _answers(methods[method], operation, where, (before, after))


_Roots = tuple[Document, Document]


def _parameters(old: Document, new: Document, where: str, roots: _Roots) -> Iterator[str]:
    was, is_now = _parameters_by_place(old), _parameters_by_place(new)
    for place, parameter in sorted(was.items()):
        name = f"{where} {place}"
        if place not in is_now:
            yield f"{name}: removed"
            continue
        pair = _Pair(*roots, Side.SENDERS)
        schemas = (parameter.get("schema", {}), is_now[place].get("schema", {}))
        yield from pair.compare(*schemas, name)
    for place, parameter in sorted(is_now.items()):
        if parameter.get("required") and not was.get(place, {}).get("required"):
            yield f"{where} {place}: newly required"


def _parameters_by_place(operation: Document) -> dict[str, Document]:
    return {f"{one['in']} {one['name']}": one for one in operation.get("parameters", ())}


def _body(old: Document, new: Document, where: str, roots: _Roots) -> Iterator[str]:
    was, is_now = old.get("requestBody"), new.get("requestBody")
    if was is None:
        if is_now is not None and is_now.get("required"):
            yield f"{where} body: newly required"
        return
    if is_now is None:
        yield f"{where} body: removed"
        return
    if is_now.get("required") and not was.get("required"):
        yield f"{where} body: newly required"
    yield from _contents(was, is_now, f"{where} body", roots=roots, side=Side.SENDERS)


def _answers(old: Document, new: Document, where: str, roots: _Roots) -> Iterator[str]:
    is_now = new.get("responses", {})
    for status, response in sorted(old.get("responses", {}).items()):
        if status not in is_now:
            yield f"{where} {status}: removed"
            continue
        name = f"{where} {status}"
        yield from _contents(response, is_now[status], name, roots=roots, side=Side.READERS)


def _contents(
    old: Document, new: Document, where: str, *, roots: _Roots, side: Side
) -> Iterator[str]:
    is_now = new.get("content", {})
    for media, content in sorted(old.get("content", {}).items()):
        if media not in is_now:
            yield f"{where}: {media} removed"
            continue
        pair = _Pair(*roots, side)
        schemas = (content.get("schema", {}), is_now[media].get("schema", {}))
        yield from (f"{where} {line}" for line in pair.compare(*schemas, ""))

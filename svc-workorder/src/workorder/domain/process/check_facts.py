"""Steps that a fact takes: the fact and its fields exist, the work can be found by them, and it does not go on for ever."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, get_args
from uuid import UUID

from workorder.domain.process.check_forms import unfilled
from workorder.domain.process.definition import FOUND_BY_CODE, Definition, Step
from workorder.domain.process.findings import Finding
from workorder.domain.process.forms import properties_of, required_of

FieldKind = Literal["id", "text", "other"]
"""What a field of a fact can be looked up by: an id, a text or number, nothing."""
Facts = Mapping[str, Mapping[str, FieldKind] | Collection[str]]
"""Types of facts with the names of their fields; with their kinds, those are looked at too."""


def kind_of(annotation: Any) -> FieldKind:
    """The kind of a field by its type; optional ones count as what they are when they are there."""
    kinds = {each for each in get_args(annotation) if each is not type(None)} or {annotation}
    if kinds == {UUID}:
        return "id"
    if all(isinstance(each, type) and issubclass(each, str | int) for each in kinds - {bool}):
        return "other" if kinds & {bool} else "text"
    return "text" if all(isinstance(each, str) for each in kinds) else "other"


def fact_findings(definition: Definition, facts: Facts | None) -> Iterator[Finding]:
    """What is wrong with the steps that facts take."""
    for place, step in enumerate(definition.steps):
        if step.trigger != "fact":
            continue
        where = f"/steps/{place}"
        if not step.fact or (facts is not None and step.fact not in facts):
            known = "、".join(sorted(facts or ()))
            yield Finding(
                code="unknown-fact",
                where=f"{where}/fact",
                zh=f"步骤“{step.name}”由事件触发，请写明事件目录中的事件：{known}",
                en=f"{step.code} is taken on an event; name one of those there are: {known}",
            )
        elif step.finds is None and step.fact not in FOUND_BY_CODE:
            yield Finding(
                code="fact-finds-nothing",
                where=f"{where}/finds",
                zh=f"步骤“{step.name}”须写明按事件的哪个字段找到工单（finds）",
                en=f"say by which field of the fact the work of {step.code} is found (finds)",
            )
        elif step.finds is not None:
            yield from _fields(where, step, (facts or {}).get(step.fact))
            yield from _key(where, definition, step, (facts or {}).get(step.fact))
            yield from _ends(where, definition, step)


def _fields(where: str, step: Step, fields: Collection[str] | None) -> Iterator[Finding]:
    assert step.finds is not None
    read = {"finds": [step.finds.field], "fills": [each.reads for each in step.fills]}
    read["happens_at"] = [step.happens_at] if step.happens_at else []
    for part, names in read.items() if fields is not None else ():
        for name in names:
            if name not in (fields or ()):
                yield Finding(
                    code="unknown-fact-field",
                    where=f"{where}/{part}",
                    zh=f"事件 {step.fact} 没有字段“{name}”，请改为：{'、'.join(sorted(fields or ()))}",
                    en=f"the fact {step.fact} has no field {name}; it has {', '.join(sorted(fields or ()))}",
                )
    filled = {each.field for each in step.fills}
    for name in sorted(required_of(step.form) - filled):
        yield unfilled(f"{where}/form", step.name, f"form.{name}")


def _key(
    where: str, definition: Definition, step: Step, fields: Collection[str] | None
) -> Iterator[Finding]:
    """What is looked up can be: a column holds ids, a kept field texts, and some form fills it."""
    assert step.finds is not None
    kept = step.finds.kept_field
    kind = fields.get(step.finds.field, "id") if isinstance(fields, Mapping) else "id"
    if kind == "other" or (kind == "text" and not kept):
        yield Finding(
            code="fact-field-no-key",
            where=f"{where}/finds/field",
            zh=f"事件字段“{step.finds.field}”不能用来查找工单，请改用编号或代码类字段",
            en=f"no work can be found by the field {step.finds.field}; name one that is an id or a code",
        )
    if kept and kept not in _kept_fields(definition):
        yield unfilled(f"{where}/finds/by", step.name, f"facts.{kept}")


def _kept_fields(definition: Definition) -> set[str]:
    kept = {*properties_of(definition.form)}
    for step in definition.steps:
        if "keep" in step.every_effect():
            kept |= step.form_fields()
    return kept


def _ends(where: str, definition: Definition, step: Step) -> Iterator[Finding]:
    """A step that leaves the work where it is and tells of it can come back to it, by whatever way facts travel.

    Ways that move the work on in a ring are bounded for every trigger (check_ways: unlimited-return). With both, all
    the steps that facts can take on one order are as many as its limits say.
    """
    if step.limit is not None:
        return
    sources = definition.sources(step)
    for branch in step.all_branches:
        stays = branch.to is None or branch.to in sources
        if stays and (step.tells or branch.tells):
            yield Finding(
                code="facts-without-end",
                where=where,
                zh=f"事件步骤“{step.name}”办理后仍可由事件再次触发，且会发布事件，请规定次数上限（limit）",
                en=f"{step.code} tells facts and can be taken by a fact again; limit how often",
            )
            return

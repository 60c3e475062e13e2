from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from catalog.domain.consistency import (
    Content,
    condition_differences,
    content_of,
    differences,
    in_words,
    material_differences,
    version_difference,
)
from catalog.domain.publishing_rules import PublishingRule, RuleKind
from catalog.repository.audit import Found, guides_of, headings_of, open_findings
from catalog.repository.auditing import standards_of
from catalog.repository.channel_copies import contents_of, copies_among
from chassis.transaction import Transaction


async def open_found(
    rule: PublishingRule, candidates: Sequence[Row[Any]], tx: Transaction, *, due_on: date
) -> int:
    """Open a piece of what an audit found, with its differences field by field; returns how many are new."""
    wanted = {row.item_id for row in candidates}
    wanted |= {row.reference_item_id for row in candidates if row.reference_item_id}
    is_compared = rule.kind is not RuleKind.GUIDE
    guides = await (guides_of if is_compared else headings_of)(tx, sorted(wanted))
    copies, standards = {}, {}
    if rule.kind is RuleKind.DIVISIONS:
        codes = {
            guides[row.item_id].guide["basic_code"] for row in candidates if row.item_id in guides
        }
        standards = await standards_of(tx, sorted(codes - {None}))
    if rule.kind is RuleKind.CHANNELS:
        copies = await _shown(tx, sorted(wanted))
    found = []
    for row in candidates:
        item = guides.get(row.item_id)
        if item is None:
            continue
        unlike = _differences(rule, row, guides, copies or standards)
        if rule.kind is not RuleKind.GUIDE and not unlike:
            continue
        fields = tuple(dict.fromkeys(each["pointer"] for each in unlike)) or rule.pointers
        found.append(
            Found(
                rule=rule,
                item=item,
                place=row.place,
                fields=rule.pointers if rule.kind is RuleKind.GUIDE else _base(rule, fields),
                what=_words(rule, row.place, unlike),
                differences=tuple(unlike),
                reference_item_id=row.reference_item_id,
            )
        )
    return await open_findings(tx, found, due_on=due_on)


async def _shown(
    tx: Transaction, item_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], tuple[Content, int | None]]:
    """What each channel shows of these items, and as which version it says so."""
    rows = await copies_among(tx, item_ids)
    contents = await contents_of(tx, rows)
    return {
        (row.item_id, row.channel): (contents[(row.item_id, row.channel)], row.shown_version)
        for row in rows
    }


def _base(rule: PublishingRule, fields: tuple[str, ...]) -> tuple[str, ...]:
    """The rule's own pointer first: by it the finding is looked at again."""
    return tuple(dict.fromkeys((rule.pointers[0], *fields)))[:50]


def _differences(
    rule: PublishingRule,
    row: Row[Any],
    guides: Mapping[UUID, Row[Any]],
    others: Mapping[Any, Any],
) -> list[dict[str, Any]]:
    if rule.kind is RuleKind.GUIDE:
        return []
    kept = guides[row.item_id].guide
    here = content_of(kept)
    if rule.kind is RuleKind.CHANNELS:
        content, version = others[(row.item_id, row.place)]
        older = version_difference(version, guides[row.item_id].number)
        return [each.as_json() for each in (*older, *differences(here, content))]
    reference = _reference(row, kept["basic_code"], guides, others)
    if reference is None:
        return []
    if rule.pointers[0] == "/materials":
        found = material_differences(reference.materials, here.materials)
    else:
        found = condition_differences(reference.conditions, here.conditions)
    return [each.as_json() for each in found]


def _reference(
    row: Row[Any], code: str, guides: Mapping[UUID, Row[Any]], standards: Mapping[Any, Any]
) -> Content | None:
    """What the basic item says, else the implementation that the others are held against."""
    if row.reference_item_id is None:
        return standards.get(code)
    kept = guides.get(row.reference_item_id)
    return content_of(kept.guide) if kept is not None else None


def _words(rule: PublishingRule, place: str, unlike: Sequence[dict[str, Any]]) -> str:
    words, _ = rule.words()
    if place:
        words = f"{words}（渠道 {place}）"
    return f"{words}：{in_words(unlike)}" if unlike else words

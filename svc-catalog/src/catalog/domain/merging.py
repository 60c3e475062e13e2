"""What the members of a bundle (一件事) come to together: asked once, brought once, done side by side.

Everything here is plain data that is kept as JSON with the bundle's version:
questions  [{code, text, options: [{code, text}], targets: [{member, question, options: {merged: own}}]}]
materials  [{key, name, sources: [{member, item_name, code, name, when: {question: [options]}, ...}]}]
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from catalog.domain.bundles import BundleContent, Member
from catalog.domain.materials import check_answers, exemptions_of, is_spared
from catalog.domain.proofs import proof_name
from catalog.domain.words import plain
from contracts.guide import Guide, Material, SituationQuestion

Json = dict[str, Any]


def merge(content: BundleContent, guides: Mapping[UUID, Guide]) -> Json:
    """Place (a division, or empty for everywhere) to what the bundle comes to there; all members are in `guides`."""
    return {place: _merge_in(content, guides, place) for place in content.places()}


def _merge_in(content: BundleContent, guides: Mapping[UUID, Guide], place: str) -> Json:
    found: list[tuple[Member, UUID, Guide]] = []
    for member in content.members:
        item_id = member.item_in(place)
        assert item_id is not None, "every member has an item in every place"
        found.append((member, item_id, guides[item_id]))
    questions, codes = _questions([(member.key, guide) for member, _, guide in found])
    days = {member.key: guide.promised_days for member, _, guide in found}
    path = longest_path({member.key: member.after for member in content.members}, days)
    return {
        "members": [
            {
                "key": member.key,
                "item_id": str(item_id),
                "item_code": guide.item_code,
                "name": guide.name,
                "department": guide.department,
                "department_name": guide.department_name,
                "promised_days": guide.promised_days,
                "visits": guide.visits,
                "after": list(member.after),
            }
            for member, item_id, guide in found
        ],
        "questions": questions,
        "materials": _materials([(member.key, guide) for member, _, guide in found], codes),
        "working_days": sum(days[key] for key in path),
        "working_days_one_by_one": sum(days.values()),
        "longest_path": list(path),
        "visits": sum(guide.visits for _, _, guide in found),
        "order": order_of({member.key: member.after for member in content.members}),
    }


def longest_path(after: Mapping[str, Sequence[str]], days: Mapping[str, int]) -> tuple[str, ...]:
    """The members that decide how long it takes when all others are done side by side; `after` has no circle."""
    best: dict[str, tuple[int, tuple[str, ...]]] = {}
    for key in [key for step in order_of(after) for key in step]:
        before = max((best[each] for each in after[key]), default=(0, ()), key=lambda one: one[0])
        best[key] = (before[0] + days[key], (*before[1], key))
    return max(best.values(), key=lambda one: one[0])[1]


def order_of(after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """What can be begun together, step by step."""
    steps: list[list[str]] = []
    left = dict(after)
    done: set[str] = set()
    while left:
        step = [key for key, needed in left.items() if set(needed) <= done]
        assert step, "an order without a circle has a first member"
        steps.append(step)
        done.update(step)
        left = {key: needed for key, needed in left.items() if key not in done}
    return steps


def _questions(members: Sequence[tuple[str, Guide]]) -> tuple[list[Json], dict[str, Json]]:
    """The same question asked once; beside them, by `member question`, the merged one."""
    merged: dict[str, Json] = {}
    codes: dict[str, Json] = {}
    taken: set[str] = set()
    for member, guide in members:
        for question in guide.situations:
            known = merged.get(plain(question.text) or question.text)
            if known is None:
                code = _free(question.code, member, taken)
                known = {"code": code, "text": question.text, "options": [], "targets": []}
                merged[plain(question.text) or question.text] = known
            own = _join(known, question)
            known["targets"].append({"member": member, "question": question.code, "options": own})
            codes[f"{member} {question.code}"] = {"code": known["code"], "options": own}
    return list(merged.values()), codes


def _free(code: str, member: str, taken: set[str]) -> str:
    found, number = code, 1
    while found in taken:
        found = f"{member}-{code}"[:56] + (f"-{number}" if number > 1 else "")
        number += 1
    taken.add(found)
    return found


def _join(known: Json, question: SituationQuestion) -> dict[str, str]:
    """Add a question's options to the merged one; returns merged option to its own."""
    own: dict[str, str] = {}
    for option in question.options:
        same = [one for one in known["options"] if plain(one["text"]) == plain(option.text)]
        if same:
            own[same[0]["code"]] = option.code
            continue
        code = _free(option.code, "option", {one["code"] for one in known["options"]})
        known["options"].append({"code": code, "text": option.text})
        own[code] = option.code
    return own


def _keys(material: Material) -> list[str]:
    """What makes two materials the same thing: certificate type, proof, data resource, or name and issuer.

    A form is that of its item alone, unless two items have the same blank file. Data that stands in says what a
    material is only when nothing else does: one register answers for many papers.
    """
    keys = []
    if material.certificate_type:
        keys.append(f"certificate {material.certificate_type}")
    if material.proof:
        keys.append(f"proof {material.proof}")
    if material.data_resource and not keys:
        keys.append(f"data {material.data_resource}")
    if material.blank is not None:
        keys.append(f"blank {material.blank.id}")
    elif material.kind != "form":
        keys.append(f"name {proof_name(material.name)} {plain(material.issuer)}")
    return keys


def _materials(members: Sequence[tuple[str, Guide]], codes: Mapping[str, Json]) -> list[Json]:
    groups: list[Json] = []
    for member, guide in members:
        for material in guide.materials:
            keys = {*_keys(material)} or {f"own {member} {material.code}"}
            same = [group for group in groups if keys & group["keys"]]
            # What was two things so far is one when a third is both.
            fresh: Json = {"keys": set(), "name": material.name, "sources": []}
            into = same[0] if same else fresh
            for other in same[1:]:
                into["keys"] |= other["keys"]
                into["sources"] += other["sources"]
                groups.remove(other)
            into["keys"] |= keys
            into["sources"].append(_source(member, guide, material, codes))
            if not same:
                groups.append(into)
    return [
        {"key": f"m{number}", "name": group["name"], "sources": group["sources"]}
        for number, group in enumerate(groups, start=1)
    ]


def _source(member: str, guide: Guide, material: Material, codes: Mapping[str, Json]) -> Json:
    return {
        "member": member,
        "item_name": guide.name,
        "code": material.code,
        "name": material.name,
        "necessity": material.necessity,
        "form": material.form,
        "originals": material.originals,
        "copies": material.copies,
        "certificate_type": material.certificate_type,
        "data_resource": material.data_resource,
        "is_spared": is_spared(material),
        "exemptions": [
            {"kind": one.kind, "why": one.why_zh, "why_en": one.why_en}
            for one in exemptions_of(material)
        ],
        "when": {
            codes[f"{member} {question}"]["code"]: [
                merged
                for merged, own in codes[f"{member} {question}"]["options"].items()
                if own in wanted
            ]
            for question, wanted in material.applies_when.items()
        },
    }


def needed_in(merged: Json, answers: Mapping[str, str]) -> tuple[list[Json], list[str]]:
    """The merged materials that answers call for, and the questions still open; raises SituationUnknownError.

    A material is brought as often as the member that wants most of it wants; only when nothing stands in for it at
    one of those who need it.
    """
    questions = merged["questions"]
    options = {one["code"]: {option["code"] for option in one["options"]} for one in questions}
    check_answers(options, answers)
    # An option that a member does not know rules nothing out there.
    known = {
        (target["member"], one["code"]): set(target["options"])
        for one in questions
        for target in one["targets"]
    }
    found = []
    for material in merged["materials"]:
        sources = [one for one in material["sources"] if _applies(one, answers, known)]
        if sources:
            found.append(_needed(material, sources))
    return found, [one["code"] for one in questions if one["code"] not in answers]


def _applies(
    source: Json, answers: Mapping[str, str], known: Mapping[tuple[str, str], set[str]]
) -> bool:
    return all(
        question not in answers
        or answers[question] in wanted
        or answers[question] not in known[(source["member"], question)]
        for question, wanted in source["when"].items()
    )


def _needed(material: Json, sources: Sequence[Json]) -> Json:
    bring = [source for source in sources if not source["is_spared"]]
    necessities = {source["necessity"] for source in sources}
    spared: dict[str, Json] = {}
    for source in sources:
        for one in source["exemptions"]:
            spared.setdefault(f"{one['kind']} {one['why']}", one)
    return {
        "key": material["key"],
        "name": sources[0]["name"],
        "necessity": next(
            each for each in ("required", "later", "optional") if each in necessities
        ),
        "originals": max((source["originals"] for source in bring), default=0),
        "copies": max((source["copies"] for source in bring), default=0),
        "to_bring": bool(bring),
        "exemptions": list(spared.values()),
        "needed_by": [
            {
                "member": source["member"],
                "item_name": source["item_name"],
                "material": source["code"],
                "name": source["name"],
                "to_bring": not source["is_spared"],
            }
            for source in sources
        ],
    }

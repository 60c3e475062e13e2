"""Which materials an applicant needs in their situation (情形), and what they need not bring (四免).

The four (domain.md 1.6): 免带证照 bring nothing, because an electronic certificate, another department's data, a
written commitment or the department's own check stands in; 免用印章 no stamp; 免手写签名 no handwriting; 免填 no
filling in. All of it follows from the materials: there is no field in which a count or a mark could be typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from chassis.errors import FieldFault, InvalidError
from contracts.guide import Guide, Material

ExemptionKind = Literal[
    "certificate", "data", "commitment", "department-check", "seal", "signature", "prefill"
]
"""What stands in, as one material declares it."""
Spared = Literal["certificate", "seal", "signature", "form"]
"""The four kinds: 免带证照, 免用印章, 免手写签名, 免填."""
STANDS_IN: frozenset[ExemptionKind] = frozenset(
    {"certificate", "data", "commitment", "department-check"}
)
"""Each of these alone makes that a material need not be brought."""
SPARED: tuple[Spared, ...] = get_args(Spared)
SPARED_WORDS: Mapping[Spared, tuple[str, str]] = {
    "certificate": ("免带证照", "nothing to bring"),
    "seal": ("免用印章", "no stamp"),
    "signature": ("免手写签名", "no handwritten signature"),
    "form": ("免填", "no filling in"),
}

FourExemptWay = Literal["any", "every"]
"""At least one material is spared something, or every material that is not optional (rule `four-exempt-way`)."""


class SituationUnknownError(InvalidError):
    code = "situation-unknown"
    title_zh = "没有这个情形问题或选项，请按办事指南中的 situations 作答"
    title_en = "There is no such question or option; answer those of the guide's `situations`"


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """One thing that is spared, and why, in words for the applicant."""

    kind: ExemptionKind
    why_zh: str
    why_en: str


@dataclass(frozen=True, kw_only=True)
class NeededMaterial:
    material: Material
    exemptions: tuple[Exemption, ...]

    @property
    def to_bring(self) -> bool:
        """Whether the applicant hands it in: nothing stands in for it."""
        return not any(exemption.kind in STANDS_IN for exemption in self.exemptions)


def needed_materials(guide: Guide, answers: Mapping[str, str]) -> tuple[NeededMaterial, ...]:
    """The materials that these answers call for; raises SituationUnknownError."""
    check_answers(
        {q.code: {option.code for option in q.options} for q in guide.situations}, answers
    )
    return tuple(
        NeededMaterial(material=material, exemptions=exemptions_of(material))
        for material in guide.materials_for(dict(answers))
    )


def check_answers(options: Mapping[str, set[str]], answers: Mapping[str, str]) -> None:
    """Raise SituationUnknownError for answers to questions, or with options, that there are not."""
    faults = tuple(
        FieldFault(
            pointer=f"/answers/{question}",
            code="unknown-question" if question not in options else "unknown-option",
            zh="没有这个问题" if question not in options else "没有这个选项",
            en="No such question" if question not in options else "No such option",
        )
        for question, option in answers.items()
        if option not in options.get(question, set())
    )
    if faults:
        raise SituationUnknownError(faults=faults)


def is_spared(material: Material) -> bool:
    """Whether something stands in for it, so that the applicant need not bring it."""
    return bool(
        material.certificate_type
        or material.data_resource
        or material.commitment
        or material.department_check
    )


def exemptions_of(material: Material) -> tuple[Exemption, ...]:
    """What is spared of one material, with its ground."""
    ground = material.exemption_ground
    return tuple(
        Exemption(kind=kind, why_zh=ground or why_zh, why_en=why_en)
        for kind, granted, why_zh, why_en in _declared(material)
        if granted
    )


def _declared(material: Material) -> list[tuple[ExemptionKind, object, str, str]]:
    filled = "、".join(f"{one.field}（{one.source}）" for one in material.prefilled_from)
    return [
        (
            "certificate",
            material.certificate_type,
            "可用电子证照代替，免交原件",
            "The electronic certificate stands in for it",
        ),
        (
            "data",
            material.data_resource,
            "可由部门数据共享核验，免提交",
            "Another department's data stands in for it",
        ),
        (
            "commitment",
            material.commitment,
            "签署告知承诺书即可，免提交",
            "A written commitment stands in for it",
        ),
        (
            "department-check",
            material.department_check,
            "由受理部门自行核查，免提交",
            "The department checks it by itself",
        ),
        (
            "seal",
            material.exempt_seal,
            "使用电子印章，免盖实物章",
            "An electronic seal is used; no stamp needed",
        ),
        (
            "signature",
            material.exempt_signature,
            "使用电子签名，免手写签名",
            "An electronic signature is used",
        ),
        (
            "prefill",
            material.prefilled,
            f"已预填：{filled}，核对即可" if filled else "系统已预填，核对即可",
            "Filled in already; only check it",
        ),
    ]


def spared_kinds(material: Material) -> frozenset[Spared]:
    """Which of the four hold for one material."""
    granted: tuple[tuple[Spared, object], ...] = (
        ("certificate", is_spared(material)),
        ("seal", material.exempt_seal),
        ("signature", material.exempt_signature),
        ("form", material.prefilled),
    )
    return frozenset(kind for kind, holds in granted if holds)


def spared_counts(guide: Guide) -> dict[Spared, int]:
    """Of how many materials each of the four is spared."""
    kinds = [spared_kinds(material) for material in guide.materials]
    return {kind: sum(kind in each for each in kinds) for kind in SPARED}


def is_four_exempt(guide: Guide, way: FourExemptWay = "any") -> bool:
    """四免: at least one of the four holds, for any material or for every one that is not optional."""
    if way == "every":
        asked = [material for material in guide.materials if material.necessity != "optional"]
        return bool(asked) and all(spared_kinds(material) for material in asked)
    return any(spared_kinds(material) for material in guide.materials)


def is_show_code(guide: Guide) -> bool:
    """亮码办: at least one material's certificate may be shown by code."""
    return any(material.certificate_type for material in guide.materials)


def exemption_facts(guide: Guide) -> dict[str, int | bool]:
    """What lists and figures ask of a guide in force; the names are columns."""
    counts = spared_counts(guide)
    return {
        "is_four_exempt": is_four_exempt(guide),
        "is_exempt_throughout": is_four_exempt(guide, "every"),
        "is_show_code": is_show_code(guide),
        **{f"spared_{kind}s": counts[kind] for kind in SPARED},
    }


def exemption_faults(guide: Guide) -> tuple[FieldFault, ...]:
    """Exemptions whose ground nobody wrote down, and prefilled forms that do not say which fields from where."""
    faults = []
    for index, material in enumerate(guide.materials):
        at = f"/guide/materials/{index}"
        if not material.exemption_ground.strip() and spared_kinds(material):
            faults.append(
                FieldFault(
                    pointer=f"{at}/exemption_ground",
                    code="exemption-ground-missing",
                    zh=f"“{material.name}”声明了免交或免填，须写明依据；请在 exemption_ground 中填写",
                    en=f"{material.name} is spared something; say on what ground in `exemption_ground`",
                )
            )
        if material.prefilled and not material.prefilled_from:
            faults.append(
                FieldFault(
                    pointer=f"{at}/prefilled_from",
                    code="prefilled-from-missing",
                    zh=f"“{material.name}”声明了预填，须写明哪些字段来自何处；请填写 prefilled_from",
                    en=f"{material.name} is prefilled; say which fields and from where in `prefilled_from`",
                )
            )
    return tuple(faults)

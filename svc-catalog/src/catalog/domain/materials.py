"""Which materials an applicant needs in their situation (情形), and what they need not bring (四免)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chassis.errors import FieldFault, InvalidError
from contracts.guide import Guide, Material

ExemptionKind = Literal["certificate", "data", "seal", "signature", "prefill"]


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
        """Whether the applicant hands it in: no certificate and no data stands in for it."""
        return not any(exemption.kind in {"certificate", "data"} for exemption in self.exemptions)


def needed_materials(guide: Guide, answers: Mapping[str, str]) -> tuple[NeededMaterial, ...]:
    """The materials that these answers call for; raises SituationUnknownError."""
    options = {q.code: {option.code for option in q.options} for q in guide.situations}
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
    return tuple(
        NeededMaterial(material=material, exemptions=exemptions_of(material))
        for material in guide.materials_for(dict(answers))
    )


def exemptions_of(material: Material) -> tuple[Exemption, ...]:
    """What is spared of one material, with its ground."""
    ground = material.exemption_ground
    spared: list[tuple[ExemptionKind, object, str, str]] = [
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
            "系统已预填，核对即可",
            "Filled in already; only check it",
        ),
    ]
    return tuple(
        Exemption(kind=kind, why_zh=ground or why_zh, why_en=why_en)
        for kind, granted, why_zh, why_en in spared
        if granted
    )


def is_four_exempt(guide: Guide) -> bool:
    """四免: at least one of certificate, seal, signature or form filling is spared."""
    return any(
        material.certificate_type
        or material.exempt_seal
        or material.exempt_signature
        or material.prefilled
        for material in guide.materials
    )


def is_show_code(guide: Guide) -> bool:
    """亮码办: at least one material's certificate may be shown by code."""
    return any(material.certificate_type for material in guide.materials)

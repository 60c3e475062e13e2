"""One material (申请材料) of an application: where it stands, and by which way it came.

needed ── handed in ──▶ uploaded ── found wanting ──▶ refused ── handed in again ──▶ uploaded
gathering ── certificate or data found ──▶ satisfied
    └────── no way left ──▶ needed, with the reason
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chassis.errors import ConflictError, FieldFault, InvalidError
from contracts.guide import Guide, Material

Way = Literal["certificate", "data"]
MaterialStateName = Literal["needed", "gathering", "satisfied", "uploaded", "refused"]


class MaterialUnknownError(InvalidError):
    code = "material-unknown"
    title_zh = "有材料不在本次申请的材料清单之内，见 errors"
    title_en = "Some materials are not on this application's list; see errors"


class MaterialsMissingError(ConflictError):
    """An approval while something required is neither satisfied nor handed in; names all of it."""

    code = "materials-missing"
    title_zh = "仍有必要材料未齐，见 errors；请先通知补正或等待数据核验"
    title_en = "Required materials are still missing, see errors; ask for a correction, or wait for the gathering"


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """A material as the applicant hands it in: a file uploaded before, or paper at the window."""

    code: str
    attachment_sha256: str | None = None


@dataclass(kw_only=True)
class ApplicationMaterial:
    """A material of one application."""

    code: str
    name: str
    necessity: str
    state: MaterialStateName
    by: Literal["certificate", "data", "upload", "paper", "prefilled"] | None = None
    ways: list[Way] = field(default_factory=list)
    """Ways of gathering that have not answered yet."""
    certificate_type: str | None = None
    data_resource: str | None = None
    certificate_id: str | None = None
    attachment_sha256: str | None = None
    reason: str = ""

    @property
    def is_at_hand(self) -> bool:
        return self.state in {"satisfied", "uploaded"}

    @property
    def is_missing(self) -> bool:
        """Without it there is no approval: required, and not there (容缺 and optional ones may come later)."""
        return self.necessity == "required" and not self.is_at_hand

    def hand_in(self, handed: HandedIn) -> None:
        """What the applicant brings herself ends any gathering."""
        self.state = "uploaded"
        self.by = "upload" if handed.attachment_sha256 else "paper"
        self.attachment_sha256 = handed.attachment_sha256
        self.ways, self.reason = [], ""

    def refuse(self, reason: str) -> None:
        """Found wanting: it has to be handed in again."""
        self.state, self.reason, self.ways = "refused", reason, []

    def satisfy(self, way: Way, *, certificate_id: str | None = None) -> bool:
        """One way found it. False when nobody waits for that way any more."""
        if way not in self.ways:
            return False
        self.state, self.by, self.ways, self.reason = "satisfied", way, [], ""
        self.certificate_id = certificate_id
        return True

    def fail(self, way: Way, reason: str) -> bool:
        """One way did not find it; when it was the last, the applicant has to bring it. False as for `satisfy`."""
        if way not in self.ways:
            return False
        self.ways = [each for each in self.ways if each != way]
        self.reason = reason
        if not self.ways:
            self.state = "needed"
        return True


def material_list(
    guide: Guide, answers: Mapping[str, str], handed: Sequence[HandedIn]
) -> list[ApplicationMaterial]:
    """The materials that these answers call for, each where it stands at submission."""
    materials = [_at_submission(material) for material in guide.materials_for(dict(answers))]
    hand_in_all(materials, handed)
    return materials


def hand_in_all(materials: Sequence[ApplicationMaterial], handed: Sequence[HandedIn]) -> None:
    """Hand in several at once; raises MaterialUnknownError naming every code that is not on the list."""
    by_code = {material.code: material for material in materials}
    check_known(by_code, [each.code for each in handed])
    for each in handed:
        by_code[each.code].hand_in(each)


def check_known(known: Mapping[str, object], codes: Sequence[str]) -> None:
    """Raise MaterialUnknownError naming every code that is not among the known."""
    faults = tuple(
        FieldFault(
            pointer=f"/materials/{place}",
            code="unknown-material",
            zh=f"材料 {code} 不在清单之内",
            en=f"the material {code} is not on the list",
        )
        for place, code in enumerate(codes)
        if code not in known
    )
    if faults:
        raise MaterialUnknownError(faults=faults)


def missing_faults(materials: Sequence[ApplicationMaterial]) -> tuple[FieldFault, ...]:
    """One fault for each required material that is not at hand."""
    return tuple(
        FieldFault(
            pointer=f"/materials/{material.code}",
            code=material.state,
            zh=f"缺少材料：{material.name}",
            en=f"missing: {material.name}",
        )
        for material in materials
        if material.is_missing
    )


def _at_submission(material: Material) -> ApplicationMaterial:
    ways: list[Way] = []
    if material.certificate_type:
        ways.append("certificate")
    if material.data_resource:
        ways.append("data")
    state: MaterialStateName = "gathering" if ways else "needed"
    if not ways and material.prefilled:
        state = "satisfied"
    return ApplicationMaterial(
        code=material.code,
        name=material.name,
        necessity=material.necessity,
        state=state,
        by="prefilled" if state == "satisfied" else None,
        ways=ways,
        certificate_type=material.certificate_type,
        data_resource=material.data_resource,
    )

"""An item's guide (办事指南) as everybody may read it: the same model on the import, in the API and on the event."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.vocabulary import DepartmentCode, DivisionCode, TaskType, UseLevel

Name = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileReference(_Part):
    """A sample or blank file kept by the catalog: `GET /catalog/v1/files/{id}`."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the content."""
    name: Name


class SituationOption(_Part):
    code: Code
    text: Name


class SituationQuestion(_Part):
    """One question of the situations (情形): its answer decides which materials are needed."""

    code: Code
    text: Name
    options: tuple[SituationOption, ...] = Field(min_length=2, max_length=40)


class PrefilledField(_Part):
    """One field of a form that is filled in already, and from where (少填免填)."""

    field: Name
    source: Name
    """A certificate, a data resource or an earlier application, in words."""


class Material(_Part):
    """One thing to hand in (申请材料), and what may stand in for it (四免)."""

    code: Code
    name: Name
    kind: Literal["certificate", "form", "other"] = "other"
    """材料类型: 证件证书证明, 申请表格文书, 其他."""
    proof: Code | None = None
    """The entry of the list of proofs (证明) that it stands on; such a proof must be retained there."""
    necessity: Literal["required", "optional", "later"] = "required"
    source: Literal["applicant", "government", "other"] = "applicant"
    form: Literal["paper", "electronic", "both"] = "both"
    originals: int = Field(default=0, ge=0, le=99)
    copies: int = Field(default=0, ge=0, le=99)
    certificate_type: Code | None = None
    """The certificate type whose electronic form stands in (免带证照)."""
    data_resource: Code | None = None
    """The data resource whose answer stands in (数据共享)."""
    exempt_seal: bool = False
    exempt_signature: bool = False
    prefilled: bool = False
    prefilled_from: tuple[PrefilledField, ...] = ()
    """Which fields of the form come filled in, and from where."""
    commitment: bool = False
    """A written commitment (告知承诺) stands in."""
    department_check: bool = False
    """The department checks it by itself (部门核验)."""
    exemption_ground: Text = ""
    """Why it need not be brought, in words for the citizen."""
    issuer: Annotated[str, StringConstraints(max_length=200)] = ""
    """Who issues it, when a department or another body does."""
    basis: Text = ""
    """The law that asks for it."""
    fill_note: Text = ""
    acceptance_standard: Text = ""
    sample: FileReference | None = None
    blank: FileReference | None = None
    applies_when: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)
    """Question code to the options under which it is needed; empty: always. All named questions must match."""


class Step(_Part):
    code: Literal["intake", "acceptance", "review", "decision", "making", "delivery"]
    name: Name
    working_days: int = Field(ge=0, le=999)
    handler: Annotated[str, StringConstraints(max_length=200)] = ""
    standard: Text = ""
    result: Text = ""


class SpecialProcedure(_Part):
    """Hearing, inspection, appraisal and the like (特别程序): its time is not counted."""

    name: Name
    working_days: int = Field(ge=0, le=999)
    basis: Text = ""


class IntermediaryService(_Part):
    """A paid service by a third party that the item asks for (中介服务)."""

    name: Name
    basis: Text = ""
    fee_note: Text = ""


class FrequentQuestion(_Part):
    question: Name
    answer: Text


class Fee(_Part):
    name: Name
    amount_fen: int = Field(ge=0)
    """Money in fen (分)."""
    basis: Text
    standard: Text = ""
    reducible: bool = False
    reduction_note: Text = ""


class LegalBasis(_Part):
    law: Name
    number: str = ""
    article: str = ""
    text: Text = ""
    issuer: str = ""
    effective_on: date | None = None


class Result(_Part):
    """What the applicant gets (审批结果)."""

    name: Name
    certificate_type: Code | None = None
    validity_years: int | None = Field(default=None, ge=1, le=99)
    kind: Literal["certificate", "approval", "other"] = "certificate"
    """审批结果类型: 证照, 批文, 其他."""
    sample: FileReference | None = None


class Window(_Part):
    hall: Code
    name: Name
    address: Name
    hours: Name
    phone: str = ""


class CrossRegionMode(_Part):
    """One declared way of handling an item elsewhere (跨域通办): who takes in, decides, delivers, and how papers travel."""

    scope: Literal["same-city", "cross-city", "cross-province"]
    mode: Literal["online", "self-service", "separate-intake", "proxy-intake", "joint"]
    """全程网办, 自助办, 收受分离, 代收代办, 多地联办."""
    divisions: tuple[DivisionCode, ...] = Field(min_length=1, max_length=200)
    """Where an applicant may hand in."""
    taken_in_by: Name
    decided_by: Name
    delivered_by: Name
    materials_travel: Literal["electronic", "courier", "both", "none"] = "electronic"
    agreement: Annotated[str, StringConstraints(max_length=200)] = ""
    """The agreement or document behind it, such as one of 深圳 and 潮州."""


class Guide(_Part):
    """The public content of one version of an item's implementation (实施清单)."""

    item_code: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    """实施编码 after GB/T 39554 where the city gave it; 31 characters, at most 36 on import."""
    original_code: Annotated[str, StringConstraints(max_length=128)] | None = None
    """The code under which another system knows it, kept as it came."""
    basic_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{12}$")] | None = None
    """基本编码: the basic item that this implements, 12 characters (domain.md 1.2)."""
    handling_code: Annotated[str, StringConstraints(max_length=50)] | None = None
    """业务办理项编码."""
    use_level: UseLevel | None = None
    """行使层级."""
    power_source: (
        Literal[
            "statutory",
            "delegated-from-above",
            "authorized-from-above",
            "authorized-by-peer",
            "entrusted-from-above",
            "entrusted-by-peer",
        ]
        | None
    ) = None
    """权力来源: 法定本级行使, 上级下放, 上级授权, 同级授权, 上级委托, 同级委托."""
    agency_kind: (
        Literal["statutory-organ", "authorized-organization", "entrusted-organization"] | None
    ) = None
    """实施主体性质."""
    handling_kind: Literal["instant", "promised", "joint", "reported"] | None = None
    """办件类型: 即办件, 承诺件, 联办件, 上报件."""
    handling_forms: tuple[Literal["window", "online", "mail"], ...] = ()
    """办理形式."""
    name: Name
    main_item: str = ""
    task_type: TaskType
    department: DepartmentCode
    department_name: Name
    division: DivisionCode
    managing_area: Code | None = None
    """A functional district (功能区) for which the item is carried out, such as 枫溪区."""
    audience: tuple[Literal["person", "enterprise"], ...] = ("person", "enterprise")
    statutory_days: int | None = Field(default=None, ge=0, le=999)
    """法定时限 in working days; None: the law sets none."""
    promised_days: int = Field(default=0, ge=0, le=999)
    """承诺时限 in working days; 0: done on the spot (即办件)."""
    visits: int = Field(default=0, ge=0, le=9)
    """到现场次数."""
    visit_reason: Text = ""
    """Why one must come (到现场原因); empty when nobody must."""
    online_depth: int = Field(default=1, ge=1, le=4)
    """网办深度 I to IV; 4 is fully online."""
    online_url: Annotated[str, StringConstraints(max_length=1000)] = ""
    legal_basis: tuple[LegalBasis, ...] = ()
    conditions: tuple[Text, ...] = ()
    situations: tuple[SituationQuestion, ...] = ()
    materials: tuple[Material, ...] = ()
    steps: tuple[Step, ...] = ()
    special_procedures: tuple[SpecialProcedure, ...] = ()
    fees: tuple[Fee, ...] = ()
    pays_online: bool = False
    intermediary_services: tuple[IntermediaryService, ...] = ()
    questions: tuple[FrequentQuestion, ...] = ()
    quantity_limit: Text = ""
    results: tuple[Result, ...] = ()
    windows: tuple[Window, ...] = ()
    channels: tuple[Code, ...] = ()
    phone: str = ""
    supervision_phone: str = ""
    hours: Annotated[str, StringConstraints(max_length=500)] = ""
    """办理时间, when it is not that of the windows."""
    cross_region: Literal["none", "town", "county", "city", "province", "nation"] = "none"
    cross_region_modes: tuple[CrossRegionMode, ...] = ()
    takes_bookings: bool = False
    sends_by_mail: bool = False
    self_service: bool = False
    proxy_allowed: bool = False
    """帮办代办."""
    one_window: bool = False
    keywords: tuple[Name, ...] = ()
    themes: tuple[Code, ...] = ()
    """Topics by which people and enterprises browse (主题)."""
    life_events: tuple[Code, ...] = ()
    effective_from: date | None = None

    def materials_for(self, answers: dict[str, str]) -> tuple[Material, ...]:
        """The materials that these answers call for; an unanswered question rules nothing out."""
        return tuple(
            material
            for material in self.materials
            if all(
                question not in answers or answers[question] in options
                for question, options in material.applies_when.items()
            )
        )

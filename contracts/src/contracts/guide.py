"""An item's guide (办事指南) as everybody may read it: the same model on the import, in the API and on the event."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.vocabulary import DepartmentCode, DivisionCode, TaskType

Name = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SituationOption(_Part):
    code: Code
    text: Name


class SituationQuestion(_Part):
    """One question of the situations (情形): its answer decides which materials are needed."""

    code: Code
    text: Name
    options: tuple[SituationOption, ...] = Field(min_length=2, max_length=40)


class Material(_Part):
    """One thing to hand in (申请材料), and what may stand in for it (四免)."""

    code: Code
    name: Name
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
    exemption_ground: Text = ""
    """Why it need not be brought, in words for the citizen."""
    applies_when: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)
    """Question code to the options under which it is needed; empty: always. All named questions must match."""


class Step(_Part):
    code: Literal["intake", "acceptance", "review", "decision", "making", "delivery"]
    name: Name
    working_days: int = Field(ge=0, le=999)


class Fee(_Part):
    name: Name
    amount_fen: int = Field(ge=0)
    """Money in fen (分)."""
    basis: Text


class LegalBasis(_Part):
    law: Name
    number: str = ""
    article: str = ""
    text: Text = ""


class Result(_Part):
    """What the applicant gets (审批结果)."""

    name: Name
    certificate_type: Code | None = None
    validity_years: int | None = Field(default=None, ge=1, le=99)


class Window(_Part):
    hall: Code
    name: Name
    address: Name
    hours: Name
    phone: str = ""


class Guide(_Part):
    """The public content of one version of an item's implementation (实施清单)."""

    item_code: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    """实施编码 after GB/T 39554 where the city gave it; 31 characters, at most 36 on import."""
    original_code: Annotated[str, StringConstraints(max_length=128)] | None = None
    """The code under which another system knows it, kept as it came."""
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
    online_depth: int = Field(default=1, ge=1, le=4)
    """网办深度 I to IV; 4 is fully online."""
    legal_basis: tuple[LegalBasis, ...] = ()
    conditions: tuple[Text, ...] = ()
    situations: tuple[SituationQuestion, ...] = ()
    materials: tuple[Material, ...] = ()
    steps: tuple[Step, ...] = ()
    fees: tuple[Fee, ...] = ()
    results: tuple[Result, ...] = ()
    windows: tuple[Window, ...] = ()
    channels: tuple[Code, ...] = ()
    phone: str = ""
    supervision_phone: str = ""
    cross_region: Literal["none", "town", "county", "city", "province", "nation"] = "none"
    one_window: bool = False
    keywords: tuple[Name, ...] = ()
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

"""Administration of Open311's services and clients, as JSON like every other door; its own formats stand in open311_format."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.schemas import In, Out
from contracts.vocabulary import DivisionCode
from workorder.domain.open311 import Datatype
from workorder.domain.work_order import HotlineType
from workorder.schemas.applications import Reason

ServiceCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class AttributeValue(In):
    key: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    name: str = Field(min_length=1, max_length=100)


class AttributeIn(In):
    """One attribute of a service's definition (GeoReport v2)."""

    variable: bool = True
    code: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    datatype: Datatype
    required: bool = False
    datatype_description: str = Field(default="", max_length=200)
    order: int = Field(default=1, ge=0, le=1_000)
    description: str = Field(min_length=1, max_length=200)
    values: list[AttributeValue] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _lists_have_values(self) -> Self:
        if self.datatype in {"singlevaluelist", "multivaluelist"} and not self.values:
            raise ValueError("a list needs its values")
        return self


class ServiceIn(In):
    name: str = Field(min_length=1, max_length=100)
    description: str = Field(default="", max_length=1_000)
    group: str = Field(default="", max_length=60)
    keywords: str = Field(default="", max_length=200)
    type: HotlineType
    category: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    attributes: list[AttributeIn] = Field(default_factory=list, max_length=50)
    position: int = Field(default=100, ge=0, le=10_000)
    is_offered: bool = True
    reason: Reason


class ServiceOut(Out):
    code: str
    name: str
    description: str
    group: str
    keywords: str
    type: str
    category: str
    attributes: list[dict[str, Any]]
    position: int
    is_offered: bool
    version: int


class ClientIn(In):
    name: str = Field(min_length=1, max_length=100)
    division: DivisionCode


class ClientChangeIn(In):
    is_enabled: bool
    reason: Reason


class ClientOut(Out):
    id: UUID
    name: str
    division: str
    is_enabled: bool
    version: int


class ClientKeyOut(ClientOut):
    api_key: str
    """Shown in this answer and nowhere else."""


Format = Literal["xml", "json"]

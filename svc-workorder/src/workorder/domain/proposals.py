"""What triage proposes for a work order, and the states of its models."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError, NotFoundError

TRAINING = "triage-training"
EVALUATION = "triage-evaluation"
PLACE_IMPORT = "place-import"
KEPT, ACTIVE, RETIRED = "kept", "active", "retired"
OTHERS_MAX = 3


class SamePersonError(ForbiddenError):
    code = "second-person-needed"
    title_zh = "提交人不能自己启用或发布，请由另一人办理"
    title_en = "Whoever handed it in cannot put it in force; a second person does"


class ModelStateError(ConflictError):
    code = "model-state"
    title_zh = "该模型当前状态下不能办理此操作，请刷新后查看"
    title_en = "Not possible in the model's present state; read it again"


class NothingToProposeError(ConflictError):
    code = "nothing-in-force"
    title_zh = "尚无启用的分派模型，也没有地名和职责清单，无法给出建议；请先由管理员启用"
    title_en = "No model is in force, and there are no place names and no list; have one put in force first"


class NothingBeforeError(NotFoundError):
    code = "no-model-before"
    title_zh = "没有更早启用过的模型可以恢复"
    title_en = "No model was in force before this one"


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A proposal; what triage was not sure enough of is None."""

    id: UUID
    model_id: UUID | None
    proposed_at: datetime
    label: str | None = None
    confidence: float | None = None
    reasons: tuple[str, ...] = ()
    others: tuple[dict[str, Any], ...] = ()
    department: str | None = None
    department_confidence: float | None = None
    department_from: str | None = None
    department_reasons: tuple[str, ...] = ()
    co_departments: tuple[str, ...] = ()
    responsibility_id: UUID | None = None
    place: str | None = None
    place_name: str | None = None
    place_reasons: tuple[str, ...] = field(default=())

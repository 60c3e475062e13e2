"""Codes that more than one service speaks. One English word for each Chinese one (docs/glossary.md)."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import StringConstraints

DivisionCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
"""区划代码, GB/T 2260: six digits, nine for a town, twelve for a village."""

DepartmentCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z-]{2,22}$")]
"""部门代码: the department's unified social credit code (统一社会信用代码, GB 32100) wherever it is sound."""


UseLevel = Literal["nation", "province", "city", "county", "town", "village"]
"""行使层级."""


class Role(StrEnum):
    """Who may call (roles.md). The words of tokens, policies and city.json."""

    CITIZEN = "citizen"
    ENTERPRISE_AGENT = "enterprise_agent"
    PROXY = "proxy"
    CLERK = "clerk"
    REVIEWER = "reviewer"
    PUBLISHER = "publisher"
    LEGAL_REVIEWER = "legal_reviewer"
    HOTLINE_AGENT = "hotline_agent"
    HOTLINE_LEAD = "hotline_lead"
    DEPARTMENT_OFFICER = "department_officer"
    DEPARTMENT_HEAD = "department_head"
    COORDINATOR = "coordinator"
    INSPECTOR = "inspector"
    HALL_MANAGER = "hall_manager"
    OBSERVER = "observer"
    EVALUATOR = "evaluator"
    SEAL_KEEPER = "seal_keeper"
    ISSUER = "issuer"
    DATA_STEWARD = "data_steward"
    DATA_APPROVER = "data_approver"
    PARTNER = "partner"
    DEVICE = "device"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"
    OPS = "ops"


class PrincipalKind(StrEnum):
    PERSON = "person"
    ENTERPRISE = "enterprise"
    STAFF = "staff"
    PARTNER = "partner"
    DEVICE = "device"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class TaskType(StrEnum):
    """事项类型, national codes; Guangdong's 20 and 21 are translated at the boundary (domain.md 1.3)."""

    PERMIT = "01"
    PENALTY = "02"
    COMPULSION = "03"
    LEVY = "04"
    PAYMENT = "05"
    INSPECTION = "06"
    CONFIRMATION = "07"
    REWARD = "08"
    ADJUDICATION = "09"
    OTHER_POWER = "10"
    PUBLIC_SERVICE = "20"
    OTHER = "99"


ON_APPLICATION_TYPES = frozenset(
    {
        TaskType.PERMIT,
        TaskType.PAYMENT,
        TaskType.CONFIRMATION,
        TaskType.REWARD,
        TaskType.ADJUDICATION,
        TaskType.OTHER_POWER,
        TaskType.PUBLIC_SERVICE,
    }
)
"""依申请 types; the others are 依职权 [K, domain.md 1.3]."""


class Channel(StrEnum):
    """Where a citizen met the city."""

    YUE_SHENG_SHI = "yue-sheng-shi"  # 粤省事
    YUE_SHANG_TONG = "yue-shang-tong"  # 粤商通
    YUE_ZHI_ZHU = "yue-zhi-zhu"  # 粤智助
    I_CHAOZHOU = "i-chaozhou"  # i潮州
    WINDOW = "window"
    WEB = "web"
    PHONE = "phone"
    MAIL = "mail"


class DecisionOutcome(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"


class ClosingOutcome(StrEnum):
    """How a work order ended: "closed" is not "solved" (users.md)."""

    SOLVED = "solved"  # 解决
    PARTLY_SOLVED = "partly-solved"  # 部分解决
    UNSOLVED = "unsolved"  # 未解决
    EXPLAINED = "explained"  # 解释
    UNFOUNDED = "unfounded"  # 不属实
    WITHDRAWN = "withdrawn"  # 已撤回: what it was about is there no longer; nobody replies so


class CertificateStatus(StrEnum):
    """证照状态. The two-digit codes of GB/T 36903 practice stand in svc-certificate (domain.md 5.4)."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REPLACED = "replaced"


class RatingLevel(StrEnum):
    """好差评 levels; the last two are bad ratings (差评)."""

    VERY_SATISFIED = "5"
    SATISFIED = "4"
    FAIRLY_SATISFIED = "3"
    DISSATISFIED = "2"
    VERY_DISSATISFIED = "1"

    @property
    def is_bad(self) -> bool:
        return self in {RatingLevel.DISSATISFIED, RatingLevel.VERY_DISSATISFIED}


class WorkOrderKind(StrEnum):
    HOTLINE = "hotline"
    RECTIFICATION = "rectification"
    CORRECTION = (
        "correction"  # 指南整改: the audit of the catalog opened it, and the audit closes it
    )

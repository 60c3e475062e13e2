"""Certificate types, certificates, presentations, uses, revocations and seals."""

from alembic import op

from certificate import tables
from chassis.migrations import create_chassis_tables, protect, protect_below, seed_rules
from chassis.rules import RuleDefault

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    bind = op.get_bind()
    for table in (
        tables.certificate_types,
        tables.certificates,
        tables.certificate_steps,
        tables.presentations,
        tables.certificate_uses,
        tables.revocations,
        tables.seals,
        tables.seal_uses,
    ):
        table.create(bind)
    protect("certificates", own="holder_id", department="department")
    protect("presentations", own="holder_id")
    protect("certificate_uses", own="holder_id", department="department")
    protect("seals", department="department")
    protect_below("certificate_steps", parent="certificates", column="certificate_id")
    protect_below("revocations", parent="certificates", column="certificate_id")
    protect_below("seal_uses", parent="seals", column="seal_id")
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="presentation-seconds",
        value=60,
        unit="秒",
        meaning="亮证码自生成起的有效时间",
        source="domain.md 5.6：一次性令牌 60 秒 [K]",
        verified=False,
    ),
    RuleDefault(
        code="identity-certificate-types",
        value={
            "person": ["resident-id"],
            "enterprise": ["business-licence"],
        },
        unit="",
        meaning="签发时从持有人名下哪类证照取姓名（名称）与证件号码，按先后顺序",
        source="[D] 设计决定，可由本市改定",
        verified=False,
    ),
    RuleDefault(
        code="revocation-reasons",
        value={
            "granted-unlawfully": "违法取得许可，予以撤销",
            "circumstances-changed": "准予许可的客观情况发生重大变化",
            "penalty": "因违法行为被吊销",
            "not-renewed": "有效期届满未延续",
            "holder-ended": "持有人死亡、丧失行为能力或依法终止",
            "obtained-by-error": "核查发现取得许可的事实不符",
            "issued-in-error": "签发有误",
            "holder-request": "持有人申请注销",
            "other": "其他",
        },
        unit="",
        meaning="吊销、撤销、注销证照的原因，只可由本表增减",
        source="行政许可法 69、70 [V]，文字为本市初始设定",
        verified=False,
    ),
    RuleDefault(
        code="status-list-seconds",
        value=300,
        unit="秒",
        meaning="状态列表令牌的有效时间；离线核验方最迟在此之后重新获取",
        source="[D] 设计决定，可由本市改定",
        verified=False,
    ),
)
"""Repeated literally in no code: a use case reads them through `tx.rule`."""

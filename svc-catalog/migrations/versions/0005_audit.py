"""Publishing rules, findings and the consistency audit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from alembic import op
from sqlalchemy import Connection, insert, text
from sqlalchemy.dialects.postgresql import JSONB

from catalog.repository.audit import fact_columns
from catalog.tables import audit as tables
from chassis.migrations import SEEDED_AT, protect, protect_below, seed_rules
from chassis.rules import RuleDefault
from contracts.guide import Guide

revision = "0005"
down_revision = "0004"
PIECE_ROWS = 500


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.publishing_rules,
        tables.publishing_rule_versions,
        tables.item_facts,
        tables.standard_digests,
        tables.findings,
        tables.finding_steps,
        tables.audit_candidates,
        tables.audits,
        tables.audit_nights,
        tables.audit_tallies,
        tables.channel_copies,
    ):
        table.create(bind)
    protect("findings", department="department", division="division")
    protect_below("finding_steps", parent="findings", column="finding_id")
    for rule in PUBLISHING_RULES:
        row = {**rule, "version": 1, "changed_at": SEEDED_AT}
        bind.execute(insert(tables.publishing_rules).values(row))
        bind.execute(
            insert(tables.publishing_rule_versions).values(
                code=rule["code"],
                version=1,
                content=rule,
                actor_kind="system",
                changed_by="migration",
                reason="初始规则",
                changed_at=SEEDED_AT,
            )
        )
    seed_rules(RULES)
    bind.execute(text("SELECT set_config('yiwang.everything', 'yes', true)"))
    _lay_out(bind)


_IN_FORCE = text(
    "SELECT p.id, p.number, v.guide FROM published_items p "
    "JOIN item_versions v ON v.item_id = p.id AND v.number = p.number "
    "WHERE p.is_open AND (CAST(:after AS uuid) IS NULL OR p.id > :after) ORDER BY p.id LIMIT :piece"
).columns(guide=JSONB)


def _lay_out(bind: Connection) -> None:
    after: UUID | None = None
    while rows := bind.execute(_IN_FORCE, {"after": after, "piece": PIECE_ROWS}).all():
        facts = [fact_columns(row.id, row.number, Guide.model_validate(row.guide)) for row in rows]
        bind.execute(insert(tables.item_facts), facts)
        after = rows[-1].id


RULES = (
    RuleDefault(
        code="finding-working-days",
        value=5,
        unit="工作日",
        meaning="审计问题自发现起的整改期限",
        source="[D] 设计决定：与差评整改期限一致，可由本市改定",
        verified=False,
    ),
    RuleDefault(
        code="audit-hour",
        value=2,
        unit="时",
        meaning="每日几点（北京时间）自动审计全部在用事项；-1 表示不自动审计",
        source="[D] 设计决定：业务低峰时段",
        verified=False,
    ),
    RuleDefault(
        code="consistency-channels",
        value=[],
        unit="",
        meaning="须报送实际展示内容的渠道；其上的事项未报送过的记为未知，不计为一致",
        source="[D] 设计决定：渠道接通报送后列入",
        verified=False,
    ),
    RuleDefault(
        code="mandatory-guide-fields",
        value={
            "*": [
                "handling_kind",
                "handling_forms",
                "legal_basis",
                "conditions",
                "materials",
                "steps",
                "windows",
                "phone",
                "supervision_phone",
                "hours",
            ],
            "01": ["statutory_days", "results", "questions"],
            "07": ["results"],
        },
        unit="",
        meaning="办事指南必填要素，按事项类型（* 为各类共有）；用于计算办事指南完备度",
        source="[D] 设计决定：取自 domain.md 1.4、1.5 的必备要素，可由本市改定",
        verified=False,
    ),
)
"""Repeated literally in no code: a use case reads them through `tx.rule`."""

_QUALITY = "[V: WZ-RULES] 办事指南质量规则"
_LICENCE_LAW = "行政许可法"
LICENCE, ON_APPLICATION = ["01"], ["01", "05", "07", "08", "09", "10", "20"]


def _rule(
    code: str,
    expression: dict[str, Any],
    words: tuple[str, str],
    mend: tuple[str, str],
    pointers: Sequence[str],
    *,
    source: str = _QUALITY,
    verified: bool = True,
    severity: str = "refuse",
    applies_to: Sequence[str] = (),
    parameters: dict[str, Any] | None = None,
    is_enabled: bool = True,
    kind: str = "guide",
) -> dict[str, Any]:
    return {
        "code": code,
        "kind": kind,
        "expression": expression,
        "parameters": parameters or {},
        "pointers": list(pointers),
        "message_zh": words[0],
        "message_en": words[1],
        "how_to_mend_zh": mend[0],
        "how_to_mend_en": mend[1],
        "source": source,
        "verified": verified,
        "severity": severity,
        "is_enabled": is_enabled,
        "applies_to": list(applies_to),
    }


def _filled(
    code: str, fact: dict[str, Any], name: str, name_en: str, pointer: str
) -> dict[str, Any]:
    return _rule(
        code,
        fact,
        (f"缺少{name}", f"There is no {name_en}"),
        (f"请补填{name}", f"Fill in the {name_en}"),
        [pointer],
        source="[D] 必备要素（domain.md 1.4），可由本市改定",
        verified=False,
        severity="finding",
        applies_to=ON_APPLICATION,
    )


PUBLISHING_RULES = (
    _rule(
        "instant-kind",
        {
            "any": [
                {"empty": "handling_kind"},
                {"all": [{"eq": ["promised_days", 0]}, {"eq": ["handling_kind", "instant"]}]},
                {"all": [{"gt": ["promised_days", 0]}, {"ne": ["handling_kind", "instant"]}]},
            ]
        },
        (
            "办件类型与承诺时限不符：即办件承诺时限为 0，其他不为 0",
            "Handling kind and promise disagree: done on the spot means 0 days, and nothing else does",
        ),
        ("请改办件类型或承诺时限", "Change the handling kind or the promise"),
        ["/handling_kind", "/promised_days"],
        source=f"{_QUALITY} 1；未填办件类型的由完备性规则提示",
    ),
    _rule(
        "visit-reason",
        {
            "any": [
                {"all": [{"eq": ["visits", 0]}, {"eq": ["visit_reason_characters", 0]}]},
                {"all": [{"gt": ["visits", 0]}, {"gt": ["visit_reason_characters", 0]}]},
            ]
        },
        (
            "到现场次数与原因不符：须到现场的要写明原因，无须到现场的不写",
            "Visits and their reason disagree: a visit needs a reason, and no visit has none",
        ),
        ("请补写或删去到现场原因", "Write the reason, or take it out"),
        ["/visit_reason", "/visits"],
        source=f"{_QUALITY} 2",
    ),
    _rule(
        "no-visit-way",
        {
            "any": [
                {"gt": ["visits", 0]},
                {"eq": ["is_online", True]},
                {"contains": ["handling_forms", "mail"]},
            ]
        },
        (
            "无须到现场又不能网上办理的，办理形式应含快递申请",
            "Neither a visit nor online: then it must be open by mail",
        ),
        ("请增加快递申请或网上办理", "Add mail, or online handling"),
        ["/handling_forms"],
        source=f"{_QUALITY} 3",
    ),
    _rule(
        "fully-online-no-visit",
        {"any": [{"lt": ["online_depth", 4]}, {"eq": ["visits", 0]}]},
        (
            "全程网办（四级）的事项不应要求到现场",
            "What is fully online (depth 4) asks for no visit",
        ),
        ("请将到现场次数改为 0，或降低网办深度", "Set the visits to 0, or lower the depth"),
        ["/visits", "/online_depth"],
        source=f"{_QUALITY} 4",
    ),
    _rule(
        "fee-payment",
        {
            "any": [
                {"all": [{"eq": ["fees", 0]}, {"eq": ["pays_online", False]}]},
                {
                    "all": [
                        {"gt": ["fees", 0]},
                        {"eq": [{"sum": ["fees_without_basis", "fees_without_standard"]}, 0]},
                    ]
                },
            ]
        },
        (
            "收费信息不全：收费的要有依据和标准，不收费的不应有网上支付",
            "Fees are incomplete: each has a basis and a standard, and no fee means no online payment",
        ),
        ("请补齐收费依据和标准，或关闭网上支付", "Add basis and standard, or switch payment off"),
        ["/fees", "/pays_online"],
        source=f"{_QUALITY} 5",
    ),
    _rule(
        "phones",
        {
            "all": [
                {"filled": "phone"},
                {"filled": "supervision_phone"},
                {"ne": ["phone", {"fact": "supervision_phone"}]},
                {"contains": ["phone", {"parameter": "area_code"}]},
                {"contains": ["supervision_phone", {"parameter": "area_code"}]},
            ]
        },
        (
            "咨询电话和监督电话应都填写、不相同，并带区号 {area_code}",
            "Enquiry and supervision telephones are both filled, differ, and carry the area code {area_code}",
        ),
        (
            "请补填或更正电话，格式如 {area_code}-2123456",
            "Fill in or correct them, such as {area_code}-2123456",
        ),
        ["/phone", "/supervision_phone"],
        source=f"{_QUALITY} 6；区号按本市",
        parameters={"area_code": "0768"},
    ),
    _rule(
        "hours",
        {
            "any": [
                {"contains": ["hours", {"parameter": "word"}]},
                {"contains": ["hours", "24小时"]},
                {"contains": ["hours", "全天"]},
            ]
        },
        (
            "办理时间应写明“{word}”，或 24小时、全天",
            "Hours must say {word}, 24小时 or 全天",
        ),
        ("请按“{word} 8:30—12:00”的写法填写", "Write them as {word} 8:30—12:00"),
        ["/hours"],
        source=f"{_QUALITY} 7",
        parameters={"word": "工作日"},
    ),
    _rule(
        "audience-themes",
        {
            "any": [
                {"empty": "themes"},
                {
                    "all": [
                        {
                            "any": [
                                {"not": {"contains": ["audience", "person"]}},
                                {"overlaps": ["themes", {"parameter": "person_themes"}]},
                            ]
                        },
                        {
                            "any": [
                                {"not": {"contains": ["audience", "enterprise"]}},
                                {"overlaps": ["themes", {"parameter": "enterprise_themes"}]},
                            ]
                        },
                    ]
                },
            ]
        },
        ("服务对象与主题分类不符", "Audience and themes disagree"),
        (
            "面向自然人的选自然人主题，面向法人的选法人主题",
            "Persons take themes for persons, enterprises those for enterprises",
        ),
        ["/themes", "/audience"],
        source=f"{_QUALITY} 8；两类主题代码由本市填入参数后启用",
        parameters={"person_themes": [], "enterprise_themes": []},
        is_enabled=False,
    ),
    _rule(
        "steps-within-promise",
        {
            "any": [
                {"le": ["step_days", {"fact": "promised_days"}]},
            ]
        },
        (
            "各办理步骤时限之和超过承诺时限",
            "The steps take longer together than is promised",
        ),
        ("请缩短步骤时限或改承诺时限", "Shorten the steps, or change the promise"),
        ["/steps", "/promised_days"],
        source=f"{_QUALITY} 9",
        applies_to=LICENCE,
    ),
    _rule(
        "result-sample",
        {"eq": ["results_without_sample", 0]},
        (
            "审批结果缺少样本（未关联证照类型，也未附样本文件）",
            "A result has no sample: neither a certificate type nor a file",
        ),
        ("请关联证照类型或上传结果样本", "Name the certificate type, or upload a sample"),
        ["/results"],
        source=f"{_QUALITY} 10；原文为发布必备，样本文件补齐前先作问题处理 [D]",
        severity="finding",
    ),
    _rule(
        "licence-questions",
        {"gt": ["questions", 0]},
        ("行政许可应至少有一条常见问题", "A licence has at least one frequent question"),
        ("请补充常见问题及解答", "Add a question with its answer"),
        ["/questions"],
        source=f"{_QUALITY} 11",
        applies_to=LICENCE,
    ),
    _rule(
        "licence-steps",
        {"gt": ["steps", 0]},
        ("行政许可应有分步骤的办理流程", "A licence has a stepwise flow"),
        ("请补充办理步骤及时限", "Add the steps with their limits"),
        ["/steps"],
        source=f"{_QUALITY} 11",
        applies_to=LICENCE,
    ),
    _rule(
        "licence-statutory-limit",
        {
            "any": [
                {"empty": "statutory_days"},
                {
                    "all": [
                        {"eq": ["handling_kind", "joint"]},
                        {"le": ["statutory_days", {"parameter": "joint_days"}]},
                    ]
                },
                {"le": ["statutory_days", {"parameter": "days"}]},
            ]
        },
        (
            "行政许可法定时限超过 {days} 个工作日（联合办理 {joint_days} 日）",
            "A licence's statutory limit is over {days} working days ({joint_days} when joint)",
        ),
        (
            "请核对设定依据；法律法规另有规定的，由协调员以该依据认可此问题",
            "Check the law; where it sets another limit a coordinator accepts the finding on that basis",
        ),
        ["/statutory_days"],
        source=f"[V: LAW:{_LICENCE_LAW}] 第四十二条；“法律、法规另有规定的，依照其规定”",
        severity="finding",
        applies_to=LICENCE,
        parameters={"days": 20, "joint_days": 45},
    ),
    _rule(
        "licence-delivery",
        {"le": ["delivery_days", {"parameter": "days"}]},
        (
            "行政许可决定后制证、送达超过 {days} 个工作日",
            "Making and delivering a licence takes over {days} working days after the decision",
        ),
        ("请缩短制证和送达步骤", "Shorten making and delivery"),
        ["/steps"],
        source=f"[V: LAW:{_LICENCE_LAW}] 第四十四条",
        applies_to=LICENCE,
        parameters={"days": 10},
    ),
    _rule(
        "promise-within-law",
        {
            "any": [
                {"empty": "statutory_days"},
                {"le": ["promised_days", {"fact": "statutory_days"}]},
            ]
        },
        ("承诺时限超过法定时限", "The promise is longer than the law allows"),
        ("请缩短承诺时限", "Shorten the promise"),
        ["/promised_days"],
        source="domain.md 1.5 规则 13",
    ),
    _rule(
        "no-catch-all",
        {"eq": ["catch_all_conditions", 0]},
        (
            "受理条件或材料中有兜底条款（如“其他材料”）",
            "A condition or material leaves everything open (其他材料)",
        ),
        ("请逐项列明，删去兜底条款", "Name each one, and take the clause out"),
        ["/conditions", "/materials"],
        source="[V: LAW:优化营商环境条例] 第三十五条",
        severity="finding",
    ),
    _filled(
        "handling-kind-filled",
        {"filled": "handling_kind"},
        "办件类型",
        "handling kind",
        "/handling_kind",
    ),
    _filled(
        "handling-forms-filled",
        {"filled": "handling_forms"},
        "办理形式",
        "form of handling",
        "/handling_forms",
    ),
    _filled("laws-filled", {"gt": ["laws", 0]}, "设定依据", "legal basis", "/legal_basis"),
    _filled(
        "conditions-filled",
        {"gt": ["conditions", 0]},
        "受理条件",
        "condition of acceptance",
        "/conditions",
    ),
    _filled("materials-filled", {"gt": ["materials", 0]}, "申请材料", "material", "/materials"),
    _filled("windows-filled", {"gt": ["windows", 0]}, "办理地点", "place of handling", "/windows"),
    _rule(
        "same-materials",
        {},
        (
            "与其他区划的同一事项申请材料不一致",
            "The materials differ from those of the same item in other divisions",
        ),
        (
            "请按基准一致修改材料；地方规定允许的，由协调员认可",
            "Bring them into line with the reference; what a local rule allows a coordinator accepts",
        ),
        ["/materials"],
        source="一事项一标准（domain.md 1.7 consistency）[D]",
        verified=False,
        severity="finding",
        kind="divisions",
    ),
    _rule(
        "same-conditions",
        {},
        (
            "与其他区划的同一事项受理条件不一致",
            "The conditions differ from those of the same item in other divisions",
        ),
        (
            "请按基准一致修改条件；地方规定允许的，由协调员认可",
            "Bring them into line with the reference; what a local rule allows a coordinator accepts",
        ),
        ["/conditions"],
        source="一事项一标准（domain.md 1.7 consistency）[D]",
        verified=False,
        severity="finding",
        kind="divisions",
    ),
    _rule(
        "same-on-channels",
        {},
        (
            "渠道实际展示的材料或条件与在用办事指南不一致",
            "A channel shows other materials or conditions than the guide in force",
        ),
        (
            "请通知渠道更新，更新后由渠道重新报送",
            "Have the channel updated; it then reports what it shows",
        ),
        ["/materials", "/conditions"],
        source="线上线下一致（domain.md 1.7 consistency）[D]",
        verified=False,
        severity="finding",
        kind="channels",
    ),
)
"""Domain.md 1.5, rules 1 to 13 in order, then completeness and consistency. Changed by a system administrator."""

"""The first definitions and the rules that they read. A copy is kept here: what runs on version 1 must find version 1."""

import json
from datetime import UTC, datetime
from pathlib import Path

from alembic import op
from sqlalchemy import insert

from chassis.ids import new_id
from chassis.migrations import seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0005"
down_revision = "0004"

PROCESSES = Path(__file__).parents[1] / "processes"
CODES = ("hotline", "rectification", "correction", "application")
SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    seed_rules(RULES)
    for code in CODES:
        body = json.loads((PROCESSES / f"{code}.v1.json").read_text(encoding="utf-8"))
        op.execute(
            insert(tables.process_definitions).values(
                id=new_id(),
                code=code,
                version=1,
                name=body["name"],
                state="active",
                definition=body,
                drafted_by="migration",
                drafted_at=SEEDED_AT,
                activated_by="migration",
                activated_at=SEEDED_AT,
                row_version=1,
            )
        )


_KNOWN = "domain.md 3.3、3.4：各地条例有此规则，本市数值未见原文 [K]"

RULES = (
    RuleDefault(
        code="hotline-waits",
        value={
            "opened": 4,
            "dispatching": 2,
            "dispatched": 1,
            "return-requested": 1,
            "disputed": 1,
            "extension-requested": 1,
            "suspended": 60,
            "replied": 1,
            "reviewed": 1,
            "approving": 1,
            "merged": 60,
            "audited": 7,
        },
        unit="小时（待派单、派送中）/ 工作日 / 自然日（中止、并单、复查）",
        meaning="工单在各环节最长等待时间，超过即提醒责任方",
        source="签收一个工作日 [V: PAGE:plnmw]，回访次日 [V: PAGE:fsou]，其余设计决定 [D]",
        verified=False,
    ),
    RuleDefault(
        code="hotline-urgent-hours",
        value={"urgent": 24, "emergency": 2},
        unit="小时",
        meaning="紧急、特急诉求自派单起的办理期限",
        source="当日办理 [V: PAGE:fsou]，两小时联系 [K]",
        verified=False,
    ),
    RuleDefault(
        code="hotline-enterprise-working-days",
        value={"consultation": 2, "help": 4, "complaint": 4, "report": 4, "suggestion": 4},
        unit="工作日",
        meaning="企业诉求自派单起的办理期限，按诉求类型",
        source="珠海做法：咨询 2、其他 4 个工作日 [V: PAGE:hqtbz]；本市未见原文",
        verified=False,
    ),
    RuleDefault(
        code="hotline-dispatches-max",
        value=10,
        unit="次",
        meaning="一件工单最多派单次数",
        source="[D] 防止无限次转派",
        verified=False,
    ),
    RuleDefault(
        code="hotline-return-days",
        value=1,
        unit="工作日",
        meaning="派单后几个工作日内可以申请退单",
        source=_KNOWN,
        verified=False,
    ),
    RuleDefault(
        code="hotline-returns-max",
        value=2,
        unit="次",
        meaning="退单达到此次数后，再申请退单的由督办员裁定承办单位",
        source="巴彦淖尔：转办达 3 个部门提级督办 [V: PAGE:nmg.zhonghongwang]；本市未见原文",
        verified=False,
    ),
    RuleDefault(
        code="hotline-return-requests-max",
        value=5,
        unit="次",
        meaning="一件工单最多申请退单次数",
        source="[D] 裁定后不得再退，此为上限",
        verified=False,
    ),
    RuleDefault(
        code="hotline-extensions-max",
        value=1,
        unit="次",
        meaning="一件工单最多延期次数",
        source="延期一次、到期前申请、告知来电人 [V: PAGE:fsou 摘录]；天数 [D]",
        verified=False,
    ),
    RuleDefault(
        code="hotline-suspensions-max",
        value=3,
        unit="次",
        meaning="一件工单最多中止计时次数",
        source=_KNOWN,
        verified=False,
    ),
    RuleDefault(
        code="hotline-reviews-max",
        value=5,
        unit="次",
        meaning="一轮办理中最多审核回复次数",
        source="[D] 防止无限次退回重写",
        verified=False,
    ),
    RuleDefault(
        code="hotline-visit-tries-max",
        value=2,
        unit="次",
        meaning="回访未接通达到此次数后，再次未接通即以未回访办结",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="hotline-approval-from-round",
        value=1_000,
        unit="轮",
        meaning="从第几轮办理起，承办单位的回复须经本单位负责人审核；1 为每次都审，1000 为不审",
        source="[D] 设计决定：负责人审核回复（roles.md），由本市启用",
        verified=False,
    ),
    RuleDefault(
        code="hotline-reopens-max",
        value=2,
        unit="次",
        meaning="办结后最多重新办理次数",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="hotline-reopen-days",
        value=30,
        unit="自然日",
        meaning="办结后几日内可以申请重新办理",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="correction-working-days",
        value=5,
        unit="工作日",
        meaning="指南整改工单的办理期限（审计未给出到期日时）",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="application-days",
        value=20,
        unit="工作日",
        meaning="办件的法定决定期限；承诺期限以受理时事项版本为准",
        source="行政许可法第四十二条 [V: LAW:行政许可法]",
        verified=True,
    ),
    RuleDefault(
        code="application-waits",
        value={"submitted": 5, "correction": 180, "suspended": 180, "decided": 10},
        unit="工作日（已收件、已决定）/ 自然日（补正、特别程序）",
        meaning="办件在各环节最长等待时间，超过即提醒责任方",
        source="五日内一次告知（第32条）、十日内送达（第44条）[V: LAW:行政许可法]；其余 [D]",
        verified=False,
    ),
    RuleDefault(
        code="application-suspensions-max",
        value=10,
        unit="次",
        meaning="一件办件最多启动特别程序次数",
        source="[D] 设计决定",
        verified=False,
    ),
)

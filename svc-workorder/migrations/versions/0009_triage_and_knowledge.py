"""Triage in use, the responsibility list, the knowledge base."""

from alembic import op

from chassis.migrations import protect, protect_below, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.triage_models,
        tables.triage_model_steps,
        tables.triage_model_files,
        tables.work_order_proposals,
        tables.triage_decisions,
        tables.place_names,
        tables.responsibilities,
        tables.responsibility_steps,
        tables.responsibility_rulings,
        tables.kb_articles,
        tables.kb_article_steps,
        tables.kb_article_words,
        tables.kb_tasks,
        tables.kb_task_steps,
        tables.work_order_citations,
    ):
        table.create(bind)
    for below in ("work_order_proposals", "triage_decisions", "work_order_citations"):
        protect_below(below, parent="work_orders", column="work_order_id")
    protect("responsibilities", department="department", division="division")
    protect_below("responsibility_steps", parent="responsibilities", column="responsibility_id")
    protect("responsibility_rulings", department="department", division="division")
    protect("kb_articles", department="department")
    protect_below("kb_article_steps", parent="kb_articles", column="kb_article_id")
    protect("kb_tasks", department="department")
    protect_below("kb_task_steps", parent="kb_tasks", column="kb_task_id")
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="knowledge-review-days",
        value=180,
        unit="自然日",
        meaning="知识库答案发布后几日内须由承办单位复核一次（发布时未写明复核日期的）",
        source="[D] 设计决定；陈旧知识属督办情形 [V: 潍坊条例]，天数本市未见原文",
        verified=False,
    ),
    RuleDefault(
        code="knowledge-answer-days",
        value={"consultation": 5},
        unit="自然日",
        meaning="哪类诉求办结后请承办单位补充知识库答案，几日内补充；不列的类型不请",
        source="咨询办结后承办单位补充答案 [V: 潍坊条例第31条；广东办法第25条(三)摘录]，天数 [D]",
        verified=False,
    ),
    RuleDefault(
        code="knowledge-redraw-days",
        value=5,
        unit="自然日",
        meaning="指南更新后，经部门改写过的知识库答案几日内须核对",
        source="[D] 设计决定",
        verified=False,
    ),
)

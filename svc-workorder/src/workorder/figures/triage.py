"""Figures of triage and of the knowledge base."""

from sqlalchemy import ColumnElement, func, or_, select

from chassis.indicators import Figure, Indicator, Period, ratio_figure
from chassis.transaction import Transaction
from workorder.domain.knowledge import PUBLISHED
from workorder.tables import kb_articles, triage_decisions

_DECISIONS = "/workorder/v1/triage/decisions"


async def triage_accepted_share(tx: Transaction, period: Period) -> Figure:
    t = triage_decisions.c
    said = [t.label_accepted.is_not(None), *_decided(period)]
    return ratio_figure(await _count(tx, [*said, t.label_accepted]), await _count(tx, said))


async def triage_silent_share(tx: Transaction, period: Period) -> Figure:
    t = triage_decisions.c
    looked_at = [t.model_id.is_not(None), *_decided(period)]
    silent = await _count(tx, [*looked_at, t.proposed_label.is_(None)])
    return ratio_figure(silent, await _count(tx, looked_at))


async def knowledge_timeliness(tx: Transaction, period: Period) -> Figure:
    """As of the period's last day: what is published now, held against that day."""
    t = kb_articles.c
    published = [t.state == PUBLISHED, *period.conditions(department=t.department)]
    in_time = or_(t.review_due.is_(None), t.review_due >= period.day(tx.now))
    fresh = await _count(tx, [*published, t.is_stale.is_(False), in_time])
    return ratio_figure(fresh, await _count(tx, published))


def _decided(period: Period) -> list[ColumnElement[bool]]:
    t = triage_decisions.c
    return period.conditions(at=t.decided_at, division=t.division, department=t.department)


async def _count(tx: Transaction, conditions: list[ColumnElement[bool]]) -> int:
    return int(await tx.scalar(select(func.count()).where(*conditions)) or 0)


INDICATORS = (
    Indicator(
        code="triage_accepted_share",
        name_zh="分派建议采纳率",
        definition_zh="期内有分类建议的分派决定中，决定与建议一致的占比",
        definition_en="Decisions that followed the proposed category / decisions for which one was proposed",
        unit="%",
        compute=triage_accepted_share,
        records=f"{_DECISIONS}?silent=false",
        numerator=f"{_DECISIONS}?label_accepted=true",
    ),
    Indicator(
        code="triage_silent_share",
        name_zh="分派建议沉默率",
        definition_zh="期内模型看过的诉求中，因把握不足而不提分类建议的占比",
        definition_en="Decisions on orders of which the model said nothing / decisions on orders it had looked at",
        unit="%",
        compute=triage_silent_share,
        records=_DECISIONS,
        numerator=f"{_DECISIONS}?silent=true",
    ),
    Indicator(
        code="knowledge_timeliness",
        name_zh="知识库更新及时率",
        definition_zh="已发布的知识库答案中，未陈旧且未过复核日期的占比（截至期末）",
        definition_en="Published answers neither stale nor past their review date / published answers, at the period's end",
        unit="%",
        compute=knowledge_timeliness,
        records="/workorder/v1/knowledge-articles?state=published",
    ),
)

"""Reads for screens and figures; they never write. Reach is applied by the database."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from chassis.errors import NotFoundError
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction
from evaluation.domain.rating import RatingState
from evaluation.domain.score import score_out_of_ten
from evaluation.tables import invitations, ratings


def own_invitations(applicant_id: str) -> Select[Any]:
    return select(invitations).where(invitations.c.applicant_id == UUID(applicant_id))


def ratings_in(period: Period, *, only_bad: bool | None = None) -> Select[Any]:
    """Ratings given in a period, of a division's subtree or a department."""
    t = ratings.c
    within = period.conditions(at=t.given_at, division=t.division, department=t.department)
    statement = select(ratings).where(*within)
    if only_bad is not None:
        statement = statement.where(ratings.c.is_bad.is_(only_bad))
    return statement


async def rating_row(tx: Transaction, rating_id: UUID) -> Row[Any]:
    row = await tx.one_or_none(select(ratings).where(ratings.c.id == rating_id))
    if row is None:
        raise NotFoundError
    return row


async def service_quality_score(tx: Transaction, period: Period) -> Figure:
    found = ratings_in(period).subquery()
    rows = await tx.all(select(found.c.level, func.count().label("n")).group_by(found.c.level))
    counts = {row.level: row.n for row in rows}
    score = score_out_of_ten(counts, await tx.rule("points-by-level"))
    return Figure(value=score, numerator=None, denominator=sum(counts.values()))


async def negative_rectified_share(tx: Transaction, period: Period) -> Figure:
    found = ratings_in(period, only_bad=True).subquery()
    rows = await tx.all(select(found.c.state, func.count().label("n")).group_by(found.c.state))
    counts = {row.state: row.n for row in rows}
    return ratio_figure(counts.get(RatingState.RECTIFIED, 0), sum(counts.values()))


async def ratings_count(tx: Transaction, period: Period) -> Figure:
    found = ratings_in(period).subquery()
    return count_figure(int(await tx.scalar(select(func.count()).select_from(found)) or 0))


INDICATORS = (
    Indicator(
        code="service_quality_score",
        name_zh="服务质量评分",
        definition_zh="期内全部评价按等级折分的平均值，满分 10，保留两位小数；折分见规则 points-by-level",
        definition_en="Mean points of all ratings given in the period, out of 10, two digits; rule points-by-level",
        unit="分",
        compute=service_quality_score,
        records="/evaluation/v1/ratings",
    ),
    Indicator(
        code="negative_rectified_share",
        name_zh="差评整改率",
        definition_zh="期内差评中已整改并回访满意的占比",
        definition_en="Bad ratings of the period that were rectified and found satisfied on the visit / bad ratings",
        unit="%",
        compute=negative_rectified_share,
        records="/evaluation/v1/ratings?is_bad=true",
    ),
    Indicator(
        code="ratings",
        name_zh="评价数",
        definition_zh="期内收到的主动评价",
        definition_en="Ratings given in the period",
        unit="件",
        compute=ratings_count,
        records="/evaluation/v1/ratings",
    ),
)

"""The month's score (服务质量评分) as a pure formula; the points a level brings are a rule, not a constant."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

CENTS = Decimal("0.01")


def score_out_of_ten(counts: Mapping[str, int], points: Mapping[str, int]) -> Decimal | None:
    """The mean of the points over all ratings, two digits, half up; None when nobody rated (domain.md 4)."""
    total = sum(counts.values())
    if total == 0:
        return None
    earned = sum(points[level] * count for level, count in counts.items())
    return (Decimal(earned) / Decimal(total)).quantize(CENTS, ROUND_HALF_UP)

"""How alike two appeals are (重复诉求识别): by the pairs of characters they share, by who calls, by the place.

Dice's coefficient of the two sets of pairs says how alike the words are; the same caller and the same place add to
it. No model: whoever dispatches sees the reasons and decides.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from workorder.domain.search import search_words

Why = Literal["similar-words", "same-caller", "same-place"]

EARTH_METRES = 6_371_000.0
SAME_CALLER_BONUS = 30
SAME_PLACE_BONUS = 20
SAME_CALLER_WORDS_MIN = 10
"""Percent of words that have to be alike before the same caller counts: they may call about another thing."""
PLACE_WORDS_MIN = 60
PROBE_WORDS = 5
COMMON_SHARE = 0.05
"""A word that stands in more orders than this tells nothing."""


@dataclass(frozen=True, kw_only=True)
class Appeal:
    """What is compared. Texts are masked."""

    title: str
    content: str
    place: str = ""
    longitude: float | None = None
    latitude: float | None = None

    @property
    def words(self) -> list[str]:
        return search_words(f"{self.title}\n{self.content}\n{self.place}")


@dataclass(frozen=True, kw_only=True)
class Similar:
    """An order that is much the same, with percent and reasons."""

    order: Any
    score: int
    why: tuple[Why, ...]


@dataclass(frozen=True, kw_only=True)
class SimilarityRules:
    """The rule `similar-orders`."""

    days: int
    score: int
    """Percent from which another order is named."""
    metres: int
    most: int

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "SimilarityRules":
        return cls(**{name: int(value[name]) for name in ("days", "score", "metres", "most")})


def probes_of(appeal: Appeal, shares: Mapping[str, float]) -> list[list[str]]:
    """Pairs of telling words: an order that is alike has both of at least one of them.

    Out of title and place first, half of them words that are known to be used, half of them rare ones.
    """
    telling = _telling(search_words(f"{appeal.title}\n{appeal.place}"), shares)
    if len(telling) < PROBE_WORDS:
        more = _telling(search_words(appeal.content), shares)
        telling += [word for word in more if word not in telling][: PROBE_WORDS - len(telling)]
    if len(telling) < 2:
        return [[word] for word in telling]
    return [list(pair) for pair in combinations(telling, 2)]


def _telling(words: Sequence[str], shares: Mapping[str, float]) -> list[str]:
    known = sorted((word for word in words if word in shares), key=lambda word: shares[word])
    known = [word for word in known if shares[word] <= COMMON_SHARE]
    rare = [word for word in words if word not in shares]
    half = PROBE_WORDS // 2
    first = known[: max(half, PROBE_WORDS - len(rare))]
    return [*first, *rare[: PROBE_WORDS - len(first)]]


def alike(
    *,
    shared: int,
    sizes: tuple[int, int],
    is_same_caller: bool,
    is_same_place: bool,
) -> tuple[int, tuple[Why, ...]]:
    """Percent and reasons."""
    total = sum(sizes)
    words = round(200 * shared / total) if total else 0
    why: list[Why] = ["similar-words"] if shared else []
    score = words
    if is_same_caller and words >= SAME_CALLER_WORDS_MIN:
        score += SAME_CALLER_BONUS
        why.append("same-caller")
    if is_same_place:
        score += SAME_PLACE_BONUS
        why.append("same-place")
    return min(score, 100), tuple(why)


def is_same_place(one: Appeal, other: Appeal, *, metres: int) -> bool:
    """Near by coordinates; or, where one has none, described in much the same words."""
    points = (one.longitude, one.latitude, other.longitude, other.latitude)
    if all(each is not None for each in points):
        return distance(one, other) <= metres
    mine, theirs = set(search_words(one.place)), set(search_words(other.place))
    if not mine or not theirs:
        return False
    return 200 * len(mine & theirs) / (len(mine) + len(theirs)) >= PLACE_WORDS_MIN


def distance(one: Appeal, other: Appeal) -> float:
    """Metres between two appeals that have coordinates, on the sphere."""
    assert one.longitude is not None
    assert one.latitude is not None
    assert other.longitude is not None
    assert other.latitude is not None
    north = math.radians(other.latitude - one.latitude)
    east = math.radians(other.longitude - one.longitude) * math.cos(
        math.radians((one.latitude + other.latitude) / 2)
    )
    return EARTH_METRES * math.hypot(north, east)

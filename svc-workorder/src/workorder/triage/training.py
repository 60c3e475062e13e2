"""Learning a model from rows. Only here is scikit-learn: it saves us the solver, the folds and the vectoriser."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from chassis.errors import InvalidError
from workorder.triage.model import TOPIC_MARK, Head, TriageModel
from workorder.triage.topics import TOPICS, topics_of
from workorder.triage.words import features_of, normalised, words_of

ROWS_MIN = 20
ROWS_OF_A_LABEL_MIN = 2
FOLDS = 5
FEATURES_MAX = 80_000
ROWS_FOR_CHOOSING_MAX = 4_000
PRECISION_WANTED = 0.8
"""A proposal speaks when, of held-out rows as sure as it, so many were right."""
SILENT = 1.01
SURE_ENOUGH = 0.5
"""Where all held-out rows were right often enough, a proposal that is likelier than not may speak."""
DOUBT = 0.05
KEYWORDS_MAX = 20
SAME_TEXT_CHARACTERS = 60

_COSTS = (0.1, 0.3, 1.0)
_PARTS_OF_TOPICS = (1.0, 0.5)


class TooFewRowsError(InvalidError):
    code = "too-few-rows"
    title_zh = "可用于训练的数据过少：至少两个标签、每个标签两行、共二十行"
    title_en = "Too few rows to learn from: at least two labels, two rows of each, twenty in all"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One labelled message. `department` is empty where the row names none."""

    text: str
    label: str
    department: str = ""


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """Texts as features, before anything is learnt of labels."""

    texts: list[str]
    groups: list[int]
    """Rows with nearly the same text share a number: they must not stand on both sides of a fold."""
    topics: csr_matrix


def train(examples: Sequence[Example], *, at: datetime) -> TriageModel:
    """A model of the rows' labels, and of their departments when they name at least two. Raises TooFewRowsError."""
    kept = _with_enough_rows(examples, lambda row: row.label)
    if len(kept) < ROWS_MIN:
        raise TooFewRowsError
    prepared = _prepare([row.text for row in kept])
    labels = [row.label for row in kept]
    cost, part, held_out = _choose(prepared, labels)
    vectoriser = _vectoriser(len(kept))
    words = vectoriser.fit_transform(prepared.texts)
    both = hstack([words, prepared.topics * part]).tocsr()
    heads = {"label": _head(both, labels, cost, held_out)}
    department = _department_head(kept, both, prepared, cost=cost, part=part)
    if department is not None:
        heads["department"] = department
    names = [*vectoriser.get_feature_names_out(), *(TOPIC_MARK + name for name in TOPICS)]
    weights = np.concatenate([vectoriser.idf_, np.full(len(TOPICS), part)]).astype(np.float32)
    return TriageModel(
        features={name: place for place, name in enumerate(names)},
        weights_of_features=weights,
        heads=heads,
        facts=_facts(examples, kept, held_out, at=at, cost=cost, part=part),
    )


@dataclass(frozen=True, kw_only=True)
class _HeldOut:
    """Scores of every row by a model that had not seen it; NaN where a label was in one fold only."""

    labels: tuple[str, ...]
    truth: NDArray[np.int64]
    scores: NDArray[np.float64]

    @property
    def accuracy(self) -> float:
        return float((self.scores.argmax(axis=1) == self.truth).mean())

    @property
    def macro_f1(self) -> float:
        return float(
            f1_score(self.truth, self.scores.argmax(axis=1), average="macro", zero_division=0)
        )


def _with_enough_rows(
    examples: Sequence[Example], value: Callable[[Example], str]
) -> list[Example]:
    counts = Counter(value(row) for row in examples)
    kept = [row for row in examples if value(row) and counts[value(row)] >= ROWS_OF_A_LABEL_MIN]
    return kept if len({value(row) for row in kept}) > 1 else []


def _prepare(texts: Sequence[str]) -> _Prepared:
    plain = [normalised(text) for text in texts]
    beginnings: dict[str, int] = {}
    groups = [beginnings.setdefault(text[:SAME_TEXT_CHARACTERS], len(beginnings)) for text in plain]
    return _Prepared(
        texts=plain, groups=groups, topics=vstack([_topic_row(t) for t in plain]).tocsr()
    )


def _topic_row(text: str) -> csr_matrix:
    counts = topics_of(text)
    row = np.array([1.0 + math.log(counts[n]) if counts[n] else 0.0 for n in TOPICS])
    length = float(np.linalg.norm(row))
    return csr_matrix(row / length if length else row)


def _vectoriser(rows: int) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer=lambda text: list(features_of(text)),
        sublinear_tf=True,
        min_df=2 if rows >= 100 else 1,
        max_features=FEATURES_MAX,
        dtype=np.float32,
    )


def _choose(prepared: _Prepared, labels: Sequence[str]) -> tuple[float, float, _HeldOut]:
    """The settings that do best on rows held out, by the mean of accuracy and macro F1."""
    chosen = _sample(len(labels))
    tried = []
    folds = _folds(prepared, labels, chosen)
    for cost, part in product(_COSTS, _PARTS_OF_TOPICS):
        held_out = _held_out(folds, [labels[place] for place in chosen], cost=cost, part=part)
        tried.append((held_out.accuracy + held_out.macro_f1, cost, part, held_out))
    _, cost, part, held_out = max(tried, key=lambda one: one[0])
    return cost, part, held_out


def _sample(rows: int) -> list[int]:
    """Rows to choose settings by: all of them, or evenly spread ones of many."""
    if rows <= ROWS_FOR_CHOOSING_MAX:
        return list(range(rows))
    return [int(place) for place in np.linspace(0, rows - 1, ROWS_FOR_CHOOSING_MAX)]


@dataclass(frozen=True, kw_only=True)
class _Fold:
    fit: NDArray[np.int64]
    test: NDArray[np.int64]
    fit_words: csr_matrix
    test_words: csr_matrix
    fit_topics: csr_matrix
    test_topics: csr_matrix


def _folds(prepared: _Prepared, labels: Sequence[str], chosen: Sequence[int]) -> list[_Fold]:
    rarest = min(Counter(labels[place] for place in chosen).values())
    splitter = StratifiedGroupKFold(
        n_splits=max(2, min(FOLDS, rarest)), shuffle=True, random_state=7
    )
    truth = [labels[place] for place in chosen]
    groups = [prepared.groups[place] for place in chosen]
    found = []
    for fit, test in splitter.split(np.zeros(len(chosen)), truth, groups):
        vectoriser = _vectoriser(len(fit))
        rows, others = [chosen[i] for i in fit], [chosen[i] for i in test]
        found.append(
            _Fold(
                fit=fit,
                test=test,
                fit_words=vectoriser.fit_transform([prepared.texts[i] for i in rows]),
                test_words=vectoriser.transform([prepared.texts[i] for i in others]),
                fit_topics=prepared.topics[rows],
                test_topics=prepared.topics[others],
            )
        )
    return found


def _held_out(
    folds: Sequence[_Fold], labels: Sequence[str], *, cost: float, part: float
) -> _HeldOut:
    names = tuple(sorted(set(labels)))
    places = {name: place for place, name in enumerate(names)}
    truth = np.array([places[label] for label in labels])
    scores = np.full((len(labels), len(names)), -1e3)
    for fold in folds:
        fitted = _fit(hstack([fold.fit_words, fold.fit_topics * part]), truth[fold.fit], cost)
        given = hstack([fold.test_words, fold.test_topics * part]).tocsr()
        scores[np.ix_(fold.test, fitted.classes_)] = _scores(fitted, given)
    return _HeldOut(labels=names, truth=truth, scores=scores)


def _fit(rows: csr_matrix, truth: NDArray[Any], cost: float) -> LinearSVC:
    return LinearSVC(C=cost, class_weight="balanced", random_state=7).fit(rows, truth)


def _scores(fitted: LinearSVC, rows: csr_matrix) -> NDArray[np.float64]:
    found = np.asarray(fitted.decision_function(rows), dtype=np.float64)
    return found if found.ndim > 1 else np.column_stack([-found, found])


def _head(rows: csr_matrix, labels: Sequence[str], cost: float, held_out: _HeldOut) -> Head:
    places = {name: place for place, name in enumerate(held_out.labels)}
    names = tuple(sorted(set(labels)))
    if names != held_out.labels:
        places = {name: place for place, name in enumerate(names)}
    fitted = _fit(rows, np.array([places[label] for label in labels]), cost)
    weights, bias = np.asarray(fitted.coef_), np.asarray(fitted.intercept_)
    if len(names) == 2:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    sharpness = _sharpness(held_out)
    return Head(
        labels=names,
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        sharpness=sharpness,
        threshold=_threshold(held_out, sharpness),
    )


def _confidences(held_out: _HeldOut, sharpness: float) -> NDArray[np.float64]:
    scaled = held_out.scores * sharpness
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _sharpness(held_out: _HeldOut) -> float:
    """The factor under which the confidences of held-out rows are the least surprised by the truth."""

    def surprise(factor: float) -> float:
        confidences = np.maximum(_confidences(held_out, factor), 1e-12)
        right = np.log(confidences[np.arange(len(held_out.truth)), held_out.truth])
        # Some doubt is kept, or rows that all came out right would make every confidence a certainty.
        return float(-((1 - DOUBT) * right + DOUBT * np.log(confidences).mean(axis=1)).mean())

    factors: list[float] = [2.0 ** (step / 4) for step in range(-4, 21)]
    return min(factors, key=surprise)


def _threshold(held_out: _HeldOut, sharpness: float) -> float:
    """The least confidence from which on held-out proposals were right often enough; above 1: always silent."""
    confidences = _confidences(held_out, sharpness)
    surest = confidences.max(axis=1)
    is_right = confidences.argmax(axis=1) == held_out.truth
    order = np.argsort(-surest, kind="stable")
    precision = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    good = np.nonzero(precision >= PRECISION_WANTED)[0]
    if not len(good):
        return SILENT
    if good[-1] == len(order) - 1:
        return min(SURE_ENOUGH, float(surest.min()))
    return round(float(surest[order][good[-1]]), 4)


def _department_head(
    kept: Sequence[Example], rows: csr_matrix, prepared: _Prepared, *, cost: float, part: float
) -> Head | None:
    counts = Counter(row.department for row in kept if row.department)
    named = [
        place
        for place, row in enumerate(kept)
        if row.department and counts[row.department] >= ROWS_OF_A_LABEL_MIN
    ]
    departments = [kept[place].department for place in named]
    if len(set(departments)) < 2:
        return None
    some = _Prepared(
        texts=[prepared.texts[place] for place in named],
        groups=[prepared.groups[place] for place in named],
        topics=prepared.topics[named],
    )
    chosen = _sample(len(named))
    folds = _folds(some, departments, chosen)
    held_out = _held_out(folds, [departments[place] for place in chosen], cost=cost, part=part)
    return _head(rows[named], departments, cost, held_out)


def _facts(
    examples: Sequence[Example],
    kept: Sequence[Example],
    held_out: _HeldOut,
    *,
    at: datetime,
    **settings: float,
) -> dict[str, Any]:
    content = "\n".join(f"{row.label}\t{row.department}\t{row.text}" for row in examples)
    counts = Counter(row.label for row in kept)
    return {
        "trained_at": at.isoformat(),
        "rows": len(examples),
        "rows_left_out": len(examples) - len(kept),
        "labels": dict(counts.most_common()),
        "data_sha256": hashlib.sha256(content.encode()).hexdigest(),
        "held_out": {
            "rows": len(held_out.truth),
            "accuracy": round(held_out.accuracy, 4),
            "macro_f1": round(held_out.macro_f1, 4),
        },
        "settings": settings,
        "keywords": _keywords(kept),
    }


def _keywords(kept: Sequence[Example]) -> Mapping[str, list[str]]:
    """Words that stand in a label's rows much more often than elsewhere: the plain baseline of an evaluation."""
    by_label: dict[str, Counter[str]] = defaultdict(Counter)
    everywhere: Counter[str] = Counter()
    sizes = Counter(row.label for row in kept)
    for row in kept:
        words = {word for word in words_of(normalised(row.text)) if len(word) > 1}
        by_label[row.label].update(words)
        everywhere.update(words)
    return {
        label: [
            word
            for word, _ in sorted(
                counts.items(),
                key=lambda pair: (
                    -pair[1]
                    / sizes[label]
                    * math.log(1 + pair[1] / (1 + everywhere[pair[0]] - pair[1])),
                    pair[0],
                ),
            )[:KEYWORDS_MAX]
        ]
        for label, counts in by_label.items()
    }

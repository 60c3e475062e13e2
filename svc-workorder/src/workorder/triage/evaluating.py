"""A model held against rows that it has not seen, beside what needs no learning."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workorder.triage.model import TriageModel
from workorder.triage.training import Example
from workorder.triage.words import normalised


@dataclass(frozen=True, kw_only=True)
class OfLabel:
    """How one label fares. Each share is None when there is nothing to divide by."""

    label: str
    rows: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Shares from 0 to 1. `majority` and `keyword` are the baselines' top-1 accuracy on the same rows."""

    rows: int
    top1: float | None
    top3: float | None
    macro_f1: float | None
    majority: float | None
    keyword: float | None
    spoken: float | None
    """The share of rows for which a proposal was sure enough to speak."""
    right_when_spoken: float | None
    department_top1: float | None
    by_label: tuple[OfLabel, ...]
    confusion: Mapping[str, Mapping[str, int]]
    """True label to proposed label to rows."""
    unknown_labels: tuple[str, ...]
    """Labels of the rows that the model never saw: each such row counts as wrong."""

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "top1_accuracy": self.top1,
            "top3_accuracy": self.top3,
            "macro_f1": self.macro_f1,
            "baselines": {"majority": self.majority, "keyword": self.keyword},
            "spoken_share": self.spoken,
            "accuracy_when_spoken": self.right_when_spoken,
            "department_top1_accuracy": self.department_top1,
            "labels": {
                one.label: {
                    "rows": one.rows,
                    "precision": one.precision,
                    "recall": one.recall,
                    "f1": one.f1,
                }
                for one in self.by_label
            },
            "confusion": {truth: dict(row) for truth, row in self.confusion.items()},
            "unknown_labels": list(self.unknown_labels),
        }


def evaluate(model: TriageModel, examples: Sequence[Example]) -> Evaluation:
    """Hold a model against labelled rows; macro F1 is over the labels that the rows or the proposals name."""
    ranked = [model.rank(row.text) for row in examples]
    proposed = [one[0].label for one in ranked]
    truth = [row.label for row in examples]
    threshold = model.heads["label"].threshold
    spoken = [place for place, one in enumerate(ranked) if one[0].confidence >= threshold]
    by_label = _by_label(truth, proposed)
    f1s = [one.f1 or 0.0 for one in by_label]
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    for true, guess in zip(truth, proposed, strict=True):
        confusion[true][guess] += 1
    top3 = [true in {p.label for p in one[:3]} for true, one in zip(truth, ranked, strict=True)]
    return Evaluation(
        rows=len(examples),
        top1=_share([a == b for a, b in zip(truth, proposed, strict=True)]),
        top3=_share(top3),
        macro_f1=round(sum(f1s) / len(f1s), 4) if f1s else None,
        majority=_share([true == _commonest(model) for true in truth]),
        keyword=_share([row.label == _by_keywords(model, row.text) for row in examples]),
        spoken=_share([place in set(spoken) for place in range(len(examples))]),
        right_when_spoken=_share([truth[place] == proposed[place] for place in spoken]),
        department_top1=_departments(model, examples),
        by_label=by_label,
        confusion=confusion,
        unknown_labels=tuple(sorted(set(truth) - set(model.heads["label"].labels))),
    )


def _share(verdicts: Sequence[bool]) -> float | None:
    return round(sum(verdicts) / len(verdicts), 4) if verdicts else None


def _by_label(truth: Sequence[str], proposed: Sequence[str]) -> tuple[OfLabel, ...]:
    rows, guesses = Counter(truth), Counter(proposed)
    right = Counter(a for a, b in zip(truth, proposed, strict=True) if a == b)
    return tuple(
        OfLabel(
            label=label,
            rows=rows[label],
            precision=_ratio(right[label], guesses[label]),
            recall=_ratio(right[label], rows[label]),
            f1=_ratio(2 * right[label], rows[label] + guesses[label]),
        )
        for label in sorted({*rows, *guesses})
    )


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _commonest(model: TriageModel) -> str:
    labels: Mapping[str, int] = model.facts["labels"]
    return max(labels, key=lambda label: (labels[label], label))


def _by_keywords(model: TriageModel, text: str) -> str:
    """The label most of whose keywords stand in the text; with none at all, the commonest label."""
    plain = normalised(text)
    keywords: Mapping[str, Sequence[str]] = model.facts["keywords"]
    hits = {label: sum(word in plain for word in words) for label, words in keywords.items()}
    best = max(hits, key=lambda label: (hits[label], label))
    return best if hits[best] else _commonest(model)


def _departments(model: TriageModel, examples: Sequence[Example]) -> float | None:
    named = [row for row in examples if row.department]
    if "department" not in model.heads:
        return None
    return _share(
        [model.rank(row.text, head="department")[0].label == row.department for row in named]
    )

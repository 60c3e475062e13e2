"""The model as data: words and numbers in a zip file, no code. Reading one runs nothing, and needs no scikit-learn."""

import io
import json
import math
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from chassis.errors import InvalidError
from workorder.triage.topics import topics_of, words_of_topic
from workorder.triage.words import features_of, normalised

FORMAT = "yiwang-triage/1"
FILE_BYTES_MAX = 256 * 1024 * 1024
REASONS_MAX = 5
RANKS_EXPLAINED = 3
TOPIC_MARK = "t"
PIECE_MARK = "c"
_PARTS = (".json", ".npy")
"""Words and numbers; anything else in the archive makes it none of ours."""

Weights = NDArray[np.float32]


class ModelUnreadableError(InvalidError):
    code = "model-unreadable"
    title_zh = "模型文件无法读取，请用 make triage-train 重新训练"
    title_en = "The model file cannot be read; train it again with make triage-train"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a text is probably about. `confidence` is 0 to 1 and means: of proposals this sure, so many are right."""

    label: str
    confidence: float
    reasons: tuple[str, ...]
    """Words of the text that spoke for it, the weightiest first."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """One thing that is proposed (category or department): a weight for each of its labels and each feature."""

    labels: tuple[str, ...]
    weights: Weights
    """Shape (labels, features)."""
    bias: Weights
    sharpness: float
    """What scores are multiplied with before they become confidences; fitted on rows that were held out."""
    threshold: float
    """Below this confidence a proposal stays silent."""


@dataclass(frozen=True, kw_only=True)
class TriageModel:
    """A trained model; `propose` is all that a running service needs."""

    features: Mapping[str, int]
    """Place of each feature; in the order of their places."""
    weights_of_features: Weights
    """Inverse document frequency of each feature; for a topic its part in the whole."""
    heads: Mapping[str, Head]
    facts: Mapping[str, Any] = field(default_factory=dict)
    """How it came about: rows, labels, when, the score on rows held out, keywords of each label."""

    def vector(self, text: str) -> tuple[NDArray[np.int64], Weights]:
        """Places and values of a text's features; words and topics each have length one, topics by their part."""
        plain = normalised(text)
        words = self._weighed(Counter(features_of(plain)))
        spoken = {TOPIC_MARK + name: count for name, count in topics_of(plain).items()}
        topics = self._weighed(Counter(spoken), after=True)
        places = np.array([place for place, _ in (*words, *topics)], dtype=np.int64)
        values = np.array([value for _, value in (*words, *topics)], dtype=np.float32)
        return places, values

    def _weighed(self, counts: Counter[str], *, after: bool = False) -> list[tuple[int, float]]:
        """Each known feature's place and value; weighed before they are brought to length one, topics `after` it."""
        found = [
            (place, 1.0 + math.log(count), float(self.weights_of_features[place]))
            for feature, count in counts.items()
            if (place := self.features.get(feature)) is not None
        ]
        values = [value if after else value * weight for _, value, weight in found]
        length = math.sqrt(sum(value**2 for value in values)) or 1.0
        return [
            (place, value / length * (weight if after else 1.0))
            for (place, _, weight), value in zip(found, values, strict=True)
        ]

    def rank(self, text: str, *, head: str = "label") -> list[Proposal]:
        """Every label of a head with its confidence, the surest first, without silence; empty without that head."""
        found = self.heads.get(head)
        if found is None:
            return []
        places, values = self.vector(text)
        plain = normalised(text)
        contributions = found.weights[:, places] * values
        scores = contributions.sum(axis=1) + found.bias
        confidences = _softmax(scores * found.sharpness)
        order = np.argsort(-confidences, kind="stable")
        spread = contributions - contributions.mean(axis=0)
        names = self._names(places)
        return [
            Proposal(
                label=found.labels[row],
                confidence=round(float(confidences[row]), 4),
                reasons=_reasons(names, spread[row], plain) if rank < RANKS_EXPLAINED else (),
            )
            for rank, row in enumerate(order)
        ]

    def propose(self, text: str, *, head: str = "label") -> Proposal | None:
        """The surest label, or None when it is not sure enough: then it stays silent."""
        ranked = self.rank(text, head=head)
        if not ranked or ranked[0].confidence < self.heads[head].threshold:
            return None
        return ranked[0]

    @cached_property
    def _names_by_place(self) -> tuple[str, ...]:
        return tuple(self.features)

    def _names(self, places: NDArray[np.int64]) -> list[str]:
        names = self._names_by_place
        return [names[place] for place in places.tolist()]

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        about = {
            "format": FORMAT,
            "features": list(self.features),
            "facts": dict(self.facts),
            "heads": {
                name: {
                    "labels": head.labels,
                    "sharpness": head.sharpness,
                    "threshold": head.threshold,
                }
                for name, head in self.heads.items()
            },
        }
        half_made = path.with_name(path.name + ".part")
        with zipfile.ZipFile(half_made, "w", zipfile.ZIP_DEFLATED) as archive:
            _put(archive, "model.json", json.dumps(about, ensure_ascii=False).encode())
            _put(archive, "features.npy", _in_bytes(self.weights_of_features))
            for name, head in self.heads.items():
                _put(archive, f"{name}.weights.npy", _in_bytes(head.weights))
                _put(archive, f"{name}.bias.npy", _in_bytes(head.bias))
        half_made.replace(path)


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Without the minute of writing, so that the same model is the same file, byte for byte.
    part = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    archive.writestr(part, content, compress_type=zipfile.ZIP_DEFLATED)


def load_model(source: Path | IO[bytes]) -> TriageModel:
    """Read a model file; raises ModelUnreadableError for anything that is none."""
    try:
        with zipfile.ZipFile(source) as archive:
            if any(not name.endswith(_PARTS) for name in archive.namelist()):
                raise ModelUnreadableError
            if sum(part.file_size for part in archive.infolist()) > FILE_BYTES_MAX:
                raise ModelUnreadableError
            about = json.loads(archive.read("model.json"))
            if about["format"] != FORMAT:
                raise ModelUnreadableError
            heads = {
                name: Head(
                    labels=tuple(told["labels"]),
                    weights=_of_bytes(archive.read(f"{name}.weights.npy")),
                    bias=_of_bytes(archive.read(f"{name}.bias.npy")),
                    sharpness=float(told["sharpness"]),
                    threshold=float(told["threshold"]),
                )
                for name, told in about["heads"].items()
            }
            weights = _of_bytes(archive.read("features.npy"))
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise ModelUnreadableError from error
    features = {name: place for place, name in enumerate(about["features"])}
    _check_shapes(features, weights, heads)
    return TriageModel(
        features=features, weights_of_features=weights, heads=heads, facts=about["facts"]
    )


def _check_shapes(features: Mapping[str, int], weights: Weights, heads: Mapping[str, Head]) -> None:
    for head in heads.values():
        expected = (len(head.labels), len(features))
        if head.weights.shape != expected or head.bias.shape != (len(head.labels),):
            raise ModelUnreadableError
    if weights.shape != (len(features),):
        raise ModelUnreadableError


def _reasons(names: Sequence[str], contributions: Weights, text: str) -> tuple[str, ...]:
    """Words of the text; a piece that stands in a word already named, or of one character, says nothing new."""
    spoken: list[str] = []
    for place in np.argsort(-contributions, kind="stable")[: REASONS_MAX * 8]:
        if contributions[place] <= 0 or len(spoken) == REASONS_MAX:
            break
        mark, name = names[place][0], names[place][1:]
        if mark == PIECE_MARK and len(name) == 1:
            continue
        shown = words_of_topic(text, name) if mark == TOPIC_MARK else (name.replace(" ", ""),)
        for word in shown:
            if not any(word in other or other in word for other in spoken):
                spoken.append(word)
    return tuple(spoken[:REASONS_MAX])


def _softmax(scores: Weights) -> Weights:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


def _in_bytes(array: Weights) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array.astype(np.float32), allow_pickle=False)
    return stream.getvalue()


def _of_bytes(content: bytes) -> Weights:
    found = np.load(io.BytesIO(content), allow_pickle=False)
    return np.asarray(found, dtype=np.float32)

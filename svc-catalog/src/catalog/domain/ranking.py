"""How well an item answers what somebody typed.

Whole words first (exact name, beginning, contained), then the weight of what is shared: pairs of characters
that few items have count more, official words for everyday ones count like the words themselves, sounds
count where a character was mistaken. Among equals the shorter name comes first.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from catalog.domain.words import (
    character_grams,
    is_chinese,
    is_latin,
    latin_grams,
    pairs,
    plain,
    runs,
    sound_grams,
    syllables,
)

EXACT, BEGINS, CONTAINS = 400.0, 60.0, 40.0
NAME, KEYWORDS, MAIN_ITEM, DEPARTMENT = 1.0, 0.8, 0.45, 0.3
SOUND, INITIALS, CHARACTER = 0.7, 0.6, 0.12
OFFICIAL_WHOLE, OFFICIAL_PART = 1.4, 0.35
LENGTH_SHARE = 0.35
"""How far a long name is marked down: it shares more by chance."""
LENGTH_USUAL = 16
PHASES = (
    "注销",
    "变更",
    "延续",
    "补办",
    "补领",
    "补发",
    "换发",
    "换领",
    "换证",
    "恢复",
    "终止",
    "分立",
    "合并",
    "歇业",
    "撤销",
    "转移",
    "停业",
)
"""Later parts of a thing's life: who does not name one wants the beginning."""
PHASE_UNASKED = 0.8


@dataclass(frozen=True, kw_only=True)
class Official:
    """What items call something."""

    text: str
    grams: tuple[str, ...]

    @classmethod
    def of(cls, word: str) -> Self:
        return cls(text=plain(word), grams=tuple(character_grams(word)))


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody typed, taken apart."""

    whole: str
    core: str
    """Without words that say nothing about the matter."""
    grams: tuple[str, ...]
    sounds: Mapping[str, Sequence[str]]
    """How each gram sounds."""
    latin: tuple[str, ...]
    """What its latin runs may mean: pinyin and initials."""
    latin_runs: tuple[str, ...]
    official: tuple[tuple[Official, ...], ...]
    """For each everyday word in it: what the items call that."""
    unasked_phases: tuple[str, ...]

    @property
    def retrieval(self) -> list[str]:
        """Every gram by which an answer may be found."""
        found = [*self.grams, *self.latin]
        for sounds in self.sounds.values():
            found.extend(sounds)
        for words in self.official:
            for word in words:
                found.extend(word.grams)
        return list(dict.fromkeys(found))


def ask(
    text: str,
    everyday: Mapping[str, Sequence[str]],
    *,
    by_sound: Sequence[Sequence[str]] = (),
) -> Question:
    """Take a query apart.

    `everyday`: words in it to official ones; a word with none is left out. `by_sound`: official words
    for everyday ones that only sound like what was typed.
    """
    whole = plain(text)
    rest = whole
    official = [tuple(words) for words in by_sound]
    for word in sorted(everyday, key=len, reverse=True):
        if word in rest:
            rest = rest.replace(word, " ")
            if everyday[word]:
                official.append(tuple(everyday[word]))
    core = whole
    for word in sorted((w for w in everyday if not everyday[w]), key=len, reverse=True):
        core = core.replace(word, " ")
    if not plain(core):
        core = whole
    grams = tuple(dict.fromkeys(character_grams(core)))
    latin_runs = tuple(run for run in runs(core) if is_latin(run))
    said = whole + " ".join(word for words in official for word in words)
    return Question(
        whole=whole,
        core=core,
        grams=grams,
        sounds={gram: sound_grams(gram) for gram in grams},
        latin=tuple(dict.fromkeys(gram for run in latin_runs for gram in latin_grams(run))),
        latin_runs=latin_runs,
        official=tuple(tuple(Official.of(word) for word in words) for words in official),
        unasked_phases=tuple(phase for phase in PHASES if phase not in said),
    )


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is looked at of an item that may answer."""

    name: str
    """Without punctuation, as `plain` gives it."""
    main_item: str
    keywords: str
    department: str


@dataclass(kw_only=True)
class Weights:
    """How much a gram says: the rarer, the more."""

    total: int
    counts: Mapping[str, int] = field(default_factory=dict)

    _known: dict[str, float] = field(default_factory=dict)

    def of(self, gram: str) -> float:
        if gram not in self._known:
            count = self.counts.get(gram, 0)
            rarity = math.log(1 + (self.total - count + 0.5) / (count + 0.5)) if count else 0.0
            self._known[gram] = rarity
        return self._known[gram]


def score(question: Question, candidate: Candidate, weights: Weights) -> float:
    """Higher answers better; 0: nothing shared."""
    shared = _shared(question, candidate, weights) + _official(question, candidate, weights)
    if any(phase in candidate.name for phase in question.unasked_phases):
        shared *= PHASE_UNASKED
    length = len(candidate.name) / LENGTH_USUAL
    return _whole(question, candidate) + shared / (1 - LENGTH_SHARE + LENGTH_SHARE * length)


def _whole(question: Question, candidate: Candidate) -> float:
    name = candidate.name
    if name == question.whole:
        return EXACT
    core = question.core.replace(" ", "")
    for text in (question.whole, core):
        if name.startswith(text):
            return BEGINS
        if text in name:
            return CONTAINS
    return 0.0


def _field_weight(text: str, candidate: Candidate) -> float:
    if text in candidate.name:
        return NAME
    if text in candidate.keywords:
        return KEYWORDS
    if text in candidate.main_item:
        return MAIN_ITEM
    return DEPARTMENT if text in candidate.department else 0.0


def _shared(question: Question, candidate: Candidate, weights: Weights) -> float:
    found, missed = 0.0, []
    for gram in question.grams:
        weight = _field_weight(gram, candidate)
        if weight:
            found += weight * weights.of(gram)
        else:
            missed.append(gram)
    if missed:
        found += _by_sound(missed, question, candidate, weights)
    return found


def _by_sound(
    missed: Sequence[str], question: Question, candidate: Candidate, weights: Weights
) -> float:
    """Pairs that sound alike, and single characters, for what is not there as it was typed."""
    found = 0.0
    sounds = _sounds(candidate.name)
    for gram in missed:
        for sound in question.sounds[gram]:
            if sound[1:] in sounds:
                found += SOUND * weights.of(sound)
    if question.latin_runs:
        found += _by_latin(question, sounds, weights)
    characters = {character for gram in missed if is_chinese(gram) for character in gram}
    return found + CHARACTER * sum(character in candidate.name for character in characters)


def _by_latin(question: Question, sounds: str, weights: Weights) -> float:
    """Pinyin, whole or by its initials."""
    found = sum(
        SOUND * weights.of(gram)
        for gram in question.latin
        if gram.startswith("~") and gram[1:] in sounds
    )
    initials = _initials(sounds)
    for run in question.latin_runs:
        if run in initials:
            found += sum(INITIALS * weights.of(f"^{pair}") for pair in pairs(run))
    return found


@lru_cache(maxsize=20_000)
def _sounds(name: str) -> str:
    return " ".join(
        syllable for run in runs(name) if is_chinese(run) for syllable in syllables(run)
    )


def _initials(sounds: str) -> str:
    return "".join(syllable[0] for syllable in sounds.split())


def _official(question: Question, candidate: Candidate, weights: Weights) -> float:
    """For each everyday word the best of its official ones."""
    return sum(
        max(_official_word(word, candidate, weights) for word in words)
        for words in question.official
    )


def _official_word(word: Official, candidate: Candidate, weights: Weights) -> float:
    weight = _field_weight(word.text, candidate)
    if weight:
        return OFFICIAL_WHOLE * weight * sum(weights.of(gram) for gram in word.grams)
    return OFFICIAL_PART * sum(
        _field_weight(gram, candidate) * weights.of(gram) for gram in word.grams
    )


def spans(question: Question, text: str) -> list[tuple[int, int]]:
    """The stretches of a text that match, as half-open spans of characters, merged."""
    words = [question.whole, *question.core.split(), *question.grams]
    words.extend(word.text for official in question.official for word in official)
    marked = [False] * len(text)
    lowered = text.lower()
    for word in words:
        start = lowered.find(word) if word else -1
        while start >= 0:
            marked[start : start + len(word)] = [True] * len(word)
            start = lowered.find(word, start + 1)
    return _stretches(marked)


def _stretches(marked: Sequence[bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for index, is_marked in enumerate(marked):
        if not is_marked:
            continue
        if found and found[-1][1] == index:
            found[-1] = (found[-1][0], index + 1)
        else:
            found.append((index, index + 1))
    return found

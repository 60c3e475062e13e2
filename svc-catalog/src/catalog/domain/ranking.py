"""How well an item answers what somebody typed.

Whole words first (exact name, beginning, contained), then the weight of what is shared: pairs of characters
that few items have count more, official words for everyday ones count like the words themselves, sounds
count where a character was mistaken. Among equals the shorter name comes first.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
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
MISTYPED_TIMES = 5
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
    "续期",
    "补证",
    "复审",
    "校验",
    "转入",
    "转出",
    "更正",
    "抵押",
    "解除",
    "封存",
    "解封",
    "查询",
    "咨询",
    "指引",
)
"""Later parts of a thing's life: who does not name one wants the beginning."""
PHASE_UNASKED = 0.8
PHASE_ASKED, PHASE_MISSING = 1.35, 0.9
"""Who says that something was lost wants what mends that, of all that has to do with it."""
LATER_WORD = 0.92
"""Official words stand in order of how well they fit: each is worth less than the one before it."""
LATER_WORD_MIN = 0.6
TRANSLATED = 0.6
"""Of what stands inside an everyday word, which its official words say better."""
SPOKEN_GRAMS = 8
"""In a longer sentence what is no everyday word is mostly talk."""
WORD_EXPONENT = 0.5
"""A long official word is one word, not as many reasons as it has pairs."""
WEAK = 0.3
"""Of an official word marked with `~`: it hints (孩子 at 子女) and does not name the matter."""


@dataclass(frozen=True, kw_only=True)
class Official:
    """What items call something."""

    text: str
    grams: tuple[str, ...]
    strength: float

    @classmethod
    def of(cls, word: str, place: int) -> Self:
        """`place`: how many fit better."""
        strength = max(LATER_WORD_MIN, LATER_WORD**place) * (WEAK if word.startswith("~") else 1.0)
        return cls(text=plain(word), grams=tuple(character_grams(word)), strength=strength)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody typed, taken apart."""

    whole: str
    core: str
    """Without words that say nothing about the matter."""
    grams: tuple[str, ...]
    translated: frozenset[str]
    """Those of them that official words stand for."""
    sounds: Mapping[str, Sequence[str]]
    """How each gram sounds."""
    latin: tuple[str, ...]
    """What its latin runs may mean: pinyin and initials."""
    latin_runs: tuple[str, ...]
    official: tuple[tuple[Official, ...], ...]
    """For each everyday word in it: what the items call that."""
    asked_phases: tuple[str, ...]
    unasked_phases: tuple[str, ...]

    @property
    def asked(self) -> list[str]:
        """Every gram whose rarity matters."""
        return list(
            dict.fromkeys([*self._certain, *(s for each in self.sounds.values() for s in each)])
        )

    def retrieval(self, weights: "Weights") -> list[str]:
        """Every gram by which an answer may be found: sounds only of what seems mistyped."""
        sounds = [
            sound
            for gram, each in self.sounds.items()
            for sound in each
            if weights.is_mistyped(gram, sound)
        ]
        return list(dict.fromkeys([*self._certain, *sounds]))

    @property
    def _certain(self) -> list[str]:
        official = (word.grams for words in self.official for word in words)
        return [*self.grams, *self.latin, *(gram for grams in official for gram in grams)]


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
    translated = {
        gram
        for word, words in everyday.items()
        if any(not official.startswith("~") for official in words)
        for gram in character_grams(word)
    }
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
        translated=frozenset(translated),
        sounds={gram: sound_grams(gram) for gram in grams},
        latin=tuple(dict.fromkeys(gram for run in latin_runs for gram in latin_grams(run))),
        latin_runs=latin_runs,
        official=tuple(
            tuple(Official.of(word, place) for place, word in enumerate(words))
            for words in official
        ),
        asked_phases=tuple(phase for phase in PHASES if phase in said),
        unasked_phases=tuple(phase for phase in PHASES if phase not in said),
    )


@dataclass(kw_only=True)
class Candidate:
    """What is looked at of an item that may answer. Not frozen: hundreds are made for a search, at twice the cost."""

    name: str
    """Without punctuation, as `plain` gives it."""
    main_item: str
    keywords: str
    department: str

    @cached_property
    def whole(self) -> str:
        """All of it: most of what is looked for stands in none, and one look is enough to know."""
        return f"{self.name} {self.keywords} {self.main_item} {self.department}"


@dataclass(kw_only=True)
class Weights:
    """How much a gram says: the rarer, the more."""

    total: int
    counts: Mapping[str, int] = field(default_factory=dict)

    _known: dict[str, float] = field(default_factory=dict)
    _meant: dict[str, list[tuple[str, float]]] = field(default_factory=dict)

    def of(self, gram: str) -> float:
        if gram not in self._known:
            count = self.counts.get(gram, 0)
            rarity = math.log(1 + (self.total - count + 0.5) / (count + 0.5)) if count else 0.0
            self._known[gram] = rarity
        return self._known[gram]

    def meant(self, gram: str, sounds: Sequence[str]) -> Sequence[tuple[str, float]]:
        """What a gram that seems mistyped sounds like, with the weight of that."""
        if gram not in self._meant:
            self._meant[gram] = [
                (sound[1:], self.of(sound)) for sound in sounds if self.is_mistyped(gram, sound)
            ]
        return self._meant[gram]

    def is_mistyped(self, gram: str, sound: str) -> bool:
        """Whether what is written is far rarer than what it sounds like."""
        return self.counts.get(sound, 0) > MISTYPED_TIMES * self.counts.get(gram, 0)


def score(question: Question, candidate: Candidate, weights: Weights) -> float:
    """Higher answers better; 0: nothing shared."""
    shared = _shared(question, candidate, weights) + _official(question, candidate, weights)
    if _names(question.asked_phases, candidate.name):
        shared *= PHASE_ASKED
    else:
        if question.asked_phases:
            shared *= PHASE_MISSING
        if _names(question.unasked_phases, candidate.name):
            shared *= PHASE_UNASKED
    length = len(candidate.name) / LENGTH_USUAL
    return _whole(question, candidate) + shared / (1 - LENGTH_SHARE + LENGTH_SHARE * length)


def _names(phases: tuple[str, ...], name: str) -> bool:
    return bool(phases) and _any_of(phases).search(name) is not None


@lru_cache(maxsize=1_000)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words)))


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
    if text not in candidate.whole:
        return 0.0
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
            share = TRANSLATED if gram in question.translated else 1.0
            found += share * weight * weights.of(gram)
        else:
            missed.append(gram)
    if missed:
        found += _by_sound(missed, question, candidate, weights)
    if question.official and len(question.grams) > SPOKEN_GRAMS:
        found *= SPOKEN_GRAMS / len(question.grams)
    return found


def _by_sound(
    missed: Sequence[str], question: Question, candidate: Candidate, weights: Weights
) -> float:
    """Pairs that sound alike, and single characters, for what is not there as it was typed."""
    found = 0.0
    for gram in missed:
        for sound, weight in weights.meant(gram, question.sounds[gram]):
            if sound in _sounds(candidate.name):
                found += SOUND * weight
    if question.latin_runs:
        found += _by_latin(question, _sounds(candidate.name), weights)
    characters = set("".join(gram for gram in missed if is_chinese(gram)))
    return found + CHARACTER * len(characters.intersection(candidate.name))


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
    share = word.strength / math.pow(len(word.grams) or 1, WORD_EXPONENT)
    weight = _field_weight(word.text, candidate)
    if weight:
        return share * OFFICIAL_WHOLE * weight * sum(map(weights.of, word.grams))
    whole = candidate.whole
    some = [gram for gram in word.grams if gram in whole]
    if not some:
        return 0.0
    found = sum(_field_weight(gram, candidate) * weights.of(gram) for gram in some)
    return share * OFFICIAL_PART * found


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

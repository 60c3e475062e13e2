"""What the words of a query say before any item is looked at: everyday words, places, and who is asking."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from catalog.domain.words import initials_of, is_latin, plain, runs, sound_text, sounded

SYLLABLES_SURE = 3
"""Two syllables alone are too often another word; three, or two that were typed as pinyin, are meant."""
PLACE_CHARACTERS_MIN = 2
_PLACE_ENDINGS = ("街道办事处", "自治县", "自治州", "街道", "新区", "市", "区", "县", "镇", "乡")
_OF_ENTERPRISES = ("企业", "公司", "单位", "厂家", "商家", "法人")
_OF_PERSONS = ("个人", "自然人", "市民", "居民")


@dataclass(frozen=True, kw_only=True)
class Word:
    """An everyday word and what the items call it; to nothing: it says nothing about the matter."""

    everyday: str
    official: tuple[str, ...]
    sound: str
    initials: str

    @classmethod
    def of(cls, everyday: str, official: Sequence[str]) -> Self:
        """With its sound, by which it is found when it was typed by sound."""
        is_heard = bool(official) and len(everyday) > 1
        return cls(
            everyday=everyday,
            official=tuple(official),
            sound=sounded(everyday) if is_heard else "",
            initials=initials_of(everyday) if is_heard else "",
        )


@dataclass(frozen=True, kw_only=True)
class Understood:
    """A query before items are looked at."""

    text: str
    """Without the name of the place, unless nothing else is left."""
    everyday: Mapping[str, tuple[str, ...]]
    by_sound: Sequence[tuple[str, ...]]
    place: str
    """Code of the division that is named; empty: none is."""
    audience: str
    """`enterprise`, `person`, or empty."""


@dataclass(kw_only=True)
class Lexicon:
    """The words and places of a city, held in memory."""

    words: Sequence[Word]
    places: Mapping[str, str]
    """Names as people write them, to codes; the longest that fits is meant."""
    _written: dict[str, Word] = field(default_factory=dict)
    _lengths: Sequence[int] = ()
    """Of the everyday words: a query has few stretches of these lengths, and a city has thousands of words."""
    _by_sound: dict[str, list[Word]] = field(default_factory=dict)
    _sound_lengths: Sequence[int] = ()
    """Of the everyday words, in syllables."""
    _by_initials: dict[str, list[Word]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._written = {word.everyday: word for word in self.words}
        self._lengths = sorted({len(word.everyday) for word in self.words})
        heard = [word for word in self.words if word.sound]
        for word in heard:
            self._by_initials.setdefault(word.initials, []).append(word)
            self._by_sound.setdefault(word.sound, []).append(word)
        self._sound_lengths = sorted({len(word.sound.split()) for word in heard})

    def understand(self, text: str) -> Understood:
        asked = plain(text)
        place, asked_without = self._place(asked)
        literal = self._written_in(asked_without)
        return Understood(
            text=asked_without,
            everyday=literal,
            by_sound=[
                word.official
                for word in self._alike(_without(asked_without, literal), text)
                if word.everyday not in literal
            ],
            place=place,
            audience=_audience(asked),
        )

    def _written_in(self, asked: str) -> dict[str, tuple[str, ...]]:
        """The everyday words that stand in it, with what the items call them."""
        stretches = (
            asked[start : start + length]
            for length in self._lengths
            for start in range(len(asked) - length + 1)
        )
        found = (self._written.get(stretch) for stretch in stretches)
        return {word.everyday: word.official for word in found if word is not None}

    def _alike(self, asked: str, text: str) -> Iterable[Word]:
        """Words that only sound like what was typed, or are spelled by it, whole or by initials."""
        spelled = self._sounding(sound_text(text, latin=True))
        spoken = [
            word
            for word in self._sounding(sound_text(asked, latin=False))
            if len(word.everyday) >= SYLLABLES_SURE
        ]
        initials = (
            word for run in runs(text) if is_latin(run) for word in self._by_initials.get(run, ())
        )
        return {word.everyday: word for word in (*spelled, *spoken, *initials)}.values()

    def _sounding(self, sounds: str) -> Iterable[Word]:
        """The words that some neighbouring syllables of a text say."""
        heard = sounds.split()
        for length in self._sound_lengths:
            for start in range(len(heard) - length + 1):
                yield from self._by_sound.get(f" {' '.join(heard[start : start + length])} ", ())

    def _place(self, asked: str) -> tuple[str, str]:
        named = max((name for name in self.places if name in asked), key=len, default="")
        without = asked.replace(named, " ", 1).strip() if named else asked
        if not named or not plain(without):
            return "", asked
        return self.places[named], without


def _without(asked: str, words: Iterable[str]) -> str:
    """What is no word that we know: only there a sound may stand for another word."""
    for word in sorted(words, key=len, reverse=True):
        asked = asked.replace(word, " ")
    return asked


def place_names(divisions: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Divisions (code, name) under the names that people use: whole, and without 区, 县, 镇."""
    found: dict[str, str] = {}
    for code, name in divisions:
        whole = plain(name)
        for ending in _PLACE_ENDINGS:
            short = whole.removesuffix(ending)
            if short != whole and len(short) >= PLACE_CHARACTERS_MIN:
                # The higher division keeps the short name: 潮安 is the district, not a village of that name.
                known = found.get(short)
                if known is None or len(code) < len(known):
                    found[short] = code
                break
        if len(whole) >= PLACE_CHARACTERS_MIN:
            found[whole] = code
    return found


def _audience(asked: str) -> str:
    for audience, words in (("enterprise", _OF_ENTERPRISES), ("person", _OF_PERSONS)):
        if any(word in asked for word in words):
            return audience
    return ""
